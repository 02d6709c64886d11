import { expect, test } from 'vitest';
import type { DeployError } from '../../src/model/errors.ts';
import type { JsonObject } from '../../src/model/resource.ts';
import { harness } from '../../src/providers/netlify/conformance.ts';
import type { FakeNetlify, StoredSite } from '../../src/providers/netlify/fake.ts';
import { markOf, titleOf } from '../../src/providers/netlify/mark.ts';
import { provider } from '../../src/providers/netlify/provider.ts';
import { settingOf } from '../conformance/setting.ts';
import { folderOf } from '../conformance/source-folder.ts';

async function netlify() {
  const setting = await settingOf(harness, 'site');
  const fake = setting.server as FakeNetlify;
  const calls = (pattern: RegExp) => fake.calls.filter(({ method, path }) => pattern.test(`${method} ${path}`));
  const stored = () => [...fake.sites.values()].find(({ name }) => name === setting.target().identity) as StoredSite;
  const wanted = (files: Record<string, string>, spec: JsonObject = {}) => {
    const base = setting.desired('main', { ...setting.example.spec, ...spec });
    return { ...base, hash: `${base.hash}${Object.keys(files).length}`, source: folderOf(files) };
  };
  return { ...setting, fake, calls, stored, wanted };
}

const refused = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it should have failed'),
    (error: Error) => error,
  );

test('a file is sent once, whatever it is called, and never again', async () => {
  const { ensure, wanted, calls, stored, told } = await netlify();
  await ensure(wanted({ 'dist/index.html': 'a', 'dist/copy.html': 'a', 'dist/app.js': 'b' }));
  // The third is the file of redirects.
  expect(calls(/^PUT .*\/files/)).toHaveLength(3);
  await ensure(wanted({ 'dist/index.html': 'changed', 'dist/copy.html': 'a', 'dist/app.js': 'b', 'dist/c.js': 'b' }));
  expect(calls(/^PUT .*\/files/)).toHaveLength(4);
  expect(Object.keys(stored().published!.files)).toEqual([
    '/_redirects',
    '/app.js',
    '/c.js',
    '/copy.html',
    '/index.html',
  ]);
  expect(told.join('\n')).toContain('uploading 1 of 5 files');
});

test('with many files Netlify compares them after it has answered, and is asked until it has', async () => {
  const { ensure, wanted, calls, stored } = await netlify();
  const files = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`dist/${index}.html`, `${index}`]));
  await ensure(wanted(files));
  expect(calls(/^POST .*\/deploys$/)[0]!.body).toMatchObject({ async: true, draft: false });
  expect(calls(/^PUT .*\/files/)).toHaveLength(102);
  expect(Object.keys(stored().published!.files)).toHaveLength(102);
});

test('an upload that was interrupted is finished by the next run, in the same deploy', async () => {
  const { ensure, fake, calls, stored } = await netlify();
  const cut = fake.faults.add({
    match: ({ path }) => path.endsWith('/files/index.html'),
    act: { kind: 'cut', when: 'before' },
  });
  expect(await refused(ensure())).toMatchObject({ tag: 'transient' });
  cut();
  await ensure();
  expect(calls(/^POST .*\/deploys$/)).toHaveLength(1);
  expect(stored().deploys).toHaveLength(1);
});

test('a build that is not the same again starts a deploy of its own and cancels the one before', async () => {
  const { ensure, fake, desired, stored } = await netlify();
  const cut = fake.faults.add({ match: ({ path }) => path.includes('/files/'), act: { kind: 'cut', when: 'before' } });
  await refused(ensure());
  cut();
  await ensure({ ...desired(), source: folderOf({ 'dist/index.html': `built at another time` }) });
  expect(stored().deploys.map(({ state }) => state)).toEqual(['error', 'ready']);
});

test('what somebody published by hand is replaced by our earlier deploy, without a build', async () => {
  const { ensure, fake, calls, read, target } = await netlify();
  const first = await ensure();
  fake.deployByHand(target().identity);
  expect(await read()).toMatchObject({ hash: null, owner: first.owner, phase: 'live' });
  expect(await ensure()).toEqual(first);
  expect(calls(/^POST .*\/deploys$/)).toHaveLength(1);
  expect(calls(/^POST .*\/restore$/)).toHaveLength(1);
});

test('a locked site does not publish by itself, so that is asked for', async () => {
  const { ensure, stored, desired, example } = await netlify();
  await ensure();
  stored().published!.locked = true;
  const changed = desired('main', example.changed);
  expect(await ensure(changed)).toMatchObject({ hash: changed.hash });
  expect(stored().published).toBe(stored().deploys.at(-1));
});

test('builds by Netlify itself are drift, and stopped', async () => {
  const { ensure, stored, read, handler, desired } = await netlify();
  await ensure();
  stored().build_settings = { repo_url: 'https://github.com/acme/web', stop_builds: false };
  expect(handler.diff(desired(), (await read())!)).toEqual([{ path: 'builds', from: 'by Netlify', to: 'stopped' }]);
  await ensure();
  expect(stored().build_settings.stop_builds).toBe(true);
});

test('domains are the site’s own and its aliases, and can be taken away again', async () => {
  const { ensure, stored, desired, example, handler, read } = await netlify();
  const made = await ensure(desired('main', { ...example.spec, domains: ['a.dev', 'b.dev'] }));
  expect(stored()).toMatchObject({ custom_domain: 'a.dev', domain_aliases: ['b.dev'] });
  expect(made.outputs['host']).toBe(`${stored().name}.netlify.app`);
  const without = desired('main', { ...example.spec, domains: [] });
  await ensure(without);
  expect(handler.diff(without, (await read())!)).toEqual([]);
});

test('a name that another team has is a conflict that says so', async () => {
  const { ensure, fake } = await netlify();
  // Not the form that the specification gives: netlify/open-api#377.
  const body = { errors: { subdomain: ['must be unique'] } };
  fake.faults.add({ match: ({ write }) => write, act: { kind: 'status', status: 422, body } });
  expect(await refused(ensure())).toMatchObject({
    tag: 'conflict',
    message: expect.stringContaining('taken by a site of another Netlify team'),
    mend: expect.stringContaining('rename'),
  });
});

test('a site whose name only contains ours is not ours', async () => {
  const { fake, read, ensure, target } = await netlify();
  await fetch(`${fake.url}/api/v1/acme-team/sites`, {
    method: 'POST',
    headers: { authorization: 'Bearer nfp_token_for_tests', 'content-type': 'application/json' },
    body: JSON.stringify({ name: `the-${target().identity}` }),
  });
  expect(await read()).toBeUndefined();
  expect((await ensure()).id).not.toBe([...fake.sites.keys()][0]);
});

test('the team is asked for once; several must be chosen from', async () => {
  const { fake, account, target } = await netlify();
  const { team: _, ...options } = account.options;
  const reader = provider.reader({ ...account, options });
  await provider.handlers.site!.read(reader, target());
  await provider.handlers.site!.read(reader, target());
  expect(fake.calls.filter(({ path }) => path.endsWith('/accounts'))).toHaveLength(1);
  fake.faults.add({
    match: ({ path }) => path.endsWith('/accounts'),
    act: { kind: 'status', status: 200, body: [{ slug: 'one' }, { slug: 'two' }] },
  });
  const error = await refused(provider.handlers.site!.read(provider.reader({ ...account, options }), target()));
  expect(error).toMatchObject({ tag: 'unsupported', mend: 'set providers.netlify.team to one of: one, two' });
});

test('a 429 says when to come back by x-ratelimit-reset alone', async () => {
  const { fake, list } = await netlify();
  const headers = { 'x-ratelimit-limit': '500', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1795214100' };
  const date = new Date(1795214087_000).toUTCString();
  const body = { code: 429, message: 'Too Many Requests' };
  fake.faults.add({
    match: () => true,
    act: { kind: 'status', status: 429, headers: { ...headers, date }, body },
  });
  expect(await refused(list('main'))).toMatchObject({ tag: 'transient', retryAfter: 13 });
});

test('a file that Netlify cannot serve is refused before anything is sent', async () => {
  const { ensure, wanted, calls } = await netlify();
  const error = await refused(ensure(wanted({ 'dist/index.html': 'a', 'dist/what?.html': 'b' })));
  expect(error).toMatchObject({ tag: 'unsupported', message: expect.stringContaining('/what?.html') });
  expect(calls(/deploys$/).filter(({ write }) => write)).toEqual([]);
});

test('env is for the build; redirects, headers and fallback become files beside those that the site has', async () => {
  const { ensure, wanted, stored, fake } = await netlify();
  await ensure(
    wanted(
      { _redirects: '/b /c 302\n', 'page.html': 'x' },
      {
        output: 'out',
        build: 'mkdir out && cp _redirects out && printf "%s" "$GREETING" > out/index.html',
        env: { GREETING: 'secret-greeting' },
        fallback: 'index.html',
        headers: [{ for: '/*', values: { 'X-Frame-Options': 'DENY' } }],
      },
    ),
  );
  expect(Object.keys(stored().published!.files)).toEqual(['/_headers', '/_redirects', '/index.html']);
  const sent = (name: string) => fake.calls.find(({ path }) => path.endsWith(`/files/${name}`))!.bytes.toString();
  expect(sent('_redirects')).toBe('/old /new 301\n/b /c 302\n/* /index.html 200\n');
  expect(sent('_headers')).toBe('/*\n  X-Frame-Options: DENY\n');
  expect(sent('index.html')).toBe('secret-greeting');
  expect(JSON.stringify(fake.calls.map(({ body }) => body))).not.toContain('secret-greeting');
});

test('a build that fails hands over its last lines, and what served serves', async () => {
  const { ensure, wanted, calls } = await netlify();
  await ensure();
  const build = 'for i in $(seq 60); do echo line $i; done; exit 3';
  const error = (await refused(ensure(wanted({ 'dist/index.html': 'x' }, { build })))) as DeployError;
  expect(error).toMatchObject({ tag: 'deploy', restored: true, message: expect.stringContaining('exit code 3') });
  expect([error.log.length, error.log.at(-1)]).toEqual([50, 'line 60']);
  expect(calls(/^POST .*\/deploys$/)).toHaveLength(1);
});

test('a site without a file to serve says where it looked', async () => {
  const { ensure, wanted } = await netlify();
  const error = await refused(ensure(wanted({ 'index.html': 'not in dist' })));
  expect(error).toMatchObject({ tag: 'deploy', restored: false, message: expect.stringContaining('web/dist') });
});

test('a mark is read back from the title that it was written to, and from no other', () => {
  const mark = { fleet: 'acme', environment: 'preview-12', address: 'site/web', hash: '0a1b' } as const;
  expect(markOf(titleOf(mark, 'c0ffee'))).toEqual(mark);
  expect(markOf(titleOf(mark, null))).toEqual(mark);
  for (const title of [
    undefined,
    null,
    '',
    'site/web',
    'site/web of acme/production',
    'Merge site/web of a/b by Flotilla',
  ])
    expect(markOf(title)).toBeUndefined();
});

test('the team tells how many sites it has of those that it may have', async () => {
  const { ensure, wanted, reader } = await netlify();
  await ensure(wanted({ 'dist/index.html': 'a' }));
  expect(await provider.usage?.(reader as Parameters<NonNullable<typeof provider.usage>>[0])).toEqual([
    { measure: 'instances', kinds: ['site'], amount: 100, used: 1 },
  ]);
});
