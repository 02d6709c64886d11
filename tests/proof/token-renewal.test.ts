/** Credentials of accounts that their provider renews: the run asks with the old one, the next with the new one. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { apply, plan, verifyHistory, type Outcome, type Ports, type Request } from '../../src/index.ts';
import { issuedValue } from '../../src/issued-secrets.ts';
import type { FakeCall } from '../../src/provider-kit/fake-server.ts';
import { startFakeKoyeb, TOKEN } from '../../src/providers/koyeb/fake.ts';
import { startVercel, type FakeVercel } from '../../src/providers/vercel/fake.ts';
import { changeSecrets } from '../../src/secrets/seal-file.ts';
import { person, sealedFile, textOf, type Person } from '../secrets/sealing.ts';
import { dying } from './dying.ts';
import { everyString, findSecrets } from './secrets.ts';
import { MINUTE, watched, type WatchedWorld } from './watched.ts';
import { requestFor } from './world.ts';

const DAY = 24 * 60 * MINUTE;
const FILE = 'flotilla.secrets.yml';
const FIRST = 'canaryVercelByHand1';

let ada: Person;
beforeAll(async () => {
  ada = await person('hybrid');
});

/** A fleet of one site at Vercel, whose first token is sealed. */
async function fleet(): Promise<WatchedWorld & { vercel: FakeVercel; good(): string[] }> {
  const vercel = await startVercel({ token: FIRST });
  onTestFinished(() => vercel.stop());
  const world = await watched('  plain: { source: { image: nginx }, place: { on: [east] } }');
  const { open } = world;
  world.given = { env: { FLOTILLA_IDENTITY: ada.identity } };
  world.open = () => {
    const run = open();
    const materialise = (folder: string) => writeFile(join(folder, 'index.html'), 'hello');
    const sources = { sourceFolder: (dir: string, tree: string) => ({ dir, tree, materialise }) };
    return { ...run, ports: { ...run.ports, sources } };
  };
  world.sha = await world.world.push({
    [FILE]: textOf(await sealedFile({ VERCEL_TOKEN: FIRST }, [ada])),
    'flotilla.yml': `fleet: proof
providers:
  east: { type: sandbox, endpoint: "${world.east.url}" }
  edge: { type: vercel, endpoint: "${vercel.url}" }
secrets: { VERCEL_TOKEN: { rotate: 30d, issue: { provider: edge }, grace: 0s } }
services: { plain: { source: { image: nginx }, place: { on: [east] } } }
sites: { web: { dir: web, place: { on: [edge] } } }
`,
  });
  return Object.assign(world, { vercel, good: () => [...vercel.tokens].map(([value]) => value) });
}

const run = (world: WatchedWorld, change: Omit<Partial<Request>, 'commit'> = {}): Promise<Outcome> =>
  apply(requestFor({ commit: world.sha, ...change }), world.open().ports);
const planned = (world: WatchedWorld, ports: Ports = world.open().ports) =>
  plan(requestFor({ commit: world.sha }), ports);
const done = ({ steps }: Outcome) => steps.map(({ step, result }) => `${result} ${step.action} ${step.id}`);
const recordedToken = (world: WatchedWorld, name = 'VERCEL_TOKEN') =>
  issuedValue(name, { environment: 'production', commit: world.sha }, world.open().ports);
/** Which tokens asked since the last look, in order. */
const askedWith = ({ calls }: FakeVercel): string[] => [
  ...new Set(calls.splice(0).map(({ headers }) => String(headers.authorization).replace('Bearer ', ''))),
];

test('is renewed when it is due: the old one works to the end of the run, then goes, and the next run has the new one', async () => {
  await using world = await fleet();
  const { vercel } = world;
  expect(done(await run(world))).toEqual(['succeeded create site/web@edge']);
  expect(askedWith(vercel)).toEqual([FIRST]);
  world.pass(29 * DAY);
  expect((await planned(world)).steps).toEqual([]);

  // A push at the time when it is due: the site is deployed by clients that have the old one.
  world.pass(2 * DAY);
  world.sha = await world.world.push({ 'web/index.html': 'again' });
  const due = await planned(world);
  expect(due.steps).toMatchObject([
    { id: 'secret/VERCEL_TOKEN@v1', action: 'create', after: [] },
    { id: 'site/web@edge', action: 'update', after: [] },
    { id: 'secret/VERCEL_TOKEN@sealed', action: 'delete', after: ['secret/VERCEL_TOKEN@v1', 'site/web@edge'] },
  ]);
  // Who has no credential, as the App, plans the same from the record.
  const { given } = world;
  world.given = {};
  const blind = await plan(requestFor({ commit: world.sha, basis: 'recorded' }), world.open().ports);
  expect(blind.steps.map(({ id }) => id)).toEqual(due.steps.map(({ id }) => id));
  world.given = given;
  askedWith(vercel);

  const outcome = await run(world);
  expect(done(outcome)).toEqual([
    'succeeded create secret/VERCEL_TOKEN@v1',
    'succeeded update site/web@edge',
    'succeeded delete secret/VERCEL_TOKEN@sealed',
  ]);
  const [second] = world.good() as [string];
  expect(world.good()).toEqual([await recordedToken(world)]);
  expect([...vercel.tokens.values()].map(({ name }) => name)).toEqual(['proof-production-VERCEL_TOKEN-v1']);
  expect(askedWith(vercel)).toEqual([FIRST, second]);
  const refused = await fetch(`${vercel.url}/v10/projects`, { headers: { authorization: `Bearer ${FIRST}` } });
  expect(refused.status).toBe(403);
  vercel.calls.splice(0);

  world.sha = await world.world.push({ 'web/index.html': 'once more' });
  expect(done(await run(world))).toEqual(['succeeded update site/web@edge']);
  expect(askedWith(vercel)).toEqual([second]);

  // Again, by a health run this time; then somebody seals another, and that one counts.
  world.pass(31 * DAY);
  expect((await world.round()).outcome.healed).toMatchObject([
    { resource: 'secret/VERCEL_TOKEN', action: 'renew', result: 'succeeded' },
  ]);
  const [third] = world.good() as [string];
  expect([...vercel.tokens.values()].map(({ name }) => name)).toEqual(['proof-production-VERCEL_TOKEN-v2']);
  const made = await fetch(`${vercel.url}/v3/user/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${third}`, 'content-type': 'application/json' },
    body: '{"name":"by hand"}',
  });
  const { bearerToken: value } = (await made.json()) as { bearerToken: string };
  const sealed = await sealedFile({ VERCEL_TOKEN: FIRST }, [ada]);
  const change = new Map([['VERCEL_TOKEN', { value }]]);
  world.sha = await world.world.push({ [FILE]: textOf(changeSecrets(sealed, change, world.now())) });
  expect(done(await run(world))).toEqual(['succeeded delete secret/VERCEL_TOKEN@v2']);
  expect(world.good()).toEqual([value]);

  // Somebody seals what was issued: forgotten as such, and still good.
  await run(world, { redeploy: new Set(['secret/VERCEL_TOKEN']) });
  const [fourth] = world.good() as [string];
  world.pass(DAY);
  const again = new Map([['VERCEL_TOKEN', { value: fourth }]]);
  world.sha = await world.world.push({ [FILE]: textOf(changeSecrets(sealed, again, world.now())) });
  expect(done(await run(world))).toEqual(['succeeded delete secret/VERCEL_TOKEN@v3']);
  expect(world.good()).toEqual([fourth]);

  const { violations } = await verifyHistory({}, world.open().ports);
  expect(violations).toEqual([]);
  const { github } = world.world;
  const told = everyString([github.traffic, [...github.state.repositories.values()]]).map(
    (text) => ['GitHub', text] as const,
  );
  expect(findSecrets([FIRST, second, third, value, fourth, ada.identity], told)).toEqual([]);
});

test('killed before or after every commit, then applied again: one good token, which is the recorded one', async () => {
  const deaths = [3, 2, 1].flatMap((count) => [
    { count, landed: false },
    { count, landed: true },
  ]);
  await using world = await fleet();
  await run(world);
  for (const { count, landed } of deaths) {
    const death = `death ${count} ${landed}`;
    world.pass(31 * DAY);
    const mortal = dying(world.open().ports, count, landed);
    await expect(apply(requestFor({ commit: world.sha }), mortal), death).rejects.toThrow('killed');
    const { result } = await run(world);
    expect(['succeeded', 'unchanged'], death).toContain(result);
    expect(world.good(), death).toEqual([await recordedToken(world)]);
    expect((await planned(world)).steps, death).toEqual([]);
  }
});

test('what stands in the way changes nothing at the provider', async () => {
  await using world = await fleet();
  const { sha } = world;
  world.sha = await world.world.push({ [FILE]: textOf(await sealedFile({ OTHER: 'canaryOther1' }, [ada])) });
  await expect(run(world)).rejects.toMatchObject({
    message: 'VERCEL_TOKEN has no value yet, and only who has one can have another made',
    mend: expect.stringContaining('flotilla secret set VERCEL_TOKEN'),
  });
  const config = Buffer.from(
    (await world.open().ports.store.read({ commit: sha, environment: 'production' })).config.get('flotilla.yml') ?? '',
  ).toString();
  world.sha = await world.world.push({
    'flotilla.yml': config.replace(
      'secrets: {',
      'secrets: { T1: { issue: { provider: edge } }, T2: { issue: { provider: east } },',
    ),
  });
  await expect(run(world)).rejects.toMatchObject({
    problems: [
      {
        path: 'secrets.T1.issue.provider',
        position: { file: 'flotilla.yml', line: 5 },
        message: 'Vercel renews VERCEL_TOKEN, not T1',
        hint: 'call the secret VERCEL_TOKEN',
      },
      {
        path: 'secrets.T2.issue.provider',
        message: 'Sandbox cannot renew a credential of its own',
        hint: 'these can: Heroku, Koyeb, Vercel; or say a command',
      },
    ],
  });
  Object.assign(world, { sha });

  await run(world);
  world.pass(31 * DAY);
  world.given = { env: { FLOTILLA_IDENTITY: ada.identity, VERCEL_TOKEN: FIRST } };
  await expect(run(world)).rejects.toMatchObject({
    tag: 'credential',
    mend: 'seal it with `flotilla secret set VERCEL_TOKEN`, and remove VERCEL_TOKEN from the environment; in a workflow, from under env:',
  });
  world.given = { env: { FLOTILLA_IDENTITY: ada.identity } };

  // A token that is made and may not do what runs do there is used by nothing, and goes with the next try.
  const { vercel } = world;
  const isNew = ({ headers }: FakeCall) => headers.authorization !== `Bearer ${FIRST}`;
  vercel.faults.add({ match: isNew, act: { kind: 'status', status: 403 } });
  expect(done(await run(world))).toEqual([
    'failed create secret/VERCEL_TOKEN@v1',
    'skipped delete secret/VERCEL_TOKEN@sealed',
  ]);
  expect(world.good()).toContain(FIRST);
  vercel.faults.clear();
  await run(world);
  expect(world.good()).toEqual([await recordedToken(world)]);
});

test('where the provider does not tell which the first one is, a person ends it, and the next run sees that', async () => {
  const koyeb = await startFakeKoyeb();
  onTestFinished(() => koyeb.stop());
  await using world = await fleet();
  const text = `fleet: proof
providers:
  east: { type: sandbox, endpoint: "${world.east.url}" }
  koyeb: { endpoint: "${koyeb.url}" }
secrets: { KOYEB_TOKEN: { rotate: 30d, issue: { provider: koyeb } } }
services:
  plain: { source: { image: nginx }, place: { on: [east] } }
  api: { source: { image: nginx }, place: { on: [koyeb] } }
`;
  world.sha = await world.world.push({
    [FILE]: textOf(await sealedFile({ KOYEB_TOKEN: TOKEN }, [ada])),
    'flotilla.yml': text,
  });
  expect(done(await run(world))).toEqual(['succeeded create service/api@koyeb']);
  world.pass(31 * DAY);
  const outcome = await run(world);
  expect(done(outcome)).toEqual(['succeeded create secret/KOYEB_TOKEN@v1', 'failed delete secret/KOYEB_TOKEN@sealed']);
  expect(outcome.steps[1]?.failure).toMatchObject({ mend: expect.stringContaining('end it by hand') });
  expect(koyeb.credentials.size).toBe(2);
  const { id } = koyeb.credentials.get(TOKEN)!;
  await fetch(`${koyeb.url}/v1/credentials/${id}`, { method: 'DELETE', headers: { authorization: `Bearer ${TOKEN}` } });
  expect(done(await run(world))).toEqual(['succeeded delete secret/KOYEB_TOKEN@sealed']);
  expect([...koyeb.credentials.keys()]).toEqual([await recordedToken(world, 'KOYEB_TOKEN')]);
  // From then on each ends by its name.
  world.pass(31 * DAY);
  await run(world);
  expect([...koyeb.credentials.values()].map(({ name }) => name)).toEqual(['proof-production-KOYEB_TOKEN-v2']);
});
