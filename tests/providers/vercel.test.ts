import { createEmulator } from 'emulate';
import { expect, onTestFinished, test } from 'vitest';
import type { JsonObject } from '../../src/model/resource.ts';
import type { Account } from '../../src/provider-kit/provider.ts';
import { harness } from '../../src/providers/vercel/conformance.ts';
import type { FakeVercel, StoredProject } from '../../src/providers/vercel/fake.ts';
import { provider } from '../../src/providers/vercel/provider.ts';
import { routing } from '../../src/providers/vercel/routing.ts';
import { settingOf } from '../conformance/setting.ts';
import { folderOf } from '../conformance/source-folder.ts';

async function vercel() {
  const setting = await settingOf(harness, 'site');
  const fake = setting.server as FakeVercel;
  const calls = (pattern: RegExp) => fake.calls.filter(({ method, path }) => pattern.test(`${method} ${path}`));
  const stored = () =>
    [...fake.projects.values()].find(({ name }) => name === setting.target().identity) as StoredProject;
  const wanted = (files: Record<string, string>, spec: JsonObject = {}) => {
    const base = setting.desired('main', { ...setting.example.spec, ...spec });
    return { ...base, hash: `${base.hash}${JSON.stringify(files).length}`, source: folderOf(files) };
  };
  return { ...setting, fake, calls, stored, wanted };
}

const refused = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it should have failed'),
    (error: Error) => error,
  );

test('Vercel says which files it lacks, each is sent once, and never again', async () => {
  const { ensure, wanted, calls, stored, told } = await vercel();
  await ensure(wanted({ 'dist/index.html': 'a', 'dist/copy.html': 'a', 'dist/app.js': 'b' }));
  expect(calls(/^POST \/v2\/files/)).toHaveLength(3);
  await ensure(wanted({ 'dist/index.html': 'changed', 'dist/copy.html': 'a', 'dist/app.js': 'b' }));
  expect(calls(/^POST \/v2\/files/)).toHaveLength(4);
  expect(stored().production!.files.toSorted()).toEqual(['app.js', 'copy.html', 'index.html', 'vercel.json']);
  expect(told.join('\n')).toContain('uploading 1 of 4 files');
});

test('READY is not live: that is when the production domains lead there', async () => {
  const { ensure, stored, calls } = await vercel();
  const made = await ensure();
  expect(made.deployment).toBe(stored().production!.uid);
  const words = calls(/^GET \/v13/).map(({ answer }) => answer!.body as { readyState: string; aliasAssigned: boolean });
  const ready = words.find(({ readyState }) => readyState === 'READY');
  expect(ready!.aliasAssigned).toBe(false);
  expect(calls(/promote/)).toEqual([]);
});

test('where deployments are staged, ours is promoted', async () => {
  const { ensure, stored, desired, example, calls } = await vercel();
  await ensure();
  stored().staged = true;
  const changed = desired('main', example.changed);
  expect(await ensure(changed)).toMatchObject({ hash: changed.hash });
  expect(calls(/promote/)).toHaveLength(1);
});

test('a hand-made deployment is replaced by our earlier one, without a build', async () => {
  const { ensure, fake, calls, read, target } = await vercel();
  const first = await ensure();
  fake.deployByHand(target().identity);
  expect(await read()).toMatchObject({ hash: null, owner: first.owner, phase: 'live' });
  const before = calls(/^POST \/v13/).length;
  expect(await ensure()).toEqual(first);
  expect(calls(/^POST \/v13/)).toHaveLength(before);
});

test('commits to a linked repository are drift, and ignored from then on', async () => {
  const { ensure, stored, read, handler, desired } = await vercel();
  await ensure();
  stored().link = { type: 'github', org: 'acme', repo: 'web' };
  const drift = [{ path: 'commits', from: 'deployed by Vercel', to: 'ignored' }];
  expect(handler.diff(desired(), (await read())!)).toEqual(drift);
  await ensure();
  expect(stored().commandForIgnoringBuildStep).toBe('exit 0');
  expect(handler.diff(desired(), (await read())!)).toEqual([]);
});

test('variables are set before the deployment, sensitive; those of ours that are not wanted go, others stay', async () => {
  const { ensure, wanted, stored, calls } = await vercel();
  await ensure(wanted({ 'dist/index.html': 'a' }, { env: { A: 'one-of-many', B: 'two-of-many' } }));
  stored().env.set('THEIRS', { id: 'env_theirs', key: 'THEIRS', value: 'x', type: 'plain', target: ['production'] });
  await ensure(wanted({ 'dist/index.html': 'ab' }, { env: { B: 'changed' } }));
  expect([...stored().env.values()].map(({ key, value, type }) => [key, value, type])).toEqual([
    ['B', 'changed', 'sensitive'],
    ['THEIRS', 'x', 'plain'],
  ]);
  const order = calls(/^POST \/v1(0\/.*env|3)/).map(({ path }) => path.endsWith('/env'));
  expect(order.indexOf(true)).toBeLessThan(order.indexOf(false));
});

test('a variable that was not set, though the answer is 201, is an error', async () => {
  const { ensure, fake } = await vercel();
  const failed = [{ error: { code: 'ENV_CONFLICT', message: 'no', key: 'GREETING' } }];
  fake.faults.add({
    match: ({ method, path }) => method === 'POST' && path.endsWith('/env'),
    act: { kind: 'status', status: 201, body: { created: [], failed } },
  });
  const error = await refused(ensure());
  expect(error.message).toBe('Vercel did not set the variable GREETING (ENV_CONFLICT)');
});

test('domains are added and taken away; one that waits for DNS says for which record', async () => {
  const { ensure, stored, desired, example, told, handler, read } = await vercel();
  await ensure(desired('main', { ...example.spec, domains: ['a.dev', 'unverified.dev'] }));
  expect(stored().domains).toEqual([`${stored().name}.vercel.app`, 'a.dev', 'unverified.dev']);
  expect(told).toContain('unverified.dev waits for DNS: TXT _vercel.unverified.dev vc-domain-verify=1');
  const fewer = desired('main', { ...example.spec, domains: ['a.dev'] });
  await ensure(fewer);
  expect(handler.diff(fewer, (await read())!)).toEqual([]);
});

test('every call names the team, by slug or by id', async () => {
  const { ensure, fake, account, target } = await vercel();
  await ensure();
  expect(fake.calls.every(({ query }) => query.get('slug') === 'acme')).toBe(true);
  const byId = { ...account, options: { ...account.options, team: 'team_acme' } };
  await provider.handlers.site!.read(provider.reader(byId), target());
  expect(fake.calls.at(-1)!.query.get('teamId')).toBe('team_acme');
});

test('a lost answer to a deployment that was started is found again, not started twice', async () => {
  const { ensure, fake, stored } = await vercel();
  let deployments = 0;
  fake.faults.add({
    match: ({ method, path }) => method === 'POST' && path === '/v13/deployments' && (deployments += 1) === 2,
    act: { kind: 'cut', when: 'after' },
  });
  expect(await refused(ensure())).toMatchObject({ tag: 'transient' });
  await ensure();
  expect(stored().deployments).toHaveLength(1);
});

test('redirects, headers and fallback go beside what the site’s own vercel.json says', () => {
  const spec = {
    dir: 'web',
    env: {},
    domains: [],
    redirects: [{ from: '/blog/*', to: '/news/:splat', status: 301 }],
    headers: [{ for: '/a(b)', values: { 'X-Frame-Options': 'DENY' } }],
    fallback: 'index.html',
  };
  const own = { buildCommand: 'make', cleanUrls: true, redirects: [{ source: '/x', destination: '/y' }] };
  expect(routing(spec, own)).toEqual({
    cleanUrls: true,
    redirects: [
      { source: '/blog/:splat*', destination: '/news/:splat*', statusCode: 301 },
      { source: '/x', destination: '/y' },
    ],
    headers: [{ source: String.raw`/a\(b\)`, headers: [{ key: 'X-Frame-Options', value: 'DENY' }] }],
    rewrites: [{ source: '/(.*)', destination: '/index.html' }],
  });
  expect(routing({ dir: 'web', env: {}, domains: [], redirects: [], headers: [] })).toBeUndefined();
});

test('the whole way runs against the emulator of Vercel too', async () => {
  const emulator = await createEmulator({
    service: 'vercel',
    port: 0,
    seed: { vercel: { users: [{ username: 'acme' }] } },
  });
  onTestFinished(() => emulator.close());
  const setting = await settingOf(harness, 'site');
  const account: Account = {
    ...setting.account,
    options: { endpoint: emulator.url },
    credentials: { VERCEL_TOKEN: 'test_token_admin' },
  };
  const [site, writer] = [provider.handlers.site!, provider.writer(account)];
  const wanted = setting.desired('main', { ...setting.example.spec, domains: ['www.acme.dev'] });
  expect(await site.read(provider.reader(account), wanted)).toBeUndefined();
  const made = await site.ensure(writer, wanted, setting.run);
  expect(made).toMatchObject({ phase: 'live', hash: wanted.hash, owner: { fleet: 'acme', environment: 'production' } });
  expect(await site.ensure(writer, wanted, setting.run)).toEqual(made);
  expect(await site.list(provider.reader(account), setting.scope('main'))).toEqual([made]);
  expect(site.diff(wanted, made)).toEqual([]);
  const changed = setting.desired('main', { ...setting.example.changed, domains: [] });
  expect(await site.ensure(writer, changed, setting.run)).toMatchObject({ id: made.id, hash: changed.hash });
  await site.remove(writer, wanted, setting.run);
  expect(await site.read(writer, wanted)).toBeUndefined();
});
