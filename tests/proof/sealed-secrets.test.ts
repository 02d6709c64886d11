/** Sealed secrets from the repository to the provider: who may plan, who may apply, and where no value is ever seen. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { apply, plan } from '../../src/index.ts';
import { addRecipient, renewKey, changeSecrets } from '../../src/secrets/seal-file.ts';
import type { OpenedFile } from '../../src/secrets/open-sealed.ts';
import { wrapKey } from '../../src/secrets/recipients.ts';
import { digestOf, sealedText } from '../../src/secrets/sealed-file.ts';
import { person, sealedFile, textOf, type Person } from '../secrets/sealing.ts';
import { actionWorld, storedLog } from './action-world.ts';
import { everyString, findSecrets } from './secrets.ts';
import { FULL_NAME, jumpingClock, proofWorld, requestFor, type ProofWorld } from './world.ts';

const VALUE = 'canarySealed4f81c2 "quoted"';
const OTHER = 'canaryOfProductionOnly';
const FILE = 'flotilla.secrets.yml';

const config = (endpoint: string, { more = '', options = '' } = {}) => `fleet: proof
environments: { production: { branch: main } }
providers:
  sandbox: { endpoint: "${endpoint}"${options} }
services:
  api: { source: { image: nginx }, env: { KEY: "\${secret.KEY}", BOTH: "\${secret.BOTH}" } }
  plain: { source: { image: nginx } }
${more}`;

let ada: Person;
let eve: Person;
let sealed: OpenedFile;
beforeAll(async () => {
  [ada, eve] = await Promise.all([person('hybrid'), person('hybrid')]);
  sealed = await sealedFile({ KEY: VALUE, BOTH: 'shared, and not used' }, [ada]);
});

const identity = ({ identity: FLOTILLA_IDENTITY }: Person) => ({ env: { FLOTILLA_IDENTITY } });
/** Where values stand in anything that GitHub was sent or keeps. */
const shownIn = ({ github }: ProofWorld, values: string[]) =>
  findSecrets(
    values,
    everyString([github.traffic, [...github.state.repositories.values()]]).map((text) => ['GitHub', text] as const),
  );
const given = ({ cloud }: ProofWorld) =>
  Object.fromEntries(
    [...cloud.resources.values()].map(({ title, deployments }) => [title, deployments.at(-1)?.values]),
  );

test('planned by anybody, applied by who has the identity, deployed again when a value changed', async () => {
  await using world = await proofWorld({ clock: jumpingClock() });
  const own = await sealedFile({ BOTH: OTHER }, [ada], 'flotilla.secrets.production.yml');
  const files = {
    'flotilla.yml': config(world.cloud.url),
    [FILE]: textOf(sealed),
    'flotilla.secrets.production.yml': textOf(own),
  };
  let commit = await world.push(files);

  // No identity: the same plan, as many requests, and an apply that does nothing but say what it lacks.
  const [without, withIt] = [world.open(1), world.open(2, identity(ada))];
  const planned = await plan(requestFor({ commit }), without.ports);
  expect(planned.steps).toHaveLength(2);
  expect((await plan(requestFor({ commit }), withIt.ports)).hash).toBe(planned.hash);
  expect(withIt.traffic().length).toBe(without.traffic().length);
  for (const [run, message] of [
    [world.open(3), 'there is no identity to open these secrets BOTH (for service/api), KEY (for service/api)'],
    [world.open(4, identity(eve)), 'FLOTILLA_IDENTITY is not among the recipients of flotilla.secrets.production.yml'],
  ] as const)
    await expect(apply(requestFor({ commit }), run.ports)).rejects.toMatchObject({ tag: 'credential', message });
  expect([world.cloud.resources.size, await world.state('README.md')]).toEqual([0, undefined]);

  const run = world.open(5, identity(ada));
  expect(await apply(requestFor({ commit }), run.ports)).toMatchObject({ result: 'succeeded' });
  expect(given(world)).toEqual({ api: { KEY: VALUE, BOTH: OTHER }, plain: {} });
  expect(await apply(requestFor({ commit }), run.ports)).toMatchObject({ result: 'unchanged' });

  // A new key for the file is no new value.
  const renewed = await renewKey(sealed, [ada.recipient], new Date('2026-12-01T00:00:00Z'));
  commit = await world.push({ [FILE]: textOf(renewed) });
  expect((await plan(requestFor({ commit }), world.open(6).ports)).steps).toEqual([]);

  // A new value is, for those who use it.
  const changed = changeSecrets(
    renewed,
    new Map([['KEY', { value: 'canaryChanged' }]]),
    new Date('2026-12-01T00:00:00Z'),
  );
  commit = await world.push({ [FILE]: textOf(changed) });
  expect((await plan(requestFor({ commit }), world.open(7).ports)).steps).toMatchObject([
    {
      resource: 'service/api',
      because: 'its secrets changed',
      diff: [
        {
          path: '${secret.KEY}',
          from: 'version 1, 2026-11-21T10:00:00Z',
          to: 'version 2, 2026-12-01T00:00:00Z',
        },
      ],
    },
  ]);
  // The environment of the run has the last word.
  const override = { env: { FLOTILLA_IDENTITY: ada.identity, KEY: 'canaryFromEnv' } };
  expect(await apply(requestFor({ commit }), world.open(8, override).ports)).toMatchObject({ result: 'succeeded' });
  expect(given(world)).toMatchObject({ api: { KEY: 'canaryFromEnv', BOTH: OTHER } });

  const all = [VALUE, OTHER, 'canaryChanged', 'canaryFromEnv', ada.identity];
  expect(shownIn(world, all)).toEqual([]);
});

test('what was changed by somebody else is not applied', async () => {
  await using world = await proofWorld({ clock: jumpingClock() });
  const text = textOf(sealed);
  const forgeries = [text.replace('version: 1', 'version: 2'), text.replace(/^KEY: .*\n/m, ''), '', 'KEY: plain\n'];
  for (const [index, forged] of forgeries.entries()) {
    const commit = await world.push({ 'flotilla.yml': config(world.cloud.url), [FILE]: forged });
    const { ports } = world.open(index + 1, identity(ada));
    await expect(apply(requestFor({ commit }), ports)).rejects.toMatchObject({
      tag: 'config',
      message: expect.stringMatching(/^flotilla\.secrets\.yml:\d+:1 these sealed secrets are damaged/),
    });
  }
  expect(world.cloud.resources.size).toBe(0);
});

test('the workflow as `flotilla init` writes it hands the identity on, and nothing that it opens shows', async () => {
  const world = await actionWorld({ secrets: { FLOTILLA_IDENTITY: ada.identity } });
  const { github, cloud, repository } = world;
  const template = readFileSync(join(import.meta.dirname, '../../src/templates/workflow.yml'), 'utf8');
  // A step before it hands on what a cloud's secret manager gave it.
  const fetching = `      - run: echo "BOTH=canary$(echo FromVault)" >> "$GITHUB_ENV"\n`;
  const flotilla = '      - uses: flotilla-dev/flotilla@v0\n';
  const files = {
    '.github/workflows/flotilla.yml': template.replaceAll(flotilla, fetching + flotilla),
    'flotilla.yml': config(cloud.url),
    [FILE]: textOf(sealed),
  };
  // The provider repeats what it was sent for another.
  cloud.faults.add({
    match: ({ write, body }) => write && (body as { title?: string }).title === 'plain',
    act: { kind: 'status', status: 422, body: { message: `no: ${VALUE} ${JSON.stringify(VALUE)}` } },
  });
  await world.push(files);
  await github.settled();
  const failed = [...repository.runs.values()].filter(({ conclusion }) => conclusion !== 'success');
  expect(failed.map(({ event }) => event)).toEqual(['push']);
  expect(storedLog(failed[0])).toContain('no: *** ');
  expect([...cloud.resources.values()].find(({ title }) => title === 'api')?.deployments[0]?.values).toEqual({
    KEY: VALUE,
    BOTH: 'canaryFromVault',
  });
  const stored = [...repository.runs.values()].map((run) => ['log', storedLog(run)] as const);
  const rest = everyString([github.traffic, repository.checks, repository.git]).map(
    (text) => ['GitHub', text] as const,
  );
  expect(findSecrets([VALUE, 'canaryFromVault', ada.identity], [...stored, ...rest])).toEqual([]);
});

const DATABASE = `databases:
  main: { engine: postgres }
`;
const USER = (name: string) => `  ${name}: { source: { image: nginx }, env: { DB: "\${database.main.url}" } }\n`;

test('a password that is told once is sealed in the record, and passed on by later runs', async () => {
  await using world = await proofWorld({ clock: jumpingClock() });
  const fleet = (users: string[]) => ({
    'flotilla.yml': config(world.cloud.url, {
      options: ', secrets: once',
      more: users.map(USER).join('') + DATABASE,
    }).replace(/^  api: .*\n/m, ''),
  });
  const url = () =>
    [...world.cloud.resources.values()].find(({ kind }) => kind === 'database')?.outputs['url'] as string;

  let commit = await world.push(fleet(['first']));
  await expect(apply(requestFor({ commit }), world.open(1).ports)).rejects.toMatchObject({
    tag: 'credential',
    message: expect.stringContaining('sandbox tells url and password of database/main only once'),
    mend: expect.stringContaining('flotilla secret init'),
  });
  expect(world.cloud.resources.size).toBe(0);

  // Sealing takes no identity, only somebody to seal to.
  commit = await world.push({ [FILE]: textOf(sealed) });
  expect(await apply(requestFor({ commit }), world.open(2).ports)).toMatchObject({ result: 'succeeded' });
  expect(given(world)['first']).toEqual({ DB: url() });
  const record = async () =>
    JSON.parse((await world.state('production/resources/database/main.json')) ?? '{}').instances.sandbox;
  const { sealed: before, outputs } = await record();
  expect(outputs).not.toHaveProperty('url');
  expect(before).toMatch(/^[A-Za-z0-9+/]{1000,}=*$/);

  commit = await world.push(fleet(['first', 'second']));
  await expect(apply(requestFor({ commit }), world.open(3).ports)).rejects.toMatchObject({
    tag: 'credential',
    message: `there is no identity to open ${FILE}`,
  });
  await expect(apply(requestFor({ commit }), world.open(4, identity(eve)).ports)).rejects.toMatchObject({
    tag: 'config',
  });
  expect(await apply(requestFor({ commit }), world.open(5, identity(ada)).ports)).toMatchObject({
    result: 'succeeded',
  });
  expect(given(world)['second']).toEqual({ DB: url() });
  expect((await record()).sealed).toBe(before);
  const password = new URL(url()).password;
  expect(shownIn(world, [password])).toEqual([]);
});

test('a pull request is told who could open what it seals, and the default branch not', async () => {
  await using world = await proofWorld({ clock: jumpingClock() });
  const { x25519, hybrid } = { x25519: await person('x25519'), hybrid: eve };
  await world.push({ 'flotilla.yml': config(world.cloud.url), [FILE]: textOf(sealed) });
  const proposed = async (branch: string, files: Record<string, string>) => {
    const { sha } = await world.github.push(FULL_NAME, { branch, files, message: branch });
    const { ports, traffic } = world.open(nextRun++);
    const { warnings } = await plan(requestFor({ commit: sha, basis: 'recorded' }), ports);
    // As many as any plan: they are read together.
    expect(traffic()).toHaveLength(2);
    return warnings.filter(({ position }) => position?.file.includes('secrets'));
  };
  let nextRun = 1;
  const more = textOf(await addRecipient(sealed, hybrid.recipient, new Date('2026-12-01T00:00:00Z')));
  const line = more.split('\n').findIndex((one) => one.endsWith(hybrid.recipient)) + 1;
  expect(await proposed('more', { [FILE]: more })).toEqual([
    {
      message: `${hybrid.recipient.slice(0, 20)}…${hybrid.recipient.slice(-8)} opens what is sealed in ${FILE}, and nothing on the default branch: make sure whose it is`,
      position: { file: FILE, line, column: 1 },
    },
  ]);
  const own = 'flotilla.secrets.production.yml';
  expect(await proposed('weaker', { [own]: textOf(await sealedFile({ A: 'value' }, [x25519], own)) })).toMatchObject([
    { message: expect.stringContaining(`${x25519.recipient} opens what is sealed in ${own}, and nothing on the`) },
  ]);
  expect(await proposed('same', { [own]: textOf(await sealedFile({ A: 'value' }, [ada], own)) })).toEqual([]);
});

test('nothing is sealed to whom somebody else has added, though no secret of the file is used', async () => {
  await using world = await proofWorld({ clock: jumpingClock() });
  const text = config(world.cloud.url, { more: DATABASE }).replace(/^  api: .*\n/m, '');
  const { file } = sealed;
  const recipients = [...file.recipients, await wrapKey(randomBytes(32), eve.recipient)];
  // All that needs no key is right.
  const forged = { ...file, recipients, digest: digestOf({ ...file, recipients }) };
  const commit = await world.push({ 'flotilla.yml': text, [FILE]: sealedText(forged) });
  await expect(apply(requestFor({ commit }), world.open(1, identity(ada)).ports)).rejects.toMatchObject({
    tag: 'config',
    message: expect.stringContaining('its MAC does not fit its content'),
  });
  // Nor by a file of their own, which is right in itself.
  const own = await sealedFile({ UNUSED: 'unused' }, [eve], 'flotilla.secrets.production.yml');
  const theirs = await world.push({ [FILE]: textOf(sealed), 'flotilla.secrets.production.yml': textOf(own) });
  await expect(apply(requestFor({ commit: theirs }), world.open(2, identity(ada)).ports)).rejects.toMatchObject({
    tag: 'credential',
  });
  expect(world.cloud.resources.size).toBe(0);
});

test('a password that was told to a run that died is made anew', async () => {
  await using world = await proofWorld({ clock: jumpingClock() });
  const text = config(world.cloud.url, { options: ', secrets: once', more: USER('first') + DATABASE }).replace(
    /^  api: .*\n/m,
    '',
  );
  const commit = await world.push({ 'flotilla.yml': text, [FILE]: textOf(sealed) });
  // The database is made, and nobody hears of it.
  world.cloud.faults.add({
    match: ({ write, body }) => write && (body as { kind?: string }).kind === 'database',
    times: 1,
    act: { kind: 'cut', when: 'after' },
  });
  expect(await apply(requestFor({ commit }), world.open(1).ports)).toMatchObject({ result: 'succeeded' });
  const [database] = [...world.cloud.resources.values()].filter(({ kind }) => kind === 'database');
  expect(given(world)['first']).toEqual({ DB: database?.outputs['url'] });
});
