import { expect, onTestFinished, test } from 'vitest';
import type { FakeCall } from '../../src/provider-kit/fake-server.ts';
import { targetOf } from '../../src/provider-kit/identity.ts';
import type { Account, Desired } from '../../src/provider-kit/provider.ts';
import { harness } from '../../src/providers/railway/conformance.ts';
import { startFakeRailway, TOKEN } from '../../src/providers/railway/fake.ts';
import { provider } from '../../src/providers/railway/provider.ts';
import { projectMark, serviceName } from '../../src/providers/railway/service-settings.ts';
import { holdToSpecification } from '../conformance/specifications.ts';

async function railwayOf(options: Account['options'] = {}, waiting: () => Promise<void> = async () => {}) {
  const railway = await startFakeRailway();
  onTestFinished(() => railway.stop());
  holdToSpecification(harness, railway);
  const stop = new AbortController();
  const waits: number[] = [];
  const account: Account = {
    name: 'railway',
    options: { endpoint: railway.url, ...options },
    credentials: { RAILWAY_API_TOKEN: TOKEN },
    home: '',
    signal: stop.signal,
    delay: (milliseconds) => (waits.push(milliseconds), waiting()),
  };
  const service = provider.handlers.service!;
  const run = { signal: stop.signal, progress: () => {} };
  const [reader, writer] = [provider.reader(account), provider.writer(account)];
  const named = (name: string) => railway.services(serviceName(desired(name).identity));
  return {
    railway,
    waits,
    reader,
    service,
    named,
    ensure: (wanted: Desired) => service.ensure(writer, wanted, run),
    remove: (name: string) => service.remove(writer, desired(name), run),
    rollback: (name: string, deployment: string) => service.rollback!(writer, desired(name), deployment, run),
    /** Names of the operations that were asked for since the last time. */
    asked: () => railway.calls.splice(0).map(operation),
  };
}

const operation = ({ body }: FakeCall) => /\w+ (\w+)/.exec((body as { query: string }).query)![1];
const isOperation = (name: string) => (call: FakeCall) => operation(call) === name;
const documentOf = ({ body }: FakeCall) => body as { query: string; variables: Record<string, any> };
const failure = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it should have failed'),
    (error) => error,
  );

const IMAGE = { image: `ghcr.io/acme/api@sha256:${'a'.repeat(64)}` };

function desired(name: string, changes: Partial<Desired> = {}, spec: object = {}): Desired {
  return {
    ...targetOf('acme', 'production', `service/${name}`),
    spec: { source: IMAGE, port: 8080, env: { KEY: 'value' }, ...spec },
    hash: 'one',
    replicas: 1,
    commit: null,
    ...changes,
  };
}

test('an error that comes as HTTP 200 is an error, also beside data', async () => {
  const { railway, ensure, named } = await railwayOf();
  const body = { data: { projects: null }, errors: [{ message: 'Problem processing request' }] };
  const withdraw = railway.faults.add({ match: () => true, act: { kind: 'status', status: 200, body } });
  expect(await failure(ensure(desired('api')))).toMatchObject({ tag: 'unsupported' });
  withdraw();
  const refused = { data: null, errors: [{ message: 'Not Authorized' }] };
  railway.faults.add({ match: ({ write }) => write, act: { kind: 'status', status: 200, body: refused } });
  expect(await failure(ensure(desired('api')))).toMatchObject({ tag: 'credential' });
  expect(named('api')).toEqual([]);
});

test('a plan of many services asks twice, however many there are', async () => {
  const { ensure, service, reader, asked } = await railwayOf();
  for (const name of ['a', 'b', 'c', 'd', 'e']) await ensure(desired(name));
  asked();
  expect(await service.list(reader, { fleet: 'acme', environment: 'production', identities: new Map() })).toHaveLength(
    5,
  );
  expect(asked()).toEqual(['find', 'variables']);
});

test('a first deployment, requests in order', async () => {
  const { ensure, asked } = await railwayOf();
  await ensure(desired('api'));
  const polls = ['deployments', 'deployments', 'deployments'];
  expect(asked()).toEqual([
    'find',
    'createProject',
    'createService',
    'settings',
    'deploy',
    ...polls,
    'find',
    'variables',
  ]);
  await ensure(desired('api'));
  expect(asked()).toEqual(['find', 'variables']);
});

test.each([
  [100, 60_000],
  [1000, 6000],
  [10_000, 5000],
])('with %i requests an hour the first question comes after %i ms', async (perHour, wait) => {
  const { railway, ensure, waits } = await railwayOf();
  railway.perHour = perHour;
  await ensure(desired('api'));
  expect(waits[0]).toBe(wait);
});

test('those who wait at the same time share their questions, and the project that the first of them makes', async () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const waiting: (() => void)[] = [];
  const together = () =>
    new Promise<void>((go) => {
      waiting.push(go);
      if (waiting.length === names.length) for (const each of waiting.splice(0)) each();
    });
  const { railway, ensure, asked, waits } = await railwayOf({}, together);
  const made = await Promise.all(names.map((name) => ensure(desired(name))));
  expect(made.every(({ phase }) => phase === 'live')).toBe(true);
  const counts = asked();
  expect(counts.filter((name) => name === 'createProject')).toHaveLength(1);
  expect(waits).toHaveLength(3 * names.length);
  expect(counts.filter((name) => name === 'deployments')).toHaveLength(3);
  expect(railway.projects.size).toBe(1);
});

test('one that is removed meanwhile does not fail those who wait for another', async () => {
  const { railway, ensure, named } = await railwayOf();
  railway.faults.add({
    match: (call) => operation(call) === 'deployments' && /d1:/.test(documentOf(call).query),
    times: 1,
    act: {
      kind: 'hook',
      when: 'before',
      run: () => railway.projects.forEach(({ services }) => services.delete(named('gone')[0]?.id ?? '')),
    },
  });
  const results = await Promise.allSettled([ensure(desired('gone')), ensure(desired('stays'))]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});

test('a project whose making got no answer is found by what it says of itself, not by its name', async () => {
  const { railway, ensure, asked } = await railwayOf();
  railway.plantProject('acme-production', 'my own');
  railway.faults.add({ match: isOperation('createProject'), times: 1, act: { kind: 'cut', when: 'after' } });
  expect(await failure(ensure(desired('api')))).toMatchObject({ tag: 'transient' });
  asked();
  await ensure(desired('api'));
  expect(asked()).not.toContain('createProject');
  expect(railway.projects.size).toBe(2);
});

test('two projects for one environment are an error that names both', async () => {
  const { railway, ensure } = await railwayOf();
  const [a, b] = [1, 2].map(() =>
    railway.plantProject('acme', projectMark({ fleet: 'acme', environment: 'production' })),
  );
  const error = await failure(ensure(desired('api')));
  expect(error).toMatchObject({ tag: 'conflict', mend: expect.stringContaining(a!.id) });
  expect(error.mend).toContain(b!.id);
});

test('two services for one resource are an error', async () => {
  const { railway, ensure, named } = await railwayOf();
  await ensure(desired('api'));
  const [first] = named('api');
  const second = railway.plantService([...railway.projects.values()][0]!, first!.name);
  second.variables = { ...first!.variables };
  expect(await failure(ensure(desired('api', { hash: 'two' })))).toMatchObject({
    tag: 'conflict',
    mend: expect.stringContaining(second.id),
  });
});

test('variables replace what was there and start no deployment of their own', async () => {
  const { railway, ensure, named } = await railwayOf();
  await ensure(desired('api'));
  await ensure(desired('api', { hash: 'two' }, { env: { OTHER: 'x' } }));
  expect(named('api')[0]!.deployments).toHaveLength(2);
  expect(Object.keys(named('api')[0]!.variables)).toEqual([
    'PORT',
    'OTHER',
    'FLOTILLA_FLEET',
    'FLOTILLA_ENVIRONMENT',
    'FLOTILLA_ADDRESS',
    'FLOTILLA_HASH',
  ]);
  const sent = railway.calls
    .filter((call) => operation(call) === 'settings')
    .map((call) => documentOf(call).variables['variables']);
  expect(sent).toMatchObject([
    { replace: true, skipDeploys: true },
    { replace: true, skipDeploys: true },
  ]);
});

test('a service is made without a source, so that nothing is deployed before its settings are there', async () => {
  const { railway, ensure } = await railwayOf();
  await ensure(desired('api'));
  const { input } = documentOf(railway.calls.find((call) => operation(call) === 'createService')!).variables;
  expect(Object.keys(input).toSorted()).toEqual(['environmentId', 'name', 'projectId', 'variables']);
});

test('the public address is made once and leads to the port', async () => {
  const { ensure, named } = await railwayOf();
  const made = await ensure(desired('api'));
  await ensure(desired('api', { hash: 'two' }, { port: 8080, env: {} }));
  expect(named('api')[0]!.domains).toEqual([{ domain: made.outputs['host'], targetPort: 8080 }]);
});

test('a folder is built from the commit, with automatic deployments off', async () => {
  const { ensure, named } = await railwayOf({ repository: 'acme/shop' });
  const source = { dir: 'services/api', dockerfile: 'Dockerfile', command: ['node', 'main.js', "it's"] };
  await ensure(desired('api', { commit: 'c0ffee' }, { source }));
  const [service] = named('api');
  expect(service).toMatchObject({
    autoDeploy: false,
    instance: {
      source: { repo: 'acme/shop' },
      rootDirectory: 'services/api',
      dockerfilePath: 'Dockerfile',
      startCommand: `node main.js 'it'\\''s'`,
    },
  });
  expect(service!.deployments[0]!.commit).toBe('c0ffee');
});

test.each([
  ['no repository', {}, 'c0ffee', 'repository'],
  ['no commit', { repository: 'acme/shop' }, null, 'push'],
])('a folder with %s is refused before anything is made', async (_, options, commit, mend) => {
  const { ensure, asked } = await railwayOf(options);
  const error = await failure(ensure(desired('api', { commit }, { source: { dir: 'api' } })));
  expect(error).toMatchObject({ tag: 'unsupported', mend: expect.stringContaining(mend) });
  expect(asked()).toEqual(['find']);
});

test.each([
  ['domains', { domains: ['www.acme.dev'] }],
  ['a canary', { rollout: { strategy: 'canary', steps: [10, 100] } }],
])('%s: refused before anything is asked', async (_, spec) => {
  const { ensure, railway } = await railwayOf();
  expect(await failure(ensure(desired('api', {}, spec)))).toMatchObject({ tag: 'unsupported' });
  expect(railway.calls).toEqual([]);
});

test('resources are limits of the service, a region is Railway’s own', async () => {
  const { ensure, named, service } = await railwayOf();
  const made = await ensure(
    desired('api', { region: 'eu' }, { resources: { millicpu: 500, memoryBytes: 512 * 1024 ** 2 } }),
  );
  expect(named('api')[0]).toMatchObject({
    limits: { memoryGB: 0.5, vCPUs: 0.5 },
    instance: { region: 'europe-west4-drams3a' },
  });
  expect(service.diff(desired('api', { region: 'us' }), made)).toMatchObject([{ path: 'region', to: 'us-west2' }]);
});

test('a rollback selects nothing of its answer, and the new deployment is looked for', async () => {
  const { railway, ensure, rollback, named } = await railwayOf();
  const first = await ensure(desired('api'));
  await ensure(desired('api', { hash: 'two' }));
  const back = (await rollback('api', first.deployment!))!;
  expect(back).toMatchObject({ hash: 'one', phase: 'live' });
  expect(back.deployment).not.toBe(first.deployment);
  expect(named('api')[0]!.deployments).toHaveLength(3);
  const { query } = documentOf(railway.calls.find((call) => operation(call) === 'rollback')!);
  expect(query.match(/deploymentRollback\([^)]*\)\s*(.)/)![1]).toBe('}');
});

test('removing what went meanwhile is success, though Railway calls it not authorized', async () => {
  const { railway, ensure, remove, named } = await railwayOf();
  await ensure(desired('api'));
  const match = isOperation('removeService');
  const run = () => railway.projects.forEach(({ services }) => services.clear());
  const withdraw = railway.faults.add({ match, times: 1, act: { kind: 'hook', when: 'before', run } });
  await remove('api');
  withdraw();
  await ensure(desired('api'));
  railway.faults.add({
    match,
    act: { kind: 'status', status: 200, body: { errors: [{ message: 'Not Authorized' }] } },
  });
  expect(await failure(remove('api'))).toMatchObject({ tag: 'credential' });
  expect(named('api')).toHaveLength(1);
});

test.each([
  ['acme-production-api-30d155a7', 'acme-production-api-30d155a7'],
  ['acme-production-a-very-long-nam-30d155a7', 'acme-production-a-very-30d155a7'],
])('the name of %s is %s', (identity, name) => {
  expect(serviceName(identity)).toBe(name);
  expect(name.length).toBeLessThanOrEqual(32);
});

test('a project that a service is imported from becomes the fleet’s, and keeps what it says of itself; another’s does not', async () => {
  const { railway, service, ensure, reader, asked } = await railwayOf();
  const [shop, theirs] = [
    railway.plantProject('shop', 'Our shop.'),
    railway.plantProject('other', projectMark(OTHERS)),
  ];
  railway.plantService(shop, 'front');
  railway.plantService(theirs, 'back');
  const at = (name: string) =>
    desired(name, { identity: name }, { source: { image: 'nginx:1' }, env: {}, port: undefined });
  const account = { name: 'railway', options: { endpoint: railway.url }, credentials: { RAILWAY_API_TOKEN: TOKEN } };
  const { signal } = new AbortController();
  const writer = provider.writer({ ...account, home: '', signal, delay: async () => {} });
  const adopt = (name: string) => service.adopt!(writer, at(name), { signal, progress: () => {} });
  expect(await failure(adopt('back'))).toMatchObject({
    tag: 'conflict',
    message: expect.stringContaining('fleet others'),
  });
  asked();
  expect(await adopt('front')).toMatchObject({ owner: { fleet: 'acme', environment: 'production' }, hash: null });
  expect(asked().filter((name) => name === 'deploy')).toEqual([]);
  expect(shop.description).toBe(`Our shop.\n${projectMark(at('front'))}`);
  expect(railway.services('front')[0]?.deployments).toHaveLength(1);
  // What is made from now on is beside it, and what is elsewhere cannot come.
  await ensure(desired('api'));
  expect(shop.services.size).toBe(2);
  railway.plantService(railway.plantProject('third', ''), 'side');
  expect(await failure(adopt('side'))).toMatchObject({
    tag: 'conflict',
    message: expect.stringContaining('cannot change its project'),
  });
  expect((await service.survey!(reader)).map(({ name }) => name)).toEqual(
    expect.arrayContaining(['back', 'front', 'side', serviceName(desired('api').identity)]),
  );
});

const OTHERS = { fleet: 'others', environment: 'production' };
