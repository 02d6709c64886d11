import { describe, expect, onTestFinished, test } from 'vitest';
import type { JsonObject, Kind } from '../../src/model/resource.ts';
import { mayBeOf, targetOf } from '../../src/provider-kit/identity.ts';
import type { Account, Desired } from '../../src/provider-kit/provider.ts';
import { connect } from '../../src/providers/render/api.ts';
import { serviceContent, siteContent } from '../../src/providers/render/content.ts';
import { harness } from '../../src/providers/render/conformance.ts';
import { HEAD, startFakeRender, TOKEN, type StoredService } from '../../src/providers/render/fake.ts';
import { parseMark } from '../../src/providers/render/mark.ts';
import { phaseOf } from '../../src/providers/render/phase.ts';
import { provider } from '../../src/providers/render/provider.ts';
import { folderOf } from '../conformance/source-folder.ts';
import { holdToSpecification } from '../conformance/specifications.ts';

const COMMIT = 'c'.repeat(40);
const IMAGE = `ghcr.io/acme/api@sha256:${'a'.repeat(64)}`;

function desired(kind: Kind, spec: JsonObject, changes: Partial<Desired> = {}): Desired {
  const base = { ...targetOf('acme', 'production', `${kind}/main`), replicas: 1, commit: COMMIT, hash: 'h1' };
  return { ...base, spec: { env: {}, domains: [], ...spec }, ...changes };
}
const image = (changes: Partial<Desired> = {}, env = {}) =>
  desired('service', { source: { image: IMAGE }, env }, changes);
const site = (changes: Partial<Desired> = {}, spec = {}) =>
  desired('site', { dir: 'web', redirects: [], headers: [], ...spec }, changes);
const fromGit = (source: JsonObject, files: Record<string, string>) =>
  desired('service', { source: { dir: 'api', ...source } }, { source: folderOf(files) });

const handlerOf = ({ kind }: Desired) => provider.handlers[kind]!;

async function world(options: JsonObject = {}) {
  const render = await startFakeRender();
  onTestFinished(() => render.stop());
  holdToSpecification(harness, render);
  const { signal } = new AbortController();
  const account: Account = {
    name: 'render',
    options: { endpoint: render.url, repository: 'acme/shop', ...options },
    credentials: { RENDER_API_KEY: TOKEN },
    home: '',
    signal,
    delay: async () => {},
  };
  const run = { signal, progress: () => {} };
  const { reader, writer } = connect(account);
  return {
    render,
    account,
    ensure: (wanted: Desired) => handlerOf(wanted).ensure(writer, wanted, run),
    read: (wanted: Desired) => handlerOf(wanted).read(reader, wanted),
    logs: (wanted: Desired, lines: number) => handlerOf(wanted).logs!(reader, wanted, { lines }),
    rollback: (wanted: Desired, deployment: string) => handlerOf(wanted).rollback!(writer, wanted, deployment, run),
    stored: () => [...render.services.values()][0] as StoredService,
    writes: () => render.calls.filter(({ write }) => write).map(({ method, path }) => `${method} ${path.slice(4)}`),
  };
}
const statuses = ({ deploys }: StoredService) => deploys.map(({ shown: { status, commit } }) => [status, commit]);

describe('creating starts a deploy of the newest commit', () => {
  test('which is cancelled for the one that is wanted', async () => {
    const { render, ensure, stored } = await world();
    render.rollout = ['created', 'build_in_progress', 'live'];
    expect(await ensure(site())).toMatchObject({ phase: 'live', hash: 'h1' });
    expect(statuses(stored())).toMatchObject([
      ['live', { id: COMMIT }],
      ['canceled', { id: HEAD }],
    ]);
    expect(stored().shown.autoDeploy).toBe('no');
  });

  test('which is waited for when it is the one that is wanted, and for an image', async () => {
    const { ensure, writes } = await world();
    await ensure(site({ commit: HEAD }));
    await ensure(image());
    expect(writes()).toEqual(['POST services', 'POST services']);
  });

  test('and which is not taken for ours when it went live before the run that made it was killed', async () => {
    const { render, ensure, read, stored } = await world();
    render.faults.add({ match: ({ write }) => write, times: 1, act: { kind: 'cut', when: 'after' } });
    await expect(ensure(site())).rejects.toMatchObject({ tag: 'transient' });
    expect(await read(site())).toMatchObject({ phase: 'live', hash: null, owner: { fleet: 'acme' } });
    expect(await ensure(site())).toMatchObject({ hash: 'h1' });
    expect(statuses(stored())).toMatchObject([
      ['live', { id: COMMIT }],
      ['deactivated', { id: HEAD }],
    ]);
  });
});

test('a deploy that Render only queues, and answers with nothing, is found and waited for', async () => {
  const { render, ensure, stored } = await world();
  await ensure(image());
  render.queues = true;
  render.rollout = ['queued', 'build_in_progress', 'live'];
  expect(await ensure(image({ hash: 'h2' }))).toMatchObject({ phase: 'live', hash: 'h2' });
  expect(stored().deploys).toHaveLength(2);
});

test('an update replaces all variables and starts one deploy, of exactly the image', async () => {
  const { render, ensure, stored, writes } = await world();
  await ensure(image({}, { OLD: '1', BOTH: '1' }));
  const before = writes().length;
  const other = `ghcr.io/acme/api@sha256:${'b'.repeat(64)}`;
  const changed = desired('service', { source: { image: other }, env: { BOTH: '2' }, port: 3000 }, { hash: 'h2' });
  expect(await ensure(changed)).toMatchObject({ hash: 'h2' });
  expect(Object.fromEntries(stored().env)).toMatchObject({ BOTH: '2', PORT: '3000' });
  expect(stored().env.has('OLD')).toBe(false);
  const { id } = stored().shown;
  expect(writes().slice(before)).toEqual([
    `PUT services/${id}/env-vars`,
    `PATCH services/${id}`,
    `POST services/${id}/deploys`,
  ]);
  expect(render.calls.at(-1)?.write).toBe(false);
  expect(stored().deploys[0]?.shown['image']).toMatchObject({ ref: other });
});

test('variables alone changed with the same commit: a deploy under way for the old ones is not taken for the new', async () => {
  const { render, ensure, stored } = await world();
  await ensure(site());
  render.rollout = ['build_in_progress'];
  render.faults.add({
    match: ({ path, method }) => method === 'POST' && path.endsWith('/deploys'),
    times: 1,
    act: { kind: 'cut', when: 'after' },
  });
  await expect(ensure(site({ hash: 'h2' }))).rejects.toMatchObject({ tag: 'transient' });
  render.faults.add({
    match: ({ path, method }) => method === 'POST' && path.endsWith('/deploys'),
    times: 1,
    act: { kind: 'cut', when: 'before' },
  });
  await expect(ensure(site({ hash: 'h3' }))).rejects.toMatchObject({ tag: 'transient' });
  render.rollout = ['live'];
  expect(await ensure(site({ hash: 'h3' }))).toMatchObject({ hash: 'h3' });
  expect(stored().deploys.map(({ shown }) => shown.status)).toEqual(['live', 'canceled', 'deactivated', 'deactivated']);
});

test('after a rollback the earlier hash is told, and the next apply of it does nothing', async () => {
  const { ensure, rollback, read, writes } = await world();
  const first = await ensure(image());
  await ensure(image({ hash: 'h2' }));
  const back = await rollback(image(), first.deployment!);
  expect(back).toMatchObject({ hash: 'h1', phase: 'live' });
  expect(back?.deployment).not.toBe(first.deployment);
  const before = writes().length;
  expect(await ensure(image())).toEqual(back);
  expect(writes()).toHaveLength(before);
  expect(await read(image())).toEqual(back);
  expect(await rollback(image(), 'dep-unknown')).toBeUndefined();
});

test('behind a row of failures what serves is still seen', async () => {
  const { render, ensure, read } = await world();
  const first = await ensure(image());
  render.rollout = ['build_failed'];
  for (let count = 0; count < 12; count += 1)
    await expect(ensure(image({ hash: `bad-${count}` }))).rejects.toMatchObject({ tag: 'deploy', restored: true });
  expect(await read(image())).toMatchObject({ hash: 'h1', phase: 'live', deployment: first.deployment });
});

test('what somebody switched on or off is drift, and is put back without a deploy', async () => {
  const { ensure, read, stored } = await world({ plan: 'starter' });
  await ensure(image());
  Object.assign(stored().shown, { suspended: 'suspended', autoDeploy: 'yes' });
  stored().details['numInstances'] = 3;
  const handler = provider.handlers.service!;
  expect(handler.diff(image(), (await read(image()))!).map(({ path }) => path)).toEqual([
    'autoDeploy',
    'suspended',
    'replicas',
  ]);
  await ensure(image());
  expect(handler.diff(image(), (await read(image()))!)).toEqual([]);
  expect(stored().deploys).toHaveLength(1);
});

test('a service does not move: another region is a replacement', async () => {
  const { ensure } = await world();
  const made = await ensure(image({ region: 'us' }));
  expect(provider.handlers.service!.diff(image({ region: 'oregon' }), made)).toEqual([]);
  expect(provider.handlers.service!.diff(image({ region: 'eu' }), made)).toEqual([
    { path: 'region', from: 'oregon', to: 'frankfurt', replaces: true },
  ]);
  await expect(ensure(image({ region: 'eu' }))).rejects.toMatchObject({ tag: 'conflict' });
});

test('a key that reaches several workspaces needs one to be named, by name or id', async () => {
  const { render, ensure } = await world();
  render.owners.push({ id: 'tea-other', name: 'Other' });
  await expect(ensure(image())).rejects.toMatchObject({
    tag: 'unsupported',
    mend: expect.stringContaining('tea-other'),
  });
  const named = await world({ workspace: 'Flotilla' });
  named.render.owners.push({ id: 'tea-other', name: 'Other' });
  expect(await named.ensure(image())).toMatchObject({ phase: 'live' });
});

test('logs of several lines are lines, newest last', async () => {
  const { render, ensure, logs } = await world();
  render.rollout = ['update_failed'];
  await expect(ensure(image())).rejects.toMatchObject({
    tag: 'deploy',
    restored: false,
    log: expect.arrayContaining(['Error: exited with status 1', '    at server.js:1']),
  });
  expect(await logs(image(), 1)).toEqual(['    at server.js:1']);
});

const account = { name: 'render', options: { repository: 'acme/shop' } } as unknown as Account;
const details = async (wanted: Desired) => (await serviceContent(wanted, account)).create;

describe('what it is made from', () => {
  test('a Dockerfile is built where it is', async () => {
    expect(await details(fromGit({}, { Dockerfile: 'FROM scratch' }))).toMatchObject({
      repo: 'https://github.com/acme/shop',
      serviceDetails: {
        runtime: 'docker',
        envSpecificDetails: { dockerfilePath: './api/Dockerfile', dockerContext: './api' },
      },
    });
  });

  test.each([
    ['package.json', {}, 'node', { buildCommand: 'npm install', startCommand: 'npm start' }],
    ['package.json', { command: ['sh', '-c', 'node a.js | tee b'] }, 'node', { startCommand: 'node a.js | tee b' }],
    ['requirements.txt', { command: ['python', "it's.py"] }, 'python', { startCommand: "python 'it'\\''s.py'" }],
    ['go.mod', { build: 'go build -o app', command: ['./app'] }, 'go', { buildCommand: 'go build -o app' }],
  ])('%s with %j runs on %s', async (file, source, runtime, envSpecificDetails) => {
    expect(await details(fromGit(source, { [file]: '' }))).toMatchObject({
      rootDir: 'api',
      serviceDetails: { runtime, envSpecificDetails },
    });
  });

  test('a site is built in its folder, with paths from the root of the repository', async () => {
    const spec = { dir: 'a web', build: 'npm run build', output: 'dist', fallback: 'index.html' };
    expect(await siteContent(site({}, spec), account)).toMatchObject({
      create: { serviceDetails: { buildCommand: "cd './a web' && npm run build", publishPath: './a web/dist' } },
      what: { commitId: COMMIT },
      rules: { routes: [{ type: 'rewrite', source: '/*', destination: '/index.html' }] },
    });
    expect(await siteContent(site({}, { dir: '.' }), account)).toMatchObject({
      create: { serviceDetails: { buildCommand: '', publishPath: '.' } },
    });
  });

  test.each<[string, Desired, string]>([
    ['domains', desired('service', { source: { image: IMAGE }, domains: ['a.dev'] }), 'not offered yet'],
    ['canary', desired('service', { source: { image: IMAGE }, rollout: { strategy: 'canary' } }), 'no canary'],
    ['replicas of a free service', image({ replicas: 2 }), 'one instance'],
    ['a folder without a sign', fromGit({}, { 'main.zig': '' }), 'nothing in its folder'],
    ['no command', fromGit({}, { 'go.mod': '' }), 'what to start'],
    ['no commit', { ...fromGit({}, { 'package.json': '' }), commit: null }, 'commits that are on GitHub'],
  ])('%s is refused before anything is made', async (_, wanted, message) => {
    await expect(serviceContent(wanted, account)).rejects.toMatchObject({ tag: 'unsupported' });
    await expect(serviceContent(wanted, account)).rejects.toThrow(message);
  });

  test('a redirect for now, and a folder without a repository, are refused', async () => {
    const redirects = [{ from: '/a', to: '/b', status: 302 }];
    await expect(siteContent(site({}, { redirects }), account)).rejects.toThrow('301 only');
    await expect(siteContent(site(), { ...account, options: {} })).rejects.toThrow('builds from GitHub');
    const known = { ...account, options: {}, repository: 'acme/known' };
    expect((await siteContent(site(), known)).create.repo).toBe('https://github.com/acme/known');
  });
});

test('every status word has its phase, and another is unknown', () => {
  const words =
    'created queued build_in_progress update_in_progress live deactivated build_failed update_failed canceled pre_deploy_in_progress pre_deploy_failed';
  expect(words.split(' ').map(phaseOf)).not.toContain('unknown');
  expect([phaseOf('awaiting_capacity'), phaseOf(undefined)]).toEqual(['unknown', 'unknown']);
});

test('a mark that is none of ours is none, and only names that may be ours are looked into', () => {
  for (const text of [undefined, '', 'x', 'null', '{}', '{"fleet":"a"}', '[]']) expect(parseMark(text)).toBeUndefined();
  const scope = { fleet: '1 Acme', environment: 'production', identities: new Map([['taken', 'service/x' as const]]) };
  const { identity } = targetOf('1 Acme', 'production', 'service/a-service-with-a-name-that-is-cut-somewhere');
  expect(
    ['taken', identity, 'acme-production', 'other-production-api-12345678'].map((name) => mayBeOf(scope, name)),
  ).toEqual([true, true, false, false]);
});

const wrong = (name: string, value: unknown): boolean => provider.options[name]!.check(value) !== undefined;

test('options are checked', () => {
  expect([wrong('plan', 'free'), wrong('plan', 'huge'), wrong('repository', 'a/b'), wrong('repository', 'a')]).toEqual([
    false,
    true,
    false,
    true,
  ]);
  expect([wrong('workspace', ''), wrong('endpoint', 'https://evil.example')]).toEqual([true, true]);
});
