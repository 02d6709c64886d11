import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { offers } from '../../src/connect.ts';
import { digest } from '../../src/model/canonical.ts';
import type { DeployError } from '../../src/model/errors.ts';
import type { JsonObject } from '../../src/model/resource.ts';
import { quotaWarnings } from '../../src/plan/quota.ts';
import type { Connections } from '../../src/provider-kit/connection.ts';
import { DEFAULT_BRANCH } from '../../src/providers/github-pages/api.ts';
import { harness } from '../../src/providers/github-pages/conformance.ts';
import type { FakePages } from '../../src/providers/github-pages/fake.ts';
import { blobSha, treeSha } from '../../src/providers/github-pages/git-objects.ts';
import { markOf, messageOf } from '../../src/providers/github-pages/mark.ts';
import { provider } from '../../src/providers/github-pages/provider.ts';
import { refuses } from '../../src/providers/github-pages/refuses.ts';
import { settingOf } from '../conformance/setting.ts';
import { folderOf } from '../conformance/source-folder.ts';

async function pages() {
  const setting = await settingOf(harness, 'site');
  const fake = setting.server as FakePages;
  const name = `octo-org/${setting.target().identity}`;
  const calls = (pattern: RegExp) => fake.calls.filter(({ method, path }) => pattern.test(`${method} ${path}`));
  const stored = () => fake.repository(name);
  const head = () => stored().branches.get(DEFAULT_BRANCH) as string;
  const files = () => fake.files(name, head());
  const wanted = (content: Record<string, string>, spec: JsonObject = {}) => {
    const base = setting.desired('main', { ...setting.example.spec, ...spec });
    return { ...base, hash: digest([base.hash, content]), source: folderOf(content) };
  };
  return { ...setting, fake, name, calls, stored, head, files, wanted };
}

const refused = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it should have failed'),
    (error: Error) => error,
  );

test('objects have the names that git gives them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-git-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const git = (args: string[], input: string) =>
    execFileSync('git', args, {
      cwd: folder,
      input,
      encoding: 'utf8',
      env: { ...process.env, GIT_DIR: folder },
    }).trim();
  execFileSync('git', ['init', '-q', '--bare', folder]);
  // Names of folders are compared as if a slash ended them.
  const texts = { 'a.txt': 'one', 'a/b/c.html': 'é', 'a-b': '', 'a/b.html': 'three', z: 'one', 'ä.js': 'four' };
  const shas = new Map(Object.entries(texts).map(([path, text]) => [path, blobSha(Buffer.from(text))]));
  for (const [path, text] of Object.entries(texts))
    expect(git(['hash-object', '-w', '--stdin'], text)).toBe(shas.get(path));
  const index = [...shas].map(([path, sha]) => `100644 ${sha}\t${path}`).join('\n');
  git(['update-index', '--add', '--index-info'], `${index}\n`);
  expect(git(['write-tree'], '')).toBe(treeSha(shas));
});

test('files are sent once, texts many at a time, and what the branch has is not sent again', async () => {
  const { ensure, wanted, calls, files, told } = await pages();
  const image = '\u0000PNG';
  await ensure(wanted({ 'dist/index.html': 'a', 'dist/copy.html': 'a', 'dist/app.js': 'b', 'dist/x.png': image }));
  expect(calls(/^POST .*\/git\/blobs$/)).toHaveLength(1);
  // One with the texts, one that is the site.
  expect(calls(/^POST .*\/git\/trees$/)).toHaveLength(2);
  expect(told.join('\n')).toContain('uploading 6 of 7 files');
  await ensure(wanted({ 'dist/index.html': 'new', 'dist/copy.html': 'a', 'dist/c.js': 'b', 'dist/x.png': image }));
  expect(calls(/^POST .*\/git\/blobs$/)).toHaveLength(1);
  const sent = calls(/^POST .*\/git\/trees$/).at(-2)!.body as { tree: { content: string }[] };
  expect(sent.tree.map(({ content }) => content)).toEqual(['new']);
  expect(Object.keys(files())).toEqual([
    '.nojekyll',
    'CNAME',
    'c.js',
    'copy.html',
    'index.html',
    'old/index.html',
    'x.png',
  ]);
  expect(files()).toMatchObject({ 'index.html': 'new', 'c.js': 'b', 'x.png': image });
});

test('a site of many files takes few requests', async () => {
  const { ensure, wanted, calls, files, told } = await pages();
  const many = Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`dist/${index}.html`, `${index}`]));
  await ensure(wanted(many));
  expect(Object.keys(files())).toHaveLength(1004);
  const sizes = calls(/^POST .*\/git\/trees$/).map(({ body }) => (body as { tree: unknown[] }).tree.length);
  expect(sizes.toSorted((a, b) => b - a)).toEqual([1000, ...Array.from({ length: 10 }, () => 100), 4, 4]);
  expect(told.filter((line) => line.startsWith('uploaded')).length).toBeLessThan(11);
});

test('an answer that GitHub stored something else is not taken', async () => {
  const { ensure, fake, stored } = await pages();
  fake.faults.add({
    match: ({ path, body }) => path.endsWith('/git/trees') && JSON.stringify(body).includes('index.html'),
    act: { kind: 'status', status: 201, body: { sha: 'f'.repeat(40), tree: [], truncated: false } },
  });
  expect(await refused(ensure())).toMatchObject({
    tag: 'unsupported',
    message: expect.stringContaining('as they are'),
  });
  expect(stored().branches.size).toBe(0);
});

test('a workflow’s own token deploys where Pages is switched on, and says how where it is not', async () => {
  const { ensure, fake, stored, calls, head, remove } = await pages();
  fake.isWorkflowToken = true;
  const error = await refused(ensure());
  expect(error).toMatchObject({ tag: 'credential', message: expect.stringContaining('not accessible by integration') });
  const { mend } = error as DeployError;
  expect(mend).toContain('permissions: { contents: write, pages: write }');
  expect(mend).toContain(`choose "Deploy from a branch", ${DEFAULT_BRANCH} and / (root) under Settings > Pages`);
  const before = head();
  stored().pages = { cname: null, build_type: 'legacy', source: { branch: DEFAULT_BRANCH, path: '/' } };
  const made = await ensure({ ...(await pages()).desired('main', { ...harness.examples.site!.spec, domains: [] }) });
  expect(made).toMatchObject({ phase: 'live' });
  expect(stored().commits.get(head())!.parents).toEqual([before]);
  expect(calls(/^(POST|PUT) .*\/pages$/)).toHaveLength(1);
  expect(await refused(remove())).toMatchObject({ tag: 'credential' });
  expect(head()).toBeDefined();
});

test('what somebody pushed is replaced by our earlier deployment, without a build', async () => {
  const { ensure, fake, name, read, calls, files, target, handler, desired } = await pages();
  const first = await ensure();
  fake.push(name, DEFAULT_BRANCH, { 'index.html': 'by hand' });
  const found = (await read())!;
  expect(found).toMatchObject({ hash: null, owner: first.owner, phase: 'live' });
  expect(handler.diff(desired(), found)).toContainEqual({
    path: 'deployment',
    from: 'not made by Flotilla',
    to: 'ours',
  });
  const sent = calls(/^POST .*\/git\/trees$/).length;
  expect(await ensure()).toMatchObject({ hash: first.hash, address: target().address });
  expect(calls(/^POST .*\/git\/trees$/)).toHaveLength(sent);
  expect(files()['index.html']).toBe('<h1>hello</h1>');
});

test('Pages that somebody serves from elsewhere, or switches off, is drift and put right', async () => {
  const { ensure, stored, read, handler, desired } = await pages();
  const first = await ensure();
  for (const [change, from] of [
    [{ build_type: 'workflow' as const }, 'a workflow'],
    [{ source: { branch: 'main', path: '/docs' } }, '/docs of main'],
  ] as const) {
    Object.assign(stored().pages!, change);
    expect(handler.diff(desired(), (await read())!)).toEqual([{ path: 'source', from, to: 'ours' }]);
    await ensure();
    expect(stored().pages).toMatchObject({ build_type: 'legacy', source: { branch: DEFAULT_BRANCH, path: '/' } });
  }
  Object.assign(stored(), { pages: null, builds: [] });
  expect(await read()).toMatchObject({ owner: first.owner, hash: null, phase: 'queued' });
  expect(await ensure()).toEqual(first);
  expect(stored().commits.size).toBe(1);
});

test('a domain is a file and a setting, DNS leads to the owner’s host, and it can be taken away again', async () => {
  const { ensure, stored, desired, example, files, handler, read, fake, name, head } = await pages();
  const made = await ensure();
  expect(files()['CNAME']).toBe('www.acme.dev');
  expect(stored().pages!.cname).toBe('www.acme.dev');
  expect(made.outputs).toEqual({ url: 'http://www.acme.dev', host: 'octo-org.github.io' });
  // GitHub commits a domain that is set by hand, so that two things differ.
  const ours = head();
  await fetch(`${fake.url}/repos/${name}/pages`, {
    method: 'PUT',
    headers: { authorization: 'Bearer ghs_token_for_tests', 'content-type': 'application/json' },
    body: JSON.stringify({ cname: 'evil.example' }),
  });
  expect(head()).not.toBe(ours);
  expect(handler.diff(desired(), (await read())!).map(({ path }) => path)).toEqual(['domain', 'deployment']);
  await ensure();
  expect(handler.diff(desired(), (await read())!)).toEqual([]);
  const without = desired('main', { ...example.spec, domains: [] });
  const bare = await ensure(without);
  expect(handler.diff(without, bare)).toEqual([]);
  expect(files()).not.toHaveProperty('CNAME');
  expect(bare.outputs).toEqual({ url: `https://octo-org.github.io/${name.split('/')[1]}`, host: 'octo-org.github.io' });
});

test('redirects are pages that lead on, relative to where they are; the fallback is the page of 404', async () => {
  const { ensure, wanted, files } = await pages();
  const redirects = [
    { from: '/old', to: '/new?a=1&b=2', status: 301 },
    { from: '/a/b.html', to: 'https://example.com/', status: 302 },
    { from: '/top.html', to: '/new', status: 301 },
  ];
  await ensure(wanted({ 'dist/index.html': 'app' }, { redirects, fallback: 'index.html', domains: [] }));
  const made = files();
  expect(Object.keys(made)).toEqual(['.nojekyll', '404.html', 'a/b.html', 'index.html', 'old/index.html', 'top.html']);
  expect(made['404.html']).toBe('app');
  expect(made['old/index.html']).toContain('content="0; url=../new?a=1&amp;b=2"');
  expect(made['a/b.html']).toContain('href="https://example.com/"');
  expect(made['top.html']).toContain('url=./new"');
});

test.for<[string, JsonObject, string | undefined]>([
  ['headers', { headers: [{ for: '/*', values: {} }] }, 'headers'],
  [
    'a redirect of many paths',
    {
      redirects: [
        { from: '/a', to: '/b' },
        { from: '/old/*', to: '/b' },
      ],
    },
    'redirects.1.from',
  ],
  ['a redirect from what is no page', { redirects: [{ from: '/feed.xml', to: '/b' }] }, 'redirects.0.from'],
  ['several domains', { domains: ['acme.dev', 'www.acme.dev', 'acme.com'] }, 'domains.2'],
  ['a domain with and without www', { domains: ['acme.dev', 'www.acme.dev'] }, undefined],
])('refused before anything is asked, or not: %s', ([, spec, at]) => {
  expect(refuses({ spec: { ...harness.examples.site!.spec, ...spec } })?.at).toBe(at);
});

test('what only the files tell is refused before anything is sent', async () => {
  const { ensure, wanted, fake } = await pages();
  for (const [files, spec, said] of [
    [{ 'dist/CNAME': 'other.dev\n' }, {}, 'CNAME'],
    [{ 'dist/old/index.html': '' }, {}, 'a redirect from /old'],
    [{ 'dist/index.html': '' }, { fallback: 'app.html' }, 'the fallback app.html'],
  ] as const)
    expect(await refused(ensure(wanted(files, spec)))).toMatchObject({
      tag: 'unsupported',
      message: expect.stringContaining(said),
    });
  expect(fake.calls.filter(({ write }) => write)).toEqual([]);
  await ensure(wanted({ 'dist/CNAME': 'www.acme.dev\n', 'dist/index.html': '' }));
});

test('two sites for one repository: the error names both, and the second takes nothing from the first', async () => {
  const { account, desired, target, run, scope, fake } = await pages();
  const handler = provider.handlers.site!;
  const writer = provider.writer(account);
  const made = await handler.ensure(writer, desired('web'), run);
  const error = await refused(handler.ensure(writer, desired('docs'), run));
  expect(error).toMatchObject({
    tag: 'conflict',
    message: 'site/docs: GitHub Pages serves one site a repository, and that of octo-org/site is site/web',
    mend: expect.stringContaining('type: github-pages and repository: OWNER/NAME'),
  });
  expect(await handler.read(writer, target('docs'))).toBeUndefined();
  await handler.remove(writer, target('docs'), run);
  expect(await handler.list(writer, scope('web', 'docs'))).toEqual([made]);

  const staging = { ...scope('web'), environment: 'staging' };
  expect(await handler.list(writer, staging)).toMatchObject([
    { address: 'site/web', owner: { fleet: 'acme', environment: 'production' } },
  ]);
  const other = { ...desired('web'), identity: 'x', environment: 'staging' };
  expect(await refused(handler.ensure(writer, other, run))).toMatchObject({
    tag: 'conflict',
    message: expect.stringContaining('site/web of fleet acme, environment production'),
  });
  expect(fake.repository('octo-org/site').commits.size).toBe(1);
});

test('two sites at once for one repository: one has it, and the other is told', async () => {
  const { account, desired, run } = await pages();
  const handler = provider.handlers.site!;
  const both = await Promise.allSettled(
    ['web', 'docs'].map((name) => handler.ensure(provider.writer(account), desired(name), run)),
  );
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  const lost = both.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
  // Tried again, as apply does, it is the conflict of the test above.
  expect(lost.reason).toMatchObject({ tag: 'transient', message: expect.stringContaining('somebody else') });
});

test('a branch that moved while the site was built is looked at again, and built upon', async () => {
  const { ensure, ensureWithRetries, desired, example, fake, name, stored, head } = await pages();
  await ensure();
  let pushed = '';
  fake.faults.add({
    match: ({ method, path }) => method === 'POST' && path.endsWith('/git/commits'),
    times: 1,
    act: {
      kind: 'hook',
      when: 'after',
      run: () => {
        fake.push(name, DEFAULT_BRANCH, { 'index.html': 'meanwhile' });
        pushed = head();
      },
    },
  });
  expect(await ensureWithRetries(desired('main', example.changed))).toMatchObject({ phase: 'live' });
  expect(stored().commits.get(head())!.parents).toEqual([pushed]);
});

test('a build that failed is asked for again, and its end is not taken for that of the next', async () => {
  const { ensure, fake, stored } = await pages();
  fake.rollout = ['building', 'errored'];
  const error = (await refused(ensure())) as DeployError;
  expect(error).toMatchObject({ tag: 'deploy', restored: false });
  expect(error.log).toEqual(['Page build failed.', 'Deployment failed, try again later.']);
  fake.rollout = ['building', 'built'];
  // GitHub may still tell of the build before.
  const [failed] = stored().builds;
  const stale = { kind: 'status', status: 200, body: { ...failed, ahead: undefined } } as const;
  let asked = 0;
  fake.faults.add({ match: ({ path }) => path.endsWith('/builds/latest') && (asked += 1) <= 2, act: stale });
  expect(await ensure()).toMatchObject({ phase: 'live' });
  expect([stored().commits.size, stored().builds.length]).toEqual([1, 2]);
});

test('a push starts no build where a workflow made it, so that one is asked for; what GitHub started is not doubled', async () => {
  const { ensure, desired, example, calls, stored } = await pages();
  await ensure();
  // Switching it on built it.
  expect(calls(/^POST .*\/pages\/builds$/)).toHaveLength(0);
  await ensure(desired('main', example.changed));
  expect(calls(/^POST .*\/pages\/builds$/)).toHaveLength(1);
  expect(stored().builds).toHaveLength(2);
});

test('only deployments of its own can be put back', async () => {
  const { ensure, fake, name, head, handler, writer, target, run, writes } = await pages();
  await ensure();
  fake.push(name, 'main', { 'secret.txt': 'source' });
  const before = writes();
  for (const id of [fake.repository(name).branches.get('main')!, 'e'.repeat(40)])
    expect(await handler.rollback!(writer, target(), id, run)).toBeUndefined();
  expect(writes()).toBe(before);
  expect(head()).toBeDefined();
});

test('a removal that was interrupted is finished by the next run', async () => {
  const { ensure, fake, read, remove, stored } = await pages();
  const made = await ensure();
  fake.faults.add({
    match: ({ method, path }) => method === 'DELETE' && path.includes('/git/refs/'),
    times: 1,
    act: { kind: 'cut', when: 'before' },
  });
  expect(await refused(remove())).toMatchObject({ tag: 'transient' });
  expect(stored().pages).toBeNull();
  expect(await read()).toMatchObject({ owner: made.owner });
  await remove();
  expect([stored().branches.size, await read()]).toEqual([0, undefined]);
});

test('a branch that GitHub has and does not show yet is no absence, and an empty repository says what it lacks', async () => {
  const { ensure, read, fake, stored } = await pages();
  await ensure();
  for (const status of [404, 422]) {
    const act = { kind: 'status', status, body: { message: 'No commit found for SHA: gh-pages' } } as const;
    const withdraw = fake.faults.add({ match: ({ path }) => path.endsWith('/commits'), act });
    expect(await refused(read())).toMatchObject({ tag: 'transient' });
    withdraw();
  }
  stored().isEmpty = true;
  expect(await refused(read())).toMatchObject({
    tag: 'conflict',
    message: expect.stringContaining('is empty'),
    mend: expect.stringContaining('first commit'),
  });
});

test('a repository that the token may not see is no absence', async () => {
  const { fake, name, read, list, ensure } = await pages();
  fake.hidden.add(name);
  for (const error of await Promise.all([read(), list('main'), ensure()].map(refused)))
    expect(error).toMatchObject({ tag: 'credential', message: expect.stringContaining('may not see it') });
});

test('the repository is that of the account, else that of the fleet; a branch of one’s own', async () => {
  const { account, desired, run, fake } = await pages();
  const { repository: _, ...options } = account.options;
  const ensure = (from: object) =>
    provider.handlers.site!.ensure(provider.writer({ ...account, options, ...from }), desired(), run);
  await ensure({ repository: 'Octo-Org/Octo-Org.github.io', options: { ...options, branch: 'sites/live' } });
  const { branches, pages: made } = fake.repository('Octo-Org/Octo-Org.github.io');
  expect([...branches.keys()]).toEqual(['sites/live']);
  expect(made!.source).toEqual({ branch: 'sites/live', path: '/' });
  const error = await refused((async () => ensure({}))());
  expect(error).toMatchObject({ tag: 'unsupported', mend: 'set providers.github-pages.repository to OWNER/NAME' });
});

test('the API of GitHub Enterprise Server is where the environment says, and nowhere that the config does', async () => {
  const { account, fake, target } = await pages();
  const { endpoint: _, ...options } = account.options;
  const read = (from: object) =>
    provider.handlers.site!.read(provider.reader({ ...account, options, ...from }), target());
  expect(await read({ githubApi: fake.url })).toBeUndefined();
  expect(
    await refused((async () => read({ options: { ...options, endpoint: 'https://ghes.example' } }))()),
  ).toMatchObject({ tag: 'unsupported' });
  for (const [key, good, bad] of [
    ['repository', 'acme/.github', 'acme/../x'],
    ['branch', 'sites/live', 'a..b'],
    ['branch', 'gh-pages', '/x'],
  ] as const) {
    expect(provider.options[key]!.check(good)).toBeUndefined();
    expect(provider.options[key]!.check(bad)).toBeDefined();
  }
});

test('a repository has room for one site, which is not worth a warning; a second is', () => {
  const connections = new Map([['pages', { provider }]]) as unknown as Connections;
  const [offer] = offers(connections, { providers: { pages: { type: 'github-pages', options: {} } } });
  const quota = offer!.quotas!.find(({ measure }) => measure === 'instances')!;
  expect(quota).toMatchObject({ amount: 1, kinds: ['site'] });
  const position = { file: 'flotilla.yml', line: 1, column: 1 };
  const warned = (used: number) => {
    const forecast = { provider: 'pages', measure: quota.measure, limit: quota.amount, source: quota.source };
    return quotaWarnings([{ ...forecast, used, unstated: 0, position }]).length;
  };
  expect([warned(0), warned(1), warned(2)]).toEqual([0, 0, 1]);
});

test('a mark is read back from the message that it was written to, and from no other', () => {
  const mark = {
    fleet: 'acme',
    environment: 'preview-12',
    address: 'site/web',
    hash: '0a1b',
    source: 'c0ffee',
  } as const;
  expect(markOf(messageOf(mark))).toEqual(mark);
  expect(markOf(messageOf({ ...mark, source: null }))).toEqual({ ...mark, source: null });
  const trailers = messageOf(mark).trimEnd();
  for (const message of [
    '',
    'Deploy site/web of acme/preview-12',
    `${trailers}\nFlotilla-Fleet: other`,
    `${trailers}\n\nSigned-off-by: somebody`,
    trailers.replace('site/web\nFlotilla-Hash', 'service/web\nFlotilla-Hash'),
    trailers.replace(/Flotilla-Hash.*/, ''),
  ])
    expect(markOf(message)).toBeUndefined();
});
