import { expect, test } from 'vitest';
import type { DeployError } from '../../src/model/errors.ts';
import type { JsonObject, Kind } from '../../src/model/resource.ts';
import { harness } from '../../src/providers/cloudflare/conformance.ts';
import type { FakeCloudflare, StoredScript, StoredVersion } from '../../src/providers/cloudflare/fake.ts';
import { provider } from '../../src/providers/cloudflare/provider.ts';
import { settingOf } from '../conformance/setting.ts';
import { folderOf } from '../conformance/source-folder.ts';

async function cloudflare(kind: Kind) {
  const setting = await settingOf(harness, kind);
  const fake = setting.server as FakeCloudflare;
  const calls = (pattern: RegExp) => fake.calls.filter(({ method, path }) => pattern.test(`${method} ${path}`));
  const stored = () => fake.scripts.get(setting.target().identity) as StoredScript;
  const version = () => stored().versions.get(stored().deployments[0]!) as StoredVersion;
  const wanted = (files: Record<string, string>, spec: JsonObject = {}) => {
    const base = setting.desired('main', { ...setting.example.spec, ...spec });
    return { ...base, hash: `${base.hash}${JSON.stringify(files).length}`, source: folderOf(files) };
  };
  return { ...setting, fake, calls, stored, version, wanted };
}

const refused = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it should have failed'),
    (error: Error) => error,
  );

test('a site: only what is missing is sent, in groups, and files that differ in their ending alone are two', async () => {
  const { ensure, wanted, calls, version, told, stored } = await cloudflare('site');
  await ensure(wanted({ 'dist/a.html': 'same', 'dist/a.txt': 'same', 'dist/b.html': 'same', 'dist/c.bin': 'x' }));
  expect(calls(/assets\/upload$/)).toHaveLength(2);
  expect(new Set(Object.values(version().assets!.manifest)).size).toBe(3);
  expect([...stored().blobs.values()].map(({ type, text }) => `${type} ${text}`).toSorted()).toEqual([
    'application/octet-stream x',
    'text/html same',
    'text/plain same',
  ]);
  await ensure(wanted({ 'dist/a.html': 'same', 'dist/a.txt': 'same', 'dist/new.html': 'new' }));
  expect(calls(/assets\/upload$/)).toHaveLength(3);
  expect(told).toContain('uploading 1 of 3 files (1 kB)');
});

test('a site of which nothing changed is completed by the token of its session', async () => {
  const { ensure, wanted, desired, example, calls } = await cloudflare('site');
  const files = { 'dist/a.html': 'same' };
  await ensure(wanted(files));
  const changed = { ...desired('main', example.changed), source: folderOf(files) };
  expect(await ensure(changed)).toMatchObject({ hash: changed.hash });
  expect(calls(/assets\/upload$/)).toHaveLength(1);
});

test('rules are told in the configuration, not served; the fallback is the Worker’s, for paths that no file has', async () => {
  const { ensure, wanted, version } = await cloudflare('site');
  const headers = [{ for: '/*', values: { 'X-Frame-Options': 'DENY' } }];
  const files = { 'dist/index.html': 'x', 'dist/_redirects': '/b /c 302\n' };
  await ensure(wanted(files, { fallback: 'index.html', headers }));
  expect(version().assets).toEqual({
    manifest: { '/index.html': expect.stringMatching(/^[0-9a-f]{32}$/) },
    config: { _redirects: '/old /new 301\n/b /c 302\n', _headers: '/*\n  X-Frame-Options: DENY\n' },
  });
  const [module] = version().modules;
  expect(module!.text).toContain('new URL("/", request.url)');
  expect(JSON.stringify(version().bindings)).not.toContain('GREETING');
});

test('the Worker of a site serves its fallback where there is no file', async () => {
  const { ensure, wanted, version } = await cloudflare('site');
  await ensure(wanted({ 'dist/app.html': 'x' }, { fallback: 'app.html' }));
  const source = `data:text/javascript,${encodeURIComponent(version().modules[0]!.text)}`;
  const worker = (await import(source)) as { default: { fetch(request: Request, env: object): Promise<Response> } };
  const paths: string[] = [];
  const ASSETS = {
    fetch: async (asked: Request | URL) => {
      paths.push(new URL(asked instanceof URL ? asked : asked.url).pathname);
      return new Response('', { status: paths.length === 1 ? 404 : 200 });
    },
  };
  expect((await worker.default.fetch(new Request('https://site/deep/path'), { ASSETS })).status).toBe(200);
  expect(paths).toEqual(['/deep/path', '/app']);
});

test('a service: its module and those beside it; env as secrets that do not come back', async () => {
  const { ensure, wanted, version, read, fake } = await cloudflare('service');
  const files = {
    'package.json': '{ "main": "src/main.js" }',
    'src/main.js': "import './lib/x.js'; export default {}",
    'src/lib/x.js': 'export {}',
    'src/data.wasm': '\0asm',
    'src/notes.md': 'no',
    'elsewhere.js': 'no',
  };
  await ensure(wanted(files, { source: { dir: 'api' }, env: { TOKEN: 'secret-value-1' } }));
  const modules = version().modules.map(({ name, type }) => [name, type]);
  expect(modules).toEqual([
    ['main.js', 'application/javascript+module'],
    ['data.wasm', 'application/wasm'],
    ['lib/x.js', 'application/javascript+module'],
  ]);
  expect(version().bindings).toContainEqual({ type: 'secret_text', name: 'TOKEN', text: 'secret-value-1' });
  await read();
  expect(JSON.stringify(fake.calls.map(({ answer }) => answer))).not.toContain('secret-value-1');
});

test('a service that is a container, or has no module, is refused', async () => {
  const { ensure, wanted } = await cloudflare('service');
  const image = await refused(ensure(wanted({ 'worker.js': '' }, { source: { image: 'ghcr.io/acme/api' } })));
  expect(image).toMatchObject({ tag: 'unsupported', message: expect.stringContaining('no containers') });
  const none = await refused(ensure(wanted({ 'other.js': '' })));
  expect(none).toMatchObject({ tag: 'unsupported', message: expect.stringContaining('there is no /worker.js') });
});

test('a module that does not run is a failed deployment with what Cloudflare says, and what served serves', async () => {
  const { ensure, desired, example, fake, read } = await cloudflare('service');
  const first = await ensure();
  fake.refuses = true;
  const error = (await refused(ensure(desired('main', example.changed)))) as DeployError;
  expect(error).toMatchObject({ tag: 'deploy', restored: true });
  expect(error.log).toEqual(['Uncaught SyntaxError: Unexpected end of input', '  at worker.js:1:5 (10021)']);
  expect(await read()).toEqual(first);
});

test('a refusal with status 200 is a refusal', async () => {
  const { list, fake } = await cloudflare('service');
  const body = { success: false, errors: [{ code: 7000, message: 'No route' }], messages: [], result: null };
  fake.faults.add({ match: () => true, act: { kind: 'status', status: 200, body } });
  expect((await refused(list('main'))).message).toBe('Cloudflare refused: No route (7000)');
});

test('a version that somebody deployed by hand is replaced; whose the Worker is stays known', async () => {
  const { ensure, fake, read, target, handler, desired } = await cloudflare('service');
  const first = await ensure();
  fake.deployByHand(target().identity);
  const found = (await read())!;
  expect(found).toMatchObject({ owner: first.owner, hash: null });
  expect(handler.diff(desired(), found)).toEqual([{ path: 'version', from: 'not made by Flotilla', to: 'ours' }]);
  expect(await ensure()).toMatchObject({ hash: first.hash });
});

test('domains of a Worker need their zone, are never taken from another Worker, and can be taken away', async () => {
  const { ensure, fake, desired, example, handler, read } = await cloudflare('service');
  const on = (...domains: string[]) => desired('main', { ...example.spec, domains });
  await ensure(on('api.acme.dev'));
  expect(fake.attached.map(({ hostname }) => hostname)).toEqual(['api.acme.dev']);
  expect(await refused(ensure(on('api.example.org')))).toMatchObject({ tag: 'conflict' });
  await ensure(on());
  expect(fake.attached).toEqual([]);
  fake.attached.push({ id: 'x', hostname: 'api.acme.dev', service: 'theirs' });
  expect(await refused(ensure(on('api.acme.dev')))).toMatchObject({
    tag: 'conflict',
    message: expect.stringContaining('leads to the Worker theirs'),
  });
  expect(handler.diff(on(), (await read())!)).toEqual([]);
});

test('records change in one call, only those that differ, and those of others stay', async () => {
  const { fake, desired, handler, writer, run, calls } = await cloudflare('domain');
  const theirs = { id: 'theirs', zone: 'zone-main', type: 'TXT', name: 'main', content: '"theirs"', ttl: 1 };
  fake.records.push(theirs);
  const txt = (value: string) => ({ type: 'TXT', name: '@', value, ttlSeconds: 3600 });
  const mx = { type: 'MX', name: '@', value: '10 mail.acme.dev', ttlSeconds: 3600 };
  await handler.ensure(writer, desired('main', { target: 'a.acme.dev', records: [txt('one'), mx] }), run);
  const second = desired('main', { target: 'b.acme.dev', records: [txt('one'), mx] });
  await handler.ensure(writer, second, run);
  const [, last] = calls(/batch$/).map(({ body }) => body as Record<string, unknown[]>);
  expect([last!['deletes']!.length, last!['posts']!.length]).toEqual([1, 1]);
  // Those that stay are marked with the new hash.
  expect(last!['patches']).toHaveLength(2);
  expect(fake.records).toContain(theirs);
  expect(fake.records.find(({ type }) => type === 'MX')).toMatchObject({ content: 'mail.acme.dev', priority: 10 });
  await handler.remove(writer, second, run);
  expect(fake.records).toEqual([theirs]);
});

test('a domain whose zone is not in the account, and records that are not written yet, say so', async () => {
  const { handler, writer, run, desired, target } = await cloudflare('domain');
  const away = { ...desired(), name: 'example.org', address: 'domain/example.org' as const };
  expect(await refused(handler.ensure(writer, away, run))).toMatchObject({ tag: 'conflict' });
  expect(await handler.read(writer, { ...target(), name: 'example.org' })).toBeUndefined();
  const srv = { type: 'SRV', name: '_sip._tcp', value: '1 2 5060 sip.acme.dev', ttlSeconds: 300 };
  const error = await refused(handler.ensure(writer, desired('main', { records: [srv] }), run));
  expect(error).toMatchObject({ tag: 'unsupported', message: expect.stringContaining('SRV') });
});

test('a domain below a zone is found by the longest ending that is one', async () => {
  const { handler, writer, run, desired, fake } = await cloudflare('domain');
  const below = { ...desired(), name: 'www.acme.dev', address: 'domain/www.acme.dev' as const };
  expect(await handler.ensure(writer, below, run)).toMatchObject({ outputs: { name: 'www.acme.dev' } });
  expect(fake.records[0]).toMatchObject({ zone: 'zone-acme.dev', name: 'www.acme.dev', type: 'CNAME' });
});

test('the account is asked for once; several must be chosen from', async () => {
  const { fake, account, target } = await cloudflare('site');
  const { account: _, ...options } = account.options;
  const reader = provider.reader({ ...account, options });
  await provider.handlers.site!.read(reader, target());
  await provider.handlers.site!.read(reader, target());
  expect(fake.calls.filter(({ path }) => path.endsWith('/accounts'))).toHaveLength(1);
  const result = [
    { id: 'aa', name: 'one' },
    { id: 'bb', name: 'two' },
  ];
  const body = { success: true, errors: [], messages: [], result };
  fake.faults.add({ match: ({ path }) => path.endsWith('/accounts'), act: { kind: 'status', status: 200, body } });
  const error = await refused(provider.handlers.site!.read(provider.reader({ ...account, options }), target()));
  expect(error).toMatchObject({ mend: 'set providers.cloudflare.account to one of: aa (one), bb (two)' });
});
