import { expect, onTestFinished, test } from 'vitest';
import type { FakeCall } from '../../src/provider-kit/fake-server.ts';
import { targetOf } from '../../src/provider-kit/identity.ts';
import type { Account, Desired } from '../../src/provider-kit/provider.ts';
import { harness } from '../../src/providers/fly/conformance.ts';
import { startFakeFly, TOKEN } from '../../src/providers/fly/fake.ts';
import { provider } from '../../src/providers/fly/provider.ts';
import { holdToSpecification } from '../conformance/specifications.ts';

async function flyOf(options: { token?: string } = {}) {
  const fly = await startFakeFly();
  onTestFinished(() => fly.stop());
  holdToSpecification(harness, fly);
  const stop = new AbortController();
  const account: Account = {
    name: 'fly',
    options: { endpoint: fly.url },
    credentials: { FLY_API_TOKEN: options.token ?? TOKEN },
    home: '',
    signal: stop.signal,
    delay: async () => {},
  };
  const service = provider.handlers.service!;
  const run = { signal: stop.signal, progress: () => {} };
  const [reader, writer] = [provider.reader(account), provider.writer(account)];
  const target = desired('h');
  const machines = () => [...fly.apps.get(target.identity)!.machines.values()];
  return {
    fly,
    reader,
    service,
    target,
    machines,
    ensure: (wanted: Desired) => service.ensure(writer, wanted, run),
    remove: () => service.remove(writer, target, run),
    rollback: (deployment: string) => service.rollback!(writer, target, deployment, run),
    calls: (route: RegExp) => fly.calls.filter(({ method, path }) => route.test(`${method} ${path}`)),
  };
}

function desired(hash: string, changes: Partial<Desired> = {}, spec: object = {}): Desired {
  const image = `ghcr.io/acme/api@sha256:${'a'.repeat(64)}`;
  return {
    ...targetOf('acme', 'production', 'service/api'),
    spec: { source: { image }, port: 8080, env: { HASH: hash }, ...spec },
    hash,
    replicas: 1,
    commit: null,
    ...changes,
  };
}

const failure = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it should have failed'),
    (error) => error,
  );
const postTo = (end: string) => (call: FakeCall) => call.method === 'POST' && call.path.endsWith(end);
const UPDATE = /^POST \/apps\/[^/]+\/machines\/\w+$/;

test('an update goes under a lease: its nonce is sent, and given back afterwards', async () => {
  const { ensure, calls, machines } = await flyOf();
  await ensure(desired('one'));
  await ensure(desired('two'));
  const [update] = calls(UPDATE);
  const [lease] = calls(/^POST .*\/lease$/);
  const { nonce } = (lease!.answer!.body as { data: { nonce: string } }).data;
  expect(update!.headers['fly-machine-lease-nonce']).toBe(nonce);
  expect((update!.body as { current_version: string }).current_version).toMatch(/^01/);
  expect(calls(/^DELETE .*\/lease$/)).toHaveLength(1);
  expect(machines()[0]!.lease).toBeUndefined();
});

test('a machine that somebody else holds is left alone', async () => {
  const { fly, ensure, calls, target, machines } = await flyOf();
  await ensure(desired('one'));
  fly.hold(target.identity);
  expect(await failure(ensure(desired('two')))).toMatchObject({ tag: 'conflict' });
  expect(calls(UPDATE)).toEqual([]);
  expect(machines()[0]!.lease?.description).toBe('someone');
});

test('a lease whose answer was lost is read, so that a second run is not locked out by the first', async () => {
  const { fly, ensure, calls, machines } = await flyOf();
  await ensure(desired('one'));
  const lost = { kind: 'cut', when: 'after' } as const;
  fly.faults.add({ match: postTo('/lease'), times: 1, act: lost });
  expect(await failure(ensure(desired('two')))).toMatchObject({ tag: 'transient' });
  expect(machines()[0]!.lease).toBeDefined();
  expect(await ensure(desired('two'))).toMatchObject({ hash: 'two', phase: 'live' });
  expect(calls(/^GET .*\/lease$/)).toHaveLength(1);
  expect(machines()[0]!.lease).toBeUndefined();
});

test('a lease is understood with its fields at the top, as the specification has them', async () => {
  const { fly, ensure, calls } = await flyOf();
  await ensure(desired('one'));
  const body = { nonce: 'abc', description: 'flotilla' };
  fly.faults.add({ match: postTo('/lease'), times: 1, act: { kind: 'status', status: 200, body } });
  await ensure(desired('two'));
  expect(calls(UPDATE)[0]!.headers['fly-machine-lease-nonce']).toBe('abc');
});

test('401 for an app is a name that another organization has, unless the token is refused everywhere', async () => {
  const { fly, ensure, reader, service, target, remove, calls } = await flyOf();
  fly.plant(target.identity, 'others');
  const scope = { ...target, identities: new Map([[target.identity, target.address]]) };
  expect(await service.read(reader, target)).toMatchObject({ owner: null, id: target.identity });
  expect(await service.list(reader, scope)).toMatchObject([{ owner: null, address: target.address }]);
  const error = await failure(ensure(desired('one')));
  expect(error).toMatchObject({ tag: 'conflict', mend: expect.stringContaining('rename') });
  expect(error.message).toContain('names are global');
  expect(await failure(remove())).toMatchObject({ tag: 'conflict' });
  expect(calls(/^(?!GET)/)).toEqual([]);

  const stranger = await flyOf({ token: 'wrong' });
  expect(await failure(stranger.service.read(stranger.reader, target))).toMatchObject({ tag: 'credential' });
});

test('a name that was taken between looking and creating is explained', async () => {
  const { fly, ensure } = await flyOf();
  const body = { error: 'Validation failed: Name has already been taken', status: 'unknown' };
  fly.faults.add({ match: postTo('/apps'), act: { kind: 'status', status: 422, body } });
  expect(await failure(ensure(desired('one')))).toMatchObject({ tag: 'conflict' });
});

test('deleting is accepted first: the app is asked after until it is gone', async () => {
  const { fly, ensure, remove, calls, target } = await flyOf();
  await ensure(desired('one'));
  await remove();
  expect(calls(/^DELETE/).map(({ answer }) => answer?.status)).toEqual([202]);
  expect(fly.apps.has(target.identity)).toBe(false);
});

test('addresses are not asked for twice', async () => {
  const { fly, ensure, target } = await flyOf();
  fly.faults.add({ match: postTo('_assignments'), times: 1, act: { kind: 'cut', when: 'after' } });
  await failure(ensure(desired('one')));
  await ensure(desired('one'));
  await ensure(desired('two'));
  expect(fly.apps.get(target.identity)!.addresses).toHaveLength(2);
});

test('a service without a port has no public address', async () => {
  const { fly, ensure, target } = await flyOf();
  await ensure(desired('one', {}, { port: undefined }));
  expect(fly.apps.get(target.identity)!.addresses).toEqual([]);
});

test('replicas are machines of their own, updated in turn; those that are too many go', async () => {
  const { ensure, machines, calls, target } = await flyOf();
  expect(await ensure(desired('one', { replicas: 3 }))).toMatchObject({ attributes: { replicas: 3 }, phase: 'live' });
  expect(machines().map(({ name }) => name)).toEqual([0, 1, 2].map((index) => `${target.identity}-${index}`));
  await ensure(desired('two', { replicas: 2 }));
  expect(calls(UPDATE)).toHaveLength(2);
  expect(machines().map(({ config }) => config.env?.['HASH'])).toEqual(['two', 'two']);
  expect(machines().every(({ lease }) => lease === undefined)).toBe(true);
});

test('rollback puts every machine back; one that Fly does not know has to be made anew', async () => {
  const { ensure, rollback, machines } = await flyOf();
  await ensure(desired('one', { replicas: 2 }));
  await ensure(desired('two', { replicas: 2 }));
  expect(await rollback('one')).toMatchObject({ hash: 'one', deployment: 'one' });
  expect(machines().map(({ config }) => config.env?.['HASH'])).toEqual(['one', 'one']);
  expect(await rollback('none')).toBeUndefined();
});

test('a process that falls over is failed, one that the proxy put to sleep is not', async () => {
  const { fly, ensure, reader, service, target } = await flyOf();
  fly.rollout = [{ state: 'created' }, { state: 'stopped', exit: 137 }];
  const error = await failure(ensure(desired('one')));
  expect(error).toMatchObject({ tag: 'deploy', restored: false });
  expect(error.log.join('\n')).toContain('code 137');
  expect(await service.read(reader, target)).toMatchObject({ phase: 'failed' });
  fly.rollout = [{ state: 'created' }, { state: 'started' }, { state: 'stopped' }];
  expect(await ensure(desired('two'))).toMatchObject({ phase: 'live' });
});

test('an app with machines of others in it is not removed', async () => {
  const { fly, ensure, remove, machines, target } = await flyOf();
  await ensure(desired('one'));
  const { machines: held } = fly.apps.get(target.identity)!;
  held.set('theirs', { ...machines()[0]!, id: 'theirs', name: 'theirs', config: { image: 'nginx' } });
  expect(await failure(remove())).toMatchObject({ tag: 'conflict' });
  expect(held.size).toBe(2);
});

test('another region is another service', async () => {
  const { ensure, service } = await flyOf();
  const made = await ensure(desired('one', { region: 'eu' }));
  expect(service.diff(desired('one', { region: 'ams' }), made)).toEqual([]);
  const to = { path: 'region', from: 'ams', to: 'lhr', replaces: true };
  expect(service.diff(desired('one', { region: 'lhr' }), made)).toEqual([to]);
  expect(await failure(ensure(desired('two', { region: 'lhr' })))).toMatchObject({ tag: 'conflict' });
});

test.each([
  ['a folder', { source: { dir: 'api' } }, 'source.image'],
  ['more than there is', { resources: { millicpu: 64_000 } }, 'elsewhere'],
  ['a domain', { domains: ['www.acme.dev'] }, 'dashboard'],
  ['a canary', { rollout: { strategy: 'canary' } }, 'rolling'],
])('%s is refused before anything is made', async (_, spec, mend) => {
  const { ensure, fly } = await flyOf();
  const error = await failure(ensure(desired('one', {}, spec)));
  expect(error).toMatchObject({ tag: 'unsupported', mend: expect.stringContaining(mend) });
  expect(fly.calls).toEqual([]);
});

test.each([
  [{}, 1, 256],
  [{ memoryBytes: 512e6 }, 1, 512],
  [{ millicpu: 1500 }, 2, 512],
  [{ millicpu: 100, memoryBytes: 4 * 1024 ** 3 }, 2, 4096],
])('resources %j are a machine of %i CPUs and %i MB', async (resources, cpus, memory) => {
  const { ensure } = await flyOf();
  expect((await ensure(desired('one', {}, { resources }))).attributes).toMatchObject({ cpus, memory_mb: memory });
});

test('a token is sent to Fly or to this machine, nowhere else', () => {
  const { check } = provider.options['endpoint']!;
  expect(check('http://127.0.0.1:4000')).toBeUndefined();
  expect(check('https://api.machines.dev/v1')).toBeUndefined();
  expect(check('https://api.machines.dev.example.com/v1')).toContain('expected');
});
