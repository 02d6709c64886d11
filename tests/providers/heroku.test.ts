import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { FakeCall } from '../../src/provider-kit/fake-server.ts';
import { targetOf } from '../../src/provider-kit/identity.ts';
import type { Account, Desired } from '../../src/provider-kit/provider.ts';
import { appName } from '../../src/providers/heroku/app-settings.ts';
import { harness } from '../../src/providers/heroku/conformance.ts';
import { LIVE, startFakeHeroku, TOKEN } from '../../src/providers/heroku/fake.ts';
import { provider } from '../../src/providers/heroku/provider.ts';
import { folderOf } from '../conformance/source-folder.ts';
import { holdToSpecification } from '../conformance/specifications.ts';

async function herokuOf(options: { token?: string } = {}) {
  const heroku = await startFakeHeroku();
  onTestFinished(() => heroku.stop());
  holdToSpecification(harness, heroku);
  const stop = new AbortController();
  const account: Account = {
    name: 'heroku',
    options: { endpoint: heroku.url },
    credentials: { HEROKU_API_KEY: options.token ?? TOKEN },
    home: '',
    signal: stop.signal,
    delay: async () => {},
  };
  const service = provider.handlers.service!;
  const run = { signal: stop.signal, progress: () => {} };
  const [reader, writer] = [provider.reader(account), provider.writer(account)];
  const target = desired('one');
  const name = appName(target.identity);
  return {
    heroku,
    reader,
    service,
    target,
    name,
    app: () => heroku.apps.get(name)!,
    ensure: (wanted: Desired) => service.ensure(writer, wanted, run),
    remove: () => service.remove(writer, target, run),
    rollback: (deployment: string) => service.rollback!(writer, target, deployment, run),
    calls: (route: RegExp) => heroku.calls.filter(({ method, path }) => route.test(`${method} ${path}`)),
    archive: () => unpacked([...heroku.archives.values()].at(-1)!),
  };
}

/** Files of an archive, by name. */
function unpacked(archive: Buffer): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'a.tgz'), archive);
  const tar = (...words: string[]) =>
    execFileSync('tar', [...words, '-f', join(folder, 'a.tgz')], { encoding: 'utf8' });
  const names = tar('-tz')
    .split('\n')
    .filter((path) => path !== '' && !path.endsWith('/'));
  return Object.fromEntries(
    names.map((path) => [
      path.slice(2),
      execFileSync('tar', ['-xzOf', join(folder, 'a.tgz'), path], { encoding: 'utf8' }),
    ]),
  );
}

function desired(hash: string, changes: Partial<Desired> = {}, spec: object = {}): Desired {
  return {
    ...targetOf('acme', 'production', 'service/api'),
    spec: { source: { dir: 'api', command: ['node', 'main.js'] }, env: { KEY: 'value' }, ...spec },
    hash,
    replicas: 1,
    commit: null,
    source: folderOf({ 'main.js': 'one' }),
    ...changes,
  };
}

const failure = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it should have failed'),
    (error) => error,
  );
const postTo = (end: string) => (call: FakeCall) => call.method === 'POST' && call.path.endsWith(end);
const BUILD = /^POST .*\/builds$/;
const otherSource = { source: folderOf({ 'main.js': 'two' }) };

test('a change of the variables alone is one release and no build', async () => {
  const { ensure, calls, app } = await herokuOf();
  await ensure(desired('one'));
  expect(app().releases.map(({ description }) => description.split(' ')[0])).toEqual(['Initial', 'Set', 'Deploy']);
  expect(await ensure(desired('two', {}, { env: { OTHER: 'x' } }))).toMatchObject({ hash: 'two', phase: 'live' });
  expect(calls(BUILD)).toHaveLength(1);
  expect(calls(/^PATCH .*config-vars$/)).toHaveLength(2);
  expect(app().releases).toHaveLength(4);
});

test('a change of the source alone builds, in one release for the mark and one for the code', async () => {
  const { ensure, calls, app } = await herokuOf();
  await ensure(desired('one'));
  await ensure(desired('two', otherSource));
  expect(calls(BUILD)).toHaveLength(2);
  expect(app().releases).toHaveLength(5);
});

test('variables of add-ons are left alone, those that the config no longer has go', async () => {
  const { ensure, app } = await herokuOf();
  await ensure(desired('one'));
  app().vars['DATABASE_URL'] = 'postgres://add-on';
  const made = await ensure(desired('two', {}, { env: { OTHER: 'x' } }));
  expect(app().vars).toMatchObject({ DATABASE_URL: 'postgres://add-on', OTHER: 'x' });
  expect(app().vars).not.toHaveProperty('KEY');
  expect(made.attributes['env']).toEqual(['OTHER']);
});

test('after a build that fails the code and the variables of before serve', async () => {
  const { heroku, ensure, app, service, reader, target } = await herokuOf();
  await ensure(desired('one'));
  heroku.rollout = { ...LIVE, build: ['pending', 'failed'] };
  const error = await failure(ensure(desired('two', otherSource, { env: { KEY: 'new' } })));
  expect(error).toMatchObject({ tag: 'deploy', restored: true });
  expect(error.log.join('\n')).toContain('Push rejected');
  expect(app().vars).toMatchObject({ KEY: 'value', FLOTILLA_HASH: 'one' });
  expect(await service.read(reader, target)).toMatchObject({ hash: 'one', phase: 'live' });
});

test('what falls over is taken back too, with the end of its log', async () => {
  const { heroku, ensure, service, reader, target } = await herokuOf();
  await ensure(desired('one'));
  heroku.rollout = { ...LIVE, dyno: ['starting', 'crashed'] };
  const match = (call: FakeCall) => postTo('/releases')(call);
  heroku.faults.add({ match, act: { kind: 'hook', when: 'before', run: () => void (heroku.rollout = LIVE) } });
  const error = await failure(ensure(desired('two', {}, { env: { KEY: 'bad' } })));
  expect(error).toMatchObject({ tag: 'deploy', restored: true });
  expect(error.log.join('\n')).toContain('crashed');
  expect(await service.read(reader, target)).toMatchObject({ hash: 'one', phase: 'live' });
});

test('a build that does not end is cancelled before what was there is put back', async () => {
  const { heroku, ensure, app } = await herokuOf();
  await ensure(desired('one'));
  heroku.rollout = { ...LIVE, build: ['pending'] };
  expect(await failure(ensure(desired('two', otherSource)))).toMatchObject({ tag: 'deploy', restored: true });
  expect(app().builds.at(-1)!.status).toBe('failed');
});

test('between the variables and the build the hash is nobody’s, and the next run goes on', async () => {
  const { heroku, ensure, service, reader, target, calls, app } = await herokuOf();
  await ensure(desired('one'));
  heroku.faults.add({ match: postTo('/sources'), times: 1, act: { kind: 'cut', when: 'before' } });
  expect(await failure(ensure(desired('two', otherSource)))).toMatchObject({ tag: 'transient' });
  expect(await service.read(reader, target)).toMatchObject({ hash: null, owner: { fleet: 'acme' } });
  const releases = app().releases.length;
  expect(await ensure(desired('two', otherSource))).toMatchObject({ hash: 'two' });
  expect(app().releases).toHaveLength(releases + 1);
  // The source that was there first is built again when it returns, and not taken for built because it once was.
  await ensure(desired('three'));
  expect(calls(BUILD)).toHaveLength(3);
});

test('a build whose answer was lost is waited for, not asked for again', async () => {
  const { heroku, ensure, app } = await herokuOf();
  heroku.faults.add({ match: postTo('/builds'), times: 1, act: { kind: 'cut', when: 'after' } });
  expect(await failure(ensure(desired('one')))).toMatchObject({ tag: 'transient' });
  expect(await ensure(desired('one'))).toMatchObject({ phase: 'live' });
  expect(app().builds).toHaveLength(1);
});

test('rollback takes code and variables back; a release that is no longer known has to be made anew', async () => {
  const { ensure, rollback, app, calls } = await herokuOf();
  const first = await ensure(desired('one'));
  await ensure(desired('two', otherSource, { env: { KEY: 'new' } }));
  expect(await rollback(first.deployment!)).toMatchObject({ hash: 'one', phase: 'live' });
  expect(app().vars).toMatchObject({ KEY: 'value' });
  expect(calls(BUILD)).toHaveLength(2);
  expect(await rollback('01234567-89ab-4cde-8f01-23456789abcd')).toBeUndefined();
});

test('403 for an app is a name that somebody else has, unless the token is refused everywhere', async () => {
  const { heroku, ensure, service, reader, target, remove, name, calls } = await herokuOf();
  heroku.plant(name, false);
  const scope = { ...target, identities: new Map([[target.identity, target.address]]) };
  expect(await service.read(reader, target)).toMatchObject({ owner: null });
  expect(await service.list(reader, scope)).toMatchObject([{ owner: null, address: target.address }]);
  const error = await failure(ensure(desired('one')));
  expect(error).toMatchObject({ tag: 'conflict', mend: expect.stringContaining('rename') });
  expect(await failure(remove())).toMatchObject({ tag: 'conflict' });
  expect(calls(/^(?!GET)/)).toEqual([]);

  const stranger = await herokuOf({ token: 'wrong' });
  expect(await failure(stranger.service.read(stranger.reader, target))).toMatchObject({ tag: 'credential' });
});

test('a name that was taken between looking and creating is explained', async () => {
  const { heroku, ensure } = await herokuOf();
  const body = { id: 'invalid_params', message: 'Name acme is already taken' };
  heroku.faults.add({ match: postTo('/apps'), act: { kind: 'status', status: 422, body } });
  expect(await failure(ensure(desired('one')))).toMatchObject({ tag: 'conflict' });
});

test('the folder is what is built, with a Procfile for its command and a checksum', async () => {
  const { ensure, archive, app } = await herokuOf();
  await ensure(desired('one', {}, { source: { dir: 'api', command: ['node', 'main.js', "it's $HOME"] } }));
  expect(archive()).toEqual({ 'main.js': 'one', Procfile: `web: node main.js 'it'\\''s $HOME'\n` });
  expect(app()).toMatchObject({
    stack: null,
    builds: [{ blob: { checksum: expect.stringMatching(/^SHA256:[0-9a-f]{64}$/) } }],
  });
});

test('a Dockerfile is built on the container stack, and back', async () => {
  const { ensure, archive, app } = await herokuOf();
  await ensure(desired('one', {}, { source: { dir: 'api', dockerfile: 'docker/Dockerfile' } }));
  expect(JSON.parse(archive()['heroku.yml']!)).toEqual({ build: { docker: { web: 'docker/Dockerfile' } } });
  expect(app().stack).toBe('container');
  await ensure(desired('two'));
  expect(app().stack).toBe('heroku-24');
});

test('the folder’s own heroku.yml holds when no command is given', async () => {
  const { ensure, archive } = await herokuOf();
  const source = folderOf({ 'heroku.yml': 'build: {}', Dockerfile: 'FROM scratch' });
  await ensure(desired('one', { source }, { source: { dir: 'api', dockerfile: 'Dockerfile' } }));
  expect(archive()['heroku.yml']).toBe('build: {}');
});

test('an image is a Dockerfile of one line', async () => {
  const { ensure, archive, app } = await herokuOf();
  const image = `ghcr.io/acme/api@sha256:${'a'.repeat(64)}`;
  const { source: _, ...wanted } = desired('one', {}, { source: { image } });
  await ensure(wanted);
  expect(archive()).toMatchObject({ Dockerfile: `FROM ${image}\n` });
  expect(app().stack).toBe('container');
});

test('the archive goes to the address that the API names, without the token and without a content type', async () => {
  const { ensure, calls } = await herokuOf();
  await ensure(desired('one'));
  const [upload] = calls(/^PUT /);
  expect(upload!.headers).not.toHaveProperty('authorization');
  expect(upload!.headers).not.toHaveProperty('content-type');
  expect(upload!.query.get('signature')).toBe('write');
});

test.each([
  ['a build command', { source: { dir: 'api', build: 'make' } }, {}, 'Dockerfile'],
  ['a domain', { domains: ['www.acme.dev'] }, {}, 'dashboard'],
  ['a canary', { rollout: { strategy: 'canary' } }, {}, 'all_at_once'],
  ['nothing to build', { source: {} }, { source: undefined }, 'source.dir'],
])('%s is refused before anything is made', async (_, spec, changes, mend) => {
  const { ensure, heroku } = await herokuOf();
  const error = await failure(ensure(desired('one', changes as Partial<Desired>, spec)));
  expect(error).toMatchObject({ tag: 'unsupported', mend: expect.stringContaining(mend) });
  expect(heroku.calls).toEqual([]);
});

test.each([
  [{}, 1, 'Basic'],
  [{}, 2, 'standard-1x'],
  [{ memoryBytes: 1e9 }, 1, 'standard-2x'],
  [{ memoryBytes: 2e9 }, 1, 'performance-m'],
  [{ memoryBytes: 4e9 }, 1, 'performance-l'],
])('resources %j in %i replicas run on %s', async (resources, replicas, size) => {
  const { ensure, app, service } = await herokuOf();
  const wanted = desired('one', { replicas }, { resources });
  const made = await ensure(wanted);
  expect(app().formation).toEqual({ quantity: replicas, size });
  expect(service.diff(wanted, made)).toEqual([]);
});

test('another region is another service', async () => {
  const { ensure, service } = await herokuOf();
  const made = await ensure(desired('one', { region: 'eu' }));
  const to = { path: 'region', from: 'eu', to: 'us', replaces: true };
  expect(service.diff(desired('one'), made)).toEqual([to]);
  expect(await failure(ensure(desired('two')))).toMatchObject({ tag: 'conflict' });
});

test.each([
  ['acme-production-api-30d155a7', 'acme-production-api-30d155a7'],
  ['acme-production-a-very-long-nam-30d155a7', 'acme-production-a-ver-30d155a7'],
])('the name of %s is %s', (identity, name) => {
  expect(appName(identity)).toBe(name);
  expect(name).toMatch(/^[a-z][a-z0-9-]{1,28}[a-z0-9]$/);
});
