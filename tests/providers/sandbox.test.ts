import { expect, onTestFinished, test } from 'vitest';
import { KINDS, OUTPUTS } from '../../src/model/resource.ts';
import { targetOf } from '../../src/provider-kit/identity.ts';
import type { Account, Desired } from '../../src/provider-kit/provider.ts';
import { checkEndpoint } from '../../src/providers/sandbox/api.ts';
import { startCloud, type CloudOptions } from '../../src/providers/sandbox/fake.ts';
import { outputsOf } from '../../src/providers/sandbox/fake-outputs.ts';
import { provider } from '../../src/providers/sandbox/provider.ts';

async function cloudOf(options: CloudOptions = {}) {
  const cloud = await startCloud(options);
  onTestFinished(() => cloud.stop());
  const { signal } = new AbortController();
  const account: Account = {
    name: 'cloud',
    options: { endpoint: cloud.url },
    credentials: {},
    home: '',
    signal,
    delay: async () => {},
  };
  const service = provider.handlers.service!;
  const run = { signal, progress: () => {} };
  const [reader, writer] = [provider.reader(account), provider.writer(account)];
  return { cloud, reader, writer, service, ensure: (wanted: Desired) => service.ensure(writer, wanted, run) };
}
function desired(name: string, changes: Partial<Desired> = {}): Desired {
  const spec = { port: 80, env: { KEY: 'value' } };
  return {
    ...targetOf('acme', 'production', `service/${name}`),
    spec,
    hash: 'h1',
    replicas: 1,
    commit: null,
    ...changes,
  };
}
const scope = { fleet: 'acme', environment: 'production', identities: new Map() };

test.each([
  ['http://127.0.0.1:4000', true],
  ['http://localhost:4000/base', true],
  ['http://[::1]:4000', true],
  ['https://cloud.example.com', false],
  ['http://127.0.0.1.example.com', false],
  ['http://user@example.com:80/127.0.0.1', false],
  ['file:///etc/passwd', false],
  ['cloud', false],
  [undefined, false],
])('endpoint %s: %s', (endpoint, fine) => {
  expect(checkEndpoint(endpoint) === undefined).toBe(fine);
});

test('an account without a usable endpoint says what to do', () => {
  const account = {
    name: 'cloud',
    options: {},
    credentials: {},
    home: '',
    signal: AbortSignal.abort(),
    delay: async () => {},
  };
  expect(() => provider.reader(account)).toThrow('providers.cloud.endpoint');
});

test.each(KINDS)('a %s has the outputs of its kind', (kind) => {
  const content = { labels: {}, replicas: 1, settings: {}, env: {}, files: null };
  const outputs = outputsOf({ kind, name: 'n', title: 't', region: 'eu', ...content }, 'secret-value');
  expect(Object.keys(outputs).toSorted()).toEqual(Object.keys(OUTPUTS[kind]).toSorted());
  for (const [name, value] of Object.entries(outputs))
    expect(value.includes('secret-value'), name).toBe(
      name === 'secret_key' || (OUTPUTS[kind][name]!.secret && kind === 'database'),
    );
});

test('creating costs one look and one POST, an unchanged ensure one look, and 2,000 are listed by one call', async () => {
  const { cloud, ensure, service, reader } = await cloudOf();
  await ensure(desired('a'));
  await ensure(desired('a'));
  expect(cloud.calls.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET']);
  await Promise.all(Array.from({ length: 1999 }, (_, index) => ensure(desired(`n${index}`))));
  const before = cloud.calls.length;
  expect(await service.list(reader, scope)).toHaveLength(2000);
  expect(cloud.calls.length - before).toBe(1);
});

test('a deployment under way for the same hash is waited for, not started again', async () => {
  const { cloud, ensure } = await cloudOf();
  cloud.rollout = ['accepted', 'building', 'running'];
  cloud.faults.add({ match: ({ write }) => write, times: 1, act: { kind: 'cut', when: 'after' } });
  await expect(ensure(desired('a'))).rejects.toThrow();
  expect(await ensure(desired('a'))).toMatchObject({ phase: 'live', hash: 'h1' });
  expect([...cloud.resources.values()].map(({ deployments }) => deployments.length)).toEqual([1]);
});

test('a failed update leaves the old version observed, so that taking the change back is nothing to do', async () => {
  const { cloud, ensure } = await cloudOf();
  const first = await ensure(desired('a'));
  cloud.rollout = ['building', 'crashed'];
  await expect(ensure(desired('a', { hash: 'h2' }))).rejects.toMatchObject({ tag: 'deploy', restored: true });
  cloud.rollout = ['running'];
  expect(await ensure(desired('a', { hash: 'h3' }))).toMatchObject({ id: first.id, hash: 'h3' });
});

test('a move to another region is shown as a replacement and not made in place', async () => {
  const { ensure, service } = await cloudOf();
  const made = await ensure(desired('a'));
  const moved = desired('a', { region: 'us' });
  expect(service.diff(moved, made)).toEqual([{ path: 'region', from: 'eu', to: 'us', replaces: true }]);
  await expect(ensure(moved)).rejects.toMatchObject({ tag: 'conflict' });
});

test('what is not known while planning is no drift', async () => {
  const { ensure, service } = await cloudOf();
  const made = await ensure(desired('a', { spec: { command: ['run', 's3cret'], env: { KEY: 'value' } } }));
  const planned = { command: ['run', '${secret.TOKEN}'], env: { KEY: '${database.main.url}' } };
  expect(service.diff(desired('a', { spec: planned }), made)).toEqual([]);
  expect(service.diff(desired('a', { spec: { ...planned, env: {} } }), made)).toMatchObject([{ path: 'env' }]);
});

test('values of environment variables never leave the server again', async () => {
  const { cloud, ensure, service, reader } = await cloudOf();
  await ensure(desired('a', { spec: { env: { KEY: 'canary-value' } } }));
  expect(JSON.stringify(await service.list(reader, scope))).not.toContain('canary-value');
  expect(JSON.stringify(cloud.calls.filter(({ write }) => write))).toContain('canary-value');
});
