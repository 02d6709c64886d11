/** Secrets that the fleet issues itself: issued, rolled out, verified, the old one ended, whatever happens in between. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { apply, plan, status, verifyHistory, type Outcome, type Request } from '../../src/index.ts';
import { changeSecrets, renewKey } from '../../src/secrets/seal-file.ts';
import { person, sealedFile, textOf, THEN, type Person } from '../secrets/sealing.ts';
import { actionWorld, workflowWith } from './action-world.ts';
import { dying } from './dying.ts';
import { everyString, findSecrets } from './secrets.ts';
import { MINUTE, watched, type WatchedWorld } from './watched.ts';
import { requestFor } from './world.ts';

const DAY = 24 * 60 * MINUTE;
const FILE = 'flotilla.secrets.yml';
const ADMIN = 'canaryAdmin81c2';

/** Whoever issues keys: a folder with one file for each key that is good. */
interface Bank {
  folder: string;
  good(): string[];
  names(): string[];
}

function bank(): Bank {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-bank-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const names = () => readdirSync(folder).toSorted();
  return { folder, names, good: () => names().map((name) => readFileSync(join(folder, name), 'utf8').trim()) };
}

const ISSUE =
  'test -n "$ADMIN" && key=canaryKey$(od -An -N8 -tx1 /dev/urandom | tr -d " ") && echo $key | tee "$BANK/$FLOTILLA_ISSUE"';
const REVOKE = 'read -r key; rm -f "$BANK/$FLOTILLA_ISSUE"; ! grep -rqx "$key" "$BANK"';

const secrets = ({ folder }: Bank, more = '') => `secrets:
  KEY:
    rotate: 30d
    issue: ${JSON.stringify(ISSUE)}
    revoke: ${JSON.stringify(REVOKE)}
    grace: 10m
    env: { BANK: "${folder}", ADMIN: "\${secret.ADMIN}" }
${more}`;
const users = (more = '') => `  api: { source: { image: nginx }, env: { KEY: "\${secret.KEY}" }, place: { on: [east] } }
  plain: { source: { image: nginx }, place: { on: [east] } }
${more}`;

let ada: Person;
let sealedAdmin: string;
beforeAll(async () => {
  ada = await person('hybrid');
  sealedAdmin = textOf(await sealedFile({ ADMIN }, [ada]));
});

/** A fleet with an identity, whose config is `services` and `more`. */
async function fleet(files: Record<string, string> = { [FILE]: sealedAdmin }): Promise<WatchedWorld> {
  const world = await watched('  plain: { source: { image: nginx }, place: { on: [east] } }');
  const { open } = world;
  world.given = { env: { FLOTILLA_IDENTITY: ada.identity } };
  world.open = () => {
    const run = open();
    const sources = { sourceFolder: (dir: string, tree: string) => ({ dir, tree, materialise: async () => {} }) };
    return { ...run, ports: { ...run.ports, sources } };
  };
  await world.world.push(files);
  return world;
}

const run = (world: WatchedWorld, change: Omit<Partial<Request>, 'commit'> = {}): Promise<Outcome> =>
  apply(requestFor({ commit: world.sha, ...change }), world.open().ports);
const planned = async (world: WatchedWorld, change: Omit<Partial<Request>, 'commit'> = {}) =>
  plan(requestFor({ commit: world.sha, ...change }), world.open().ports);
const ids = ({ steps }: { steps: { id: string; action: string }[] }) =>
  steps.map(({ id, action }) => `${action} ${id}`);
const done = ({ steps }: Outcome) => steps.map(({ step, result }) => `${result} ${step.action} ${step.id}`);
const keyOf = (world: WatchedWorld, name = 'api'): string | undefined =>
  [...world.east.resources.values()].find(({ title }) => title === name)?.deployments.at(-1)?.values['KEY'];
const kept = async (world: WatchedWorld) =>
  Object.keys((await status('production', world.open().ports)).secrets.get('secret/KEY')?.instances ?? {});

test('is issued first, and when it is due again: new issued, rolled out, old revoked, in this order', async () => {
  await using world = await fleet();
  const keys = bank();
  await world.change(users(), secrets(keys));
  expect(keys.names()).toEqual(['proof-production-KEY-v1']);
  expect(keys.good()).toEqual([keyOf(world)]);
  expect((await planned(world)).steps).toEqual([]);

  world.pass(29 * DAY);
  expect((await planned(world)).steps).toEqual([]);
  world.pass(2 * DAY);
  const due = await planned(world);
  expect(due.steps).toMatchObject([
    {
      id: 'secret/KEY@v2',
      action: 'create',
      because: expect.stringMatching(/^its value is of 2026-11-2\d, and may be 30 days old$/),
    },
    {
      id: 'service/api@east',
      after: ['secret/KEY@v2'],
      diff: [{ path: '${secret.KEY}', from: 'issued as v1', to: 'issued as v2' }],
    },
    { id: 'secret/KEY@v1', action: 'delete', after: ['secret/KEY@v2', 'service/api@east'], graceSeconds: 600 },
  ]);
  // Who has no identity plans the same, and does nothing but say what is missing.
  const [blind, before] = [world.open(), keys.good()];
  world.given = {};
  expect((await planned(world)).hash).toBe(due.hash);
  await expect(run(world)).rejects.toMatchObject({
    tag: 'credential',
    message: expect.stringContaining('no identity'),
  });
  expect(keys.good()).toEqual(before);

  // What is live has a good key at every moment: when the new one is deployed, and when the old one goes.
  const seen: string[][] = [];
  world.east.faults.add({
    match: ({ write }) => write,
    act: { kind: 'hook', when: 'after', run: async () => void seen.push([...keys.names()]) },
  });
  const outcome = await apply(requestFor({ commit: world.sha, expected: due.hash }), blind.ports);
  expect(done(outcome)).toEqual([
    'succeeded create secret/KEY@v2',
    'succeeded update service/api@east',
    'succeeded delete secret/KEY@v1',
  ]);
  expect(new Set(seen.map((names) => names.join()))).toEqual(
    new Set(['proof-production-KEY-v1,proof-production-KEY-v2']),
  );
  // One commit to begin, one before and one after the grace, one to end; issuing is a wave like any other.
  expect(outcome.commits).toBe(5);
  expect(keys.names()).toEqual(['proof-production-KEY-v2']);
  expect(keys.good()).toEqual([keyOf(world)]);
  expect(await kept(world)).toEqual(['v2']);
  world.given = { env: { FLOTILLA_IDENTITY: ada.identity } };
  expect((await planned(world)).steps).toEqual([]);

  const { violations } = await verifyHistory({}, world.open().ports);
  expect(violations).toEqual([]);
  const { github } = world.world;
  const told = everyString([github.traffic, [...github.state.repositories.values()]]).map(
    (text) => ['GitHub', text] as const,
  );
  expect(findSecrets([...before, ...keys.good(), ADMIN, ada.identity], told)).toEqual([]);
});

test('the sealed value that it began with is ended too, and comes back when somebody sets another', async () => {
  const sealed = await sealedFile({ ADMIN, KEY: 'canaryByHand1' }, [ada]);
  await using world = await fleet({ [FILE]: textOf(sealed) });
  const keys = bank();
  writeFileSync(join(keys.folder, 'proof-production-KEY-sealed'), 'canaryByHand1\n');
  await world.change(users(), secrets(keys));
  expect([keyOf(world), await kept(world)]).toEqual(['canaryByHand1', []]);

  world.pass(31 * DAY);
  expect(done(await run(world))).toEqual([
    'succeeded create secret/KEY@v1',
    'succeeded update service/api@east',
    'succeeded delete secret/KEY@sealed',
  ]);
  expect(keys.names()).toEqual(['proof-production-KEY-v1']);
  // A new key for the file brings nothing back.
  const renewed = await renewKey(sealed, [ada.recipient], world.now());
  world.sha = await world.world.push({ [FILE]: textOf(renewed) });
  expect((await planned(world)).steps).toEqual([]);

  // Whoever sets another means it: the newest counts, and what was issued goes.
  const change = new Map([['KEY', { value: 'canaryByHand2' }]]);
  world.sha = await world.world.push({ [FILE]: textOf(changeSecrets(renewed, change, world.now())) });
  expect(done(await run(world))).toEqual(['succeeded update service/api@east', 'succeeded delete secret/KEY@v1']);
  expect([keyOf(world), keys.names()]).toEqual(['canaryByHand2', []]);
  // No value is ever called what another was.
  writeFileSync(join(keys.folder, 'proof-production-KEY-sealed'), 'canaryByHand2\n');
  world.pass(31 * DAY);
  await run(world);
  expect(keys.names()).toEqual(['proof-production-KEY-v2']);
  expect((await planned(world)).steps).toEqual([]);
});

test('a sealed value that other environments may use is not ended, which is said', async () => {
  await using world = await fleet({ [FILE]: textOf(await sealedFile({ ADMIN, KEY: 'canaryByHand1' }, [ada])) });
  const keys = bank();
  const environments = 'environments: { production: { branch: main }, staging: { branch: next } }\n';
  await world.change(users(), secrets(keys, environments));
  world.pass(31 * DAY);
  const { plan: carried } = await run(world);
  expect(ids(carried)).toEqual(['create secret/KEY@v1', 'update service/api@east']);
  expect(carried.warnings).toMatchObject([
    {
      message: expect.stringContaining('not ended, because other environments may use it'),
      position: { line: expect.any(Number) },
    },
  ]);
  expect(await planned(world)).toMatchObject({ steps: [], warnings: [] });
});

test('where the rollout fails the old value stays good, and the next apply goes on from there', async () => {
  await using world = await fleet();
  const keys = bank();
  await world.change(users(), secrets(keys));
  world.pass(31 * DAY);
  const [old] = keys.good();
  const fault = {
    match: ({ write }: { write: boolean }) => write,
    act: { kind: 'status', status: 422, body: { message: 'no' } },
  } as const;
  world.east.faults.add(fault);
  expect(done(await run(world))).toEqual([
    'succeeded create secret/KEY@v2',
    'failed update service/api@east',
    'skipped delete secret/KEY@v1',
  ]);
  expect(keys.good()).toContain(old);
  expect(keyOf(world)).toBe(old);
  world.east.faults.clear();
  expect(done(await run(world))).toEqual(['succeeded update service/api@east', 'succeeded delete secret/KEY@v1']);
  expect(keys.good()).toEqual([keyOf(world)]);
});

test.each([
  ['fails', 'echo "canaryHalf99" >&2; exit 7', /ended with exit code 7/],
  ['prints nothing', 'true', /shorter than 4 characters/],
  ['prints the value that there is', 'cat', /the value that it has already/],
  ['never ends its answer', 'yes', /printed more than 128 KiB/],
  ['is not there', 'exec /nowhere/at-all', /ended with exit code 127/],
])('a command that %s changes nothing', async (_, command, message) => {
  await using world = await fleet();
  const keys = bank();
  await world.change(users(), secrets(keys));
  world.pass(31 * DAY);
  await world.change(users(), secrets(keys));
  world.pass(31 * DAY);
  world.sha = await world.world.push({
    'flotilla.yml': (await fileOf(world)).replace(JSON.stringify(ISSUE), JSON.stringify(command)),
  });
  const before = keyOf(world);
  const outcome = await run(world);
  expect(outcome.steps[0]).toMatchObject({ result: 'failed', failure: { message: expect.stringMatching(message) } });
  expect(done(outcome).slice(1)).toEqual(['skipped update service/api@east', 'skipped delete secret/KEY@v2']);
  expect([keyOf(world), keys.good()]).toEqual([before, [before]]);
});

async function fileOf(world: WatchedWorld): Promise<string> {
  const { config } = await world.open().ports.store.read({ commit: world.sha, environment: 'production' });
  return Buffer.from(config.get('flotilla.yml') ?? '').toString();
}

test('a value that its trial refuses is used by nothing', async () => {
  await using world = await fleet();
  const keys = bank();
  await world.change(users(), secrets(keys));
  world.pass(31 * DAY);
  const trial = secrets(keys).replace(
    '    grace: 10m',
    "    grace: 10m\n    verify: 'read -r key; echo tried $key >&2; exit 1'",
  );
  world.sha = await world.world.push({ 'flotilla.yml': (await fileOf(world)).replace(secrets(keys), trial) });
  const outcome = await run(world);
  expect(outcome.steps[0]?.failure).toMatchObject({
    message: expect.stringContaining('the command that tries KEY'),
    log: ['tried ***'],
  });
  expect(keys.names()).toEqual(['proof-production-KEY-v1', 'proof-production-KEY-v2']);
  expect(readFileSync(join(keys.folder, 'proof-production-KEY-v1'), 'utf8').trim()).toBe(keyOf(world));
  // The next try has the same name, so that whoever issues can put the first away.
  world.sha = await world.world.push({ 'flotilla.yml': (await fileOf(world)).replace(trial, secrets(keys)) });
  await run(world);
  expect(keys.names()).toEqual(['proof-production-KEY-v2']);
});

test('what stands in the way is said before anything is begun', async () => {
  await using world = await fleet();
  const keys = bank();
  world.given = { env: { FLOTILLA_IDENTITY: ada.identity, KEY: 'canaryFromEnv' } };
  await expect(world.change(users(), secrets(keys))).rejects.toMatchObject({
    tag: 'credential',
    message: 'KEY is set in the environment of the run, which comes before what is issued',
  });
  world.given = { env: { FLOTILLA_IDENTITY: ada.identity } };
  await world.world.push({ [FILE]: null });
  await expect(
    world.change(users(), secrets(keys).replace(/ADMIN: [^ ]+/, 'ADMIN: canaryAdmin81c2')),
  ).rejects.toMatchObject({
    tag: 'unsupported',
    message: 'KEY cannot be issued: there is nobody to seal it to',
  });
  await expect(run(world, { redeploy: new Set(['secret/NOPE']) })).rejects.toMatchObject({
    message: 'secret/NOPE is not issued in production',
  });
  expect(keys.names()).toEqual([]);
});

test('under another identity it says what to do, and can be issued anew', async () => {
  await using world = await fleet();
  const keys = bank();
  await world.change(users(), secrets(keys));
  const eve = await person('hybrid');
  await world.world.push({ [FILE]: textOf(await sealedFile({ ADMIN }, [eve])) });
  world.sha = await world.world.push({ 'web/index.html': 'again' });
  const both = { env: { FLOTILLA_IDENTITY: `${eve.identity}\n${ada.identity}` } };
  world.given = { env: { FLOTILLA_IDENTITY: eve.identity } };
  await expect(run(world)).rejects.toMatchObject({
    tag: 'credential',
    message: 'v1 of secret/KEY does not open with this identity',
    mend: expect.stringContaining('--redeploy secret/KEY'),
  });
  world.given = both;
  expect((await planned(world)).steps).toEqual([]);
  world.given = { env: { FLOTILLA_IDENTITY: eve.identity } };
  expect(await run(world, { redeploy: new Set(['secret/KEY']) })).toMatchObject({ result: 'succeeded' });
  expect(keys.good()).toEqual([keyOf(world)]);
});

test('a random one is made up without any command; a pull request’s copy is given what is sealed', async () => {
  const sealed = await sealedFile({ KEY: 'canaryForPreviews' }, [ada], 'flotilla.secrets.preview.yml');
  await using world = await fleet({ [FILE]: sealedAdmin, 'flotilla.secrets.preview.yml': textOf(sealed) });
  const environments = 'environments: { production: { branch: main }, preview: { pull_requests: true, ttl: 3d } }\n';
  await world.change(users(), `secrets: { KEY: { issue: random } }\n${environments}`);
  const made = keyOf(world);
  expect(made).toMatch(/^[\w-]{43}$/);
  // Never due by age, but whenever somebody asks.
  world.pass(999 * DAY);
  expect((await planned(world)).steps).toEqual([]);
  const outcome = await run(world, { redeploy: new Set(['secret/KEY']) });
  expect(outcome.plan.steps).toMatchObject([
    { action: 'create', because: 'asked for' },
    { action: 'update' },
    { action: 'delete', because: 'v2 takes over; it is only forgotten here, no command revokes it' },
  ]);
  expect([keyOf(world) === made, await kept(world)]).toEqual([false, ['v2']]);

  const copy = await planned(world, { environment: 'preview-7' });
  expect(ids(copy)).toEqual(['create service/api@east', 'create service/plain@east']);
});

test('while something may still run with the old value, it is not ended', async () => {
  await using world = await fleet();
  const keys = bank();
  const west = (on: string) =>
    `  far: { source: { image: nginx }, env: { KEY: "\${secret.KEY}" }, place: { on: [${on}] } }`;
  await world.change(users(west('west')), secrets(keys));
  world.pass(31 * DAY);
  world.west.faults.add({ match: () => true, act: { kind: 'status', status: 401 } });
  const outcome = await run(world);
  expect(done(outcome)).toEqual(['succeeded create secret/KEY@v2', 'succeeded update service/api@east']);
  expect(outcome.plan.warnings).toMatchObject([
    { message: 'KEY v1 is not ended yet: service/far may still run with it' },
  ]);
  expect(keys.names()).toHaveLength(2);
  world.west.faults.clear();
  expect(done(await run(world))).toEqual(['succeeded update service/far@west', 'succeeded delete secret/KEY@v1']);
  expect(keys.names()).toEqual(['proof-production-KEY-v2']);
});

test('what was rolled back is not deployed again by a secret that is due', async () => {
  await using world = await fleet();
  const keys = bank();
  await world.change(users(), secrets(keys));
  await world.change(users().replace('image: nginx }, env', 'image: broken }, env'), secrets(keys));
  const rollback = { kind: 'rollback', address: 'service/api' } as const;
  expect(await run(world, { intent: rollback })).toMatchObject({ result: 'succeeded' });
  const image = () => [...world.east.resources.values()].map(({ serving }) => JSON.stringify(serving)).join();
  expect(image()).not.toContain('broken');

  world.pass(31 * DAY);
  expect((await world.round()).outcome.healed).toEqual([]);
  const { plan: carried } = await run(world);
  expect(carried).toMatchObject({
    steps: [],
    warnings: expect.arrayContaining([
      expect.objectContaining({
        message: 'KEY is due, and not issued anew while service/api is rolled back: that would deploy it again',
      }),
    ]),
  });
  expect(image()).not.toContain('broken');
  // The next version ends that, and the next run after it finds nothing in the way.
  await world.change(users(), secrets(keys));
  expect(keys.names()).toEqual(['proof-production-KEY-v1']);
  await world.round();
  expect(keys.names()).toEqual(['proof-production-KEY-v2']);
});

test('what is no longer issued, and what is destroyed, leaves nothing good behind', async () => {
  await using world = await fleet();
  const keys = bank();
  await world.change(users(), secrets(keys));
  // No resource uses it any more; the config still knows how it is ended.
  await world.change('  plain: { source: { image: nginx }, place: { on: [east] } }', secrets(keys));
  expect([keys.names(), await kept(world)]).toEqual([[], ['v1']]);
  await world.change(users(), secrets(keys));
  expect(keys.names()).toEqual(['proof-production-KEY-v2']);
  expect(done(await run(world, { intent: { kind: 'destroy' } }))).toEqual(
    expect.arrayContaining(['succeeded delete service/api@east', 'succeeded delete secret/KEY@v2']),
  );
  expect(keys.names()).toEqual([]);
});

test('what nothing uses any more is hidden where the end of it fails', async () => {
  await using world = await fleet();
  const keys = bank();
  await world.change(users(), secrets(keys));
  const loud = secrets(keys).replace(JSON.stringify(REVOKE), `'read -r key; echo "ending $key" >&2; exit 1'`);
  const without = '  plain: { source: { image: nginx }, place: { on: [east] } }\n';
  const text = (await fileOf(world)).replace(users(), without).replace(secrets(keys), loud);
  world.sha = await world.world.push({ 'flotilla.yml': text });
  const outcome = await run(world);
  expect(done(outcome)).toEqual(['succeeded delete service/api@east', 'failed delete secret/KEY@v1']);
  expect(outcome.steps.at(-1)?.failure?.log).toEqual(['ending ***']);
  expect(keys.names()).toHaveLength(1);
});

test('killed before or after every commit, then applied again: one good key, which is the one that runs', async () => {
  const deaths = [1, 2, 3, 4, 5].flatMap((count) => [
    { count, landed: false },
    { count, landed: true },
  ]);
  await using world = await fleet();
  const keys = bank();
  await world.change(users(), secrets(keys));
  for (const { count, landed } of deaths) {
    world.pass(31 * DAY);
    const mortal = dying(world.open().ports, count, landed);
    await expect(apply(requestFor({ commit: world.sha }), mortal)).rejects.toThrow('killed');
    expect(keys.good(), `death ${count} ${landed}`).toContain(keyOf(world));
    const { result } = await run(world);
    expect(['succeeded', 'unchanged'], `death ${count} ${landed}`).toContain(result);
    expect(keys.good(), `death ${count} ${landed}`).toEqual([keyOf(world)]);
    expect((await planned(world)).steps).toEqual([]);
  }
  const { violations } = await verifyHistory({}, world.open().ports);
  expect(violations).toEqual([]);
});

test('a health run renews what is due, tries again not before an hour, and tells of what stays overdue', async () => {
  await using world = await fleet();
  const keys = bank();
  await world.change(users(), secrets(keys));
  world.pass(31 * DAY);
  const { outcome } = await world.round();
  expect(outcome.healed).toMatchObject([{ resource: 'secret/KEY', action: 'renew', result: 'succeeded' }]);
  expect(keys.names()).toEqual(['proof-production-KEY-v2']);
  expect(keys.good()).toEqual([keyOf(world)]);
  expect((await world.round()).outcome.healed).toEqual([]);

  world.pass(30 * DAY);
  rmSync(keys.folder, { recursive: true });
  expect((await world.round()).outcome.healed).toMatchObject([
    { resource: 'secret/KEY', action: 'renew', result: 'failed', problem: expect.stringContaining('exit code') },
  ]);
  expect((await world.round()).outcome.healed).toEqual([]);
  expect(world.issues()).toEqual([]);
  world.pass(2 * DAY);
  expect((await world.round()).outcome).toMatchObject({
    healed: [{ result: 'failed' }],
    opened: [{ kind: 'secret', subject: 'secret/KEY', title: 'The secret KEY is overdue' }],
  });
  expect(world.issues()).toMatchObject([
    { state: 'open', title: expect.stringContaining('The secret KEY is overdue') },
  ]);
});

test('a secret that a person has to replace is told of in plans and as an incident, until it is', async () => {
  const sealed = await sealedFile({ ADMIN, TOKEN: 'canaryToken1', OWN: 'canaryOwn1' }, [ada]);
  const dated = changeSecrets(sealed, new Map([['OWN', { rotate: '2w' }]]), THEN);
  await using world = await fleet({ [FILE]: textOf(dated) });
  await world.change(
    '  plain: { source: { image: nginx }, place: { on: [east] } }',
    'secrets: { TOKEN: { rotate: 30d } }\n',
  );
  expect((await planned(world)).warnings).toEqual([]);
  world.pass(31 * DAY);
  const mend = (name: string) => `make a new one, then flotilla secret set ${name}`;
  expect((await planned(world)).warnings).toMatchObject([
    {
      message: `OWN is overdue: its value is of 2026-11-21, and may be 14 days old; ${mend('OWN')}`,
      position: { file: FILE, line: 2 },
    },
    {
      message: `TOKEN is overdue: its value is of 2026-11-21, and may be 30 days old; ${mend('TOKEN')}`,
      position: { file: 'flotilla.yml' },
    },
  ]);
  expect((await world.round()).outcome.opened.map(({ subject }) => subject)).toEqual(['secret/OWN', 'secret/TOKEN']);
  const changes = new Map([
    ['OWN', { value: 'canaryOwn2' }],
    ['TOKEN', { value: 'canaryToken2' }],
  ]);
  world.sha = await world.world.push({ [FILE]: textOf(changeSecrets(dated, changes, world.now())) });
  expect((await world.round()).outcome.closed).toHaveLength(2);
  expect(world.issues().map(({ state }) => state)).toEqual(['closed', 'closed']);
});

test('in a workflow: the commands of the commit, and nothing that they say in clear', async () => {
  const keys = bank();
  const world = await actionWorld({ secrets: { FLOTILLA_IDENTITY: ada.identity } });
  const { github, cloud, repository } = world;
  await world.push({
    '.github/workflows/flotilla.yml': workflowWith(['FLOTILLA_IDENTITY']),
    'flotilla.yml': `fleet: proof
providers: { sandbox: { endpoint: "${cloud.url}" } }
services:
  api: { source: { image: nginx }, env: { KEY: "\${secret.KEY}" } }
secrets:
  KEY: { issue: sh ops/issue.sh, revoke: sh ops/revoke.sh, grace: 0s, env: { BANK: "${keys.folder}", ADMIN: "\${secret.ADMIN}" } }
`,
    'ops/issue.sh': `${ISSUE}\necho "issued $(cat "$BANK/$FLOTILLA_ISSUE") by $ADMIN" >&2\n`,
    'ops/revoke.sh': `${REVOKE}\n`,
    [FILE]: sealedAdmin,
  });
  await github.settled();
  const given = () => [...cloud.resources.values()].map(({ deployments }) => deployments.at(-1)?.values['KEY']);
  const [first] = keys.good();
  expect([keys.names(), given()]).toEqual([['proof-production-KEY-v1'], [first]]);

  const inputs = { command: 'apply', resource: 'secret/KEY' };
  await world.api('POST', '/actions/workflows/flotilla.yml/dispatches', { ref: 'main', inputs });
  await github.settled();
  expect([...repository.runs.values()].map(({ conclusion }) => conclusion)).toEqual(['success', 'success']);
  expect([keys.names(), given()]).toEqual([['proof-production-KEY-v2'], keys.good()]);
  const told = [
    ...everyString([github.traffic, [...github.state.repositories.values()]]).map((text) => ['GitHub', text] as const),
    ...world.lines.map((line) => ['the log', everyString(line).join(' ')] as const),
  ];
  expect(findSecrets([...keys.good(), String(first), ADMIN], told)).toEqual([]);
});
