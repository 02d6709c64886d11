import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { tagOf, type DeployError } from '../../src/model/errors.ts';
import type { JsonObject } from '../../src/model/resource.ts';
import { harness } from '../../src/providers/docker/conformance.ts';
import type { FakeEngine } from '../../src/providers/docker/fake.ts';
import { buildProgress, pullProgress } from '../../src/providers/docker/image-progress.ts';
import { splitReference } from '../../src/providers/docker/image.ts';
import { linesOf } from '../../src/providers/docker/log-frames.ts';
import { phaseOf } from '../../src/providers/docker/phase.ts';
import { checkPorts, portsFor } from '../../src/providers/docker/ports.ts';
import { registryAuth } from '../../src/providers/docker/registry-auth.ts';
import { settingOf, type Setting } from '../conformance/setting.ts';
import { folderOf } from '../conformance/source-folder.ts';
import { holdToSpecification } from '../conformance/specifications.ts';

const BASE = harness.examples.service?.spec as JsonObject;
const image = (reference: string, more: JsonObject = {}): JsonObject => ({
  ...BASE,
  source: { image: reference },
  ...more,
});
const RUNNING = [{ Status: 'running' }] as const;
const CRASHES = [
  { Status: 'running', Health: { Status: 'starting' } },
  { Status: 'exited', ExitCode: 1 },
] as const;

async function open(): Promise<Setting & { engine: FakeEngine }> {
  const setting = await settingOf(harness, 'service');
  holdToSpecification(harness, setting.world.server);
  const engine = setting.server as FakeEngine;
  engine.course = RUNNING;
  // Not a spread: `server` is asked for when it is needed.
  return Object.assign(Object.create(setting) as Setting, { engine });
}

const names = ({ containers }: FakeEngine): string[] => [...containers.values()].map(({ name }) => name).toSorted();
const failure = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => expect.unreachable(),
    (error: Error) => error,
  );
const asked = ({ calls }: FakeEngine): string[] =>
  calls.filter(({ write }) => write).map(({ method, path }) => `${method} ${path.replace(/^\/v[\d.]+/, '')}`);

function body(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (answer) => {
      let text = '';
      answer
        .setEncoding('utf8')
        .on('data', (chunk) => (text += chunk))
        .on('end', () => resolve(text));
    }).once('error', reject);
  });
}

test('the old container serves until the new one was well beside it, and the address stays', async () => {
  const { ensure, desired, target, engine } = await open();
  const first = await ensure();
  const url = first.outputs['url'] as string;
  const before = engine.calls.length;
  const during: string[] = [];
  engine.faults.add({
    match: ({ path }) => path.endsWith('/stop') || path.endsWith('-candidate/json'),
    act: { kind: 'hook', when: 'before', run: async () => void during.push(await body(url)) },
  });
  const second = await ensure(desired('main', image('ghcr.io/acme/api:1.3')));
  expect(during).toEqual([target().identity]);
  expect(second.outputs).toEqual(first.outputs);
  expect(second.deployment).not.toBe(first.deployment);
  expect(await body(url)).toBe(target().identity);
  expect(names(engine)).toEqual([target().identity, `${target().identity}-was-${first.deployment}`]);
  const steps = asked({ calls: engine.calls.slice(before) } as FakeEngine).map((step) =>
    step.replace(/[0-9a-f]{64}/, 'ID'),
  );
  expect(steps).toEqual([
    'POST /images/create',
    'POST /containers/create',
    'POST /containers/ID/start',
    `DELETE /containers/${target().identity}-candidate`,
    'POST /containers/ID/stop',
    'POST /containers/ID/rename',
    'POST /containers/create',
    'POST /containers/ID/start',
  ]);
});

test('a version that fails only after the switch is taken away, and the old one serves again', async () => {
  const { ensure, desired, read, target, engine } = await open();
  const first = await ensure();
  engine.faults.add({
    match: ({ path }) => path.endsWith('/stop'),
    act: { kind: 'hook', when: 'after', run: () => void (engine.course = CRASHES) },
    times: 1,
  });
  engine.faults.add({
    match: ({ path }) => path.endsWith('/rename'),
    times: 2,
    act: {
      kind: 'hook',
      when: 'after',
      run: () => void (asked(engine).at(-2)?.startsWith('DELETE') && (engine.course = RUNNING)),
    },
  });
  const error = (await failure(ensure(desired('main', image('ghcr.io/acme/api:1.3'))))) as DeployError;
  expect(error).toMatchObject({ tag: 'deploy', restored: true });
  expect(error.log).toContain('Error: the process ended with code 1');
  expect(await read()).toEqual(first);
  expect(names(engine)).toEqual([target().identity]);
});

test('a run that ended between the old container and the new one: the next keeps the address', async () => {
  const { ensure, desired, target, engine, rollbackTo } = await withRollback();
  const first = await ensure();
  const next = desired('main', image('ghcr.io/acme/api:1.3'));
  // After the rename nothing gets through any more, not even what would put the old one back.
  let cut = false;
  engine.faults.add({ match: ({ path }) => (cut ||= path.endsWith('/rename')), act: { kind: 'cut', when: 'after' } });
  expect(tagOf(await failure(ensure(next)))).toBe('transient');
  engine.faults.clear();
  expect(names(engine)).not.toContain(target().identity);
  const second = await ensure(next);
  expect(second).toMatchObject({ phase: 'live', outputs: first.outputs, hash: next.hash });
  expect(await rollbackTo(first.deployment as string)).toMatchObject({ hash: first.hash, outputs: first.outputs });
});

async function withRollback() {
  const setting = await open();
  const rollbackTo = (deployment: string) =>
    setting.handler.rollback!(setting.writer, setting.target(), deployment, setting.run);
  return Object.assign(setting, { rollbackTo });
}

test('three ways back are kept, and what was built for the others goes', async () => {
  const { handler, writer, run, desired, engine, rollbackTo, target } = await withRollback();
  const deployments: string[] = [];
  for (const version of ['1', '2', '3', '4', '5', '6']) {
    const files = { Dockerfile: `FROM scratch\n# ${version}` };
    const spec = { ...BASE, source: { dir: 'app', dockerfile: 'Dockerfile' } };
    const wanted = { ...desired('main', spec), hash: version.repeat(40), source: folderOf(files) };
    deployments.push((await handler.ensure(writer, wanted, run)).deployment as string);
  }
  expect(names(engine)).toHaveLength(4);
  expect(
    [...engine.images.byId.values()].filter(({ tags }) => tags.some((tag) => tag.startsWith('flotilla/'))),
  ).toHaveLength(4);
  const [lost, , kept] = [deployments[1], deployments[2], deployments[3]] as [string, string, string];
  expect(await rollbackTo(lost)).toBeUndefined();
  expect(await rollbackTo(kept)).toMatchObject({ deployment: kept, phase: 'live' });
  expect(names(engine)).not.toContain(`${target().identity}-was-${kept}`);
});

test('an image is built from the committed files, once, and marked', async () => {
  const { handler, writer, run, desired, engine } = await open();
  const spec = { ...BASE, source: { dir: 'app', dockerfile: 'build/Dockerfile' } };
  const files = { 'build/Dockerfile': 'FROM scratch\nCOPY . /', 'src/a file with a rather long name': 'hello' };
  const wanted = { ...desired('main', spec), source: folderOf(files) };
  await handler.ensure(writer, wanted, run);
  const build = engine.calls.find(({ path }) => path.endsWith('/build'))!;
  expect(build.headers['content-type']).toBe('application/x-tar');
  expect(build.query.get('dockerfile')).toBe('build/Dockerfile');
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-docker-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'context.tar'), build.bytes);
  const listed = execFileSync('tar', ['-tf', join(folder, 'context.tar')], { encoding: 'utf8' });
  expect(listed).toContain('./build/Dockerfile');
  expect(listed).toContain('./src/a file with a rather long name');
  await handler.ensure(writer, { ...wanted, hash: 'f'.repeat(40) }, run);
  expect(asked(engine).filter((step) => step === 'POST /build')).toHaveLength(1);
});

test('a build that fails tells what it said; a folder without a Dockerfile is refused', async () => {
  const { handler, writer, run, desired, engine, ensure } = await open();
  const spec = { ...BASE, source: { dir: 'app' } };
  engine.images.buildError = 'The command returned a non-zero code: 2';
  const wanted = { ...desired('main', spec), source: folderOf({ Dockerfile: 'FROM scratch' }) };
  const error = (await failure(handler.ensure(writer, wanted, run))) as DeployError;
  expect(error).toMatchObject({
    tag: 'deploy',
    restored: false,
    log: ['Step 1/2 : FROM scratch', engine.images.buildError],
  });
  await ensure();
  expect(await failure(handler.ensure(writer, wanted, run))).toMatchObject({ restored: true });
  const none = handler.ensure(writer, { ...wanted, source: folderOf({ 'main.c': '' }) }, run);
  expect(await failure(none)).toMatchObject({
    tag: 'unsupported',
    message: expect.stringContaining('no Dockerfile in app'),
  });
});

test('a pull is told by the layer and a build by the step, not by the line', async () => {
  const { handler, writer, run, told, desired, ensure, engine } = await open();
  engine.images.registries.set('acme/api', `sha256:${'0123456789abcdef'.repeat(4)}`);
  await ensure(desired('main', image('acme/api')));
  expect(told.filter((line) => /^(pull|build)ing/.test(line))).toEqual([
    'pulling acme/api',
    'pulling acme/api: 1 of 2 layers',
    'pulling acme/api: 2 of 2 layers',
  ]);
  told.length = 0;
  const source = folderOf({ Dockerfile: 'FROM scratch\n' });
  await handler.ensure(writer, { ...desired('main', { ...BASE, source: { dir: '.' } }), source }, run);
  expect(told.filter((line) => /^(pull|build)ing/.test(line))).toEqual([
    'building Dockerfile',
    'building Dockerfile: step 1/2, FROM scratch',
  ]);
});

test('what the engine says of a pull and a build, in Docker’s words and in Podman’s', () => {
  const told: string[] = [];
  const run = { progress: (message: string) => void told.push(message) };
  const pull = pullProgress('nginx', run);
  for (const [id, status] of [
    ['latest', 'Pulling from library/nginx'],
    ['a', 'Pulling fs layer'],
    ['b', 'Waiting'],
    ['a', 'Downloading'],
    ['a', 'Downloading'],
    ['a', 'Download complete'],
    ['b', 'Already exists'],
    ['a', 'Pull complete'],
  ] as const)
    pull({ id, status });
  pull({ status: 'Digest: sha256:1' });
  const build = buildProgress('Dockerfile', run);
  for (const stream of ['Step 1/2 : FROM scratch\n', ' ---> 1234\n', 'STEP 2/2: RUN make\n', 'step by step\n', 'x'])
    build({ stream });
  build({ stream: `Step 3/3 : RUN ${'x'.repeat(500)}\n` });
  expect(told.slice(0, -1)).toEqual([
    'pulling nginx: 1 of 2 layers',
    'pulling nginx: 2 of 2 layers',
    'building Dockerfile: step 1/2, FROM scratch',
    'building Dockerfile: step 2/2, RUN make',
  ]);
  expect(told.at(-1)).toHaveLength('building Dockerfile: step 3/3, '.length + 120);
});

test('errors in the stream of a pull that was answered 200', async () => {
  const { ensure, desired, engine } = await open();
  expect(await failure(ensure(desired('main', image('ghcr.io/acme/none:1'))))).toMatchObject({
    tag: 'credential',
    message: expect.stringContaining('pull access denied'),
  });
  const pull = (error: string) => {
    const body = `{"status":"Pulling"}\n${JSON.stringify({ error, errorDetail: { message: error } })}\n`;
    const act = { kind: 'status', status: 200, body, headers: { 'content-type': 'text/plain' } } as const;
    return engine.faults.add({ match: ({ path }) => path.endsWith('/images/create'), act, times: 1 });
  };
  for (const [error, tag] of [
    ['manifest for acme/api:9 not found: manifest unknown', 'unsupported'],
    ['toomanyrequests: You have reached your pull rate limit', 'transient'],
    ['dial tcp: lookup ghcr.io: i/o timeout', 'transient'],
  ] as const) {
    pull(error);
    expect(await failure(ensure(desired('main', image('ghcr.io/acme/api:1.3'))))).toMatchObject({ tag });
  }
  expect(engine.containers.size).toBe(0);
});

test('a reference without a tag is latest, because an engine given none pulls every tag', () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  expect(splitReference('localhost:5000/acme/api')).toEqual({
    name: 'localhost:5000/acme/api',
    tag: 'latest',
    pinned: false,
  });
  expect(splitReference('acme/api:1')).toEqual({ name: 'acme/api', tag: '1', pinned: false });
  expect(splitReference(`ghcr.io/acme/api:1@${digest}`)).toEqual({
    name: 'ghcr.io/acme/api',
    tag: digest,
    pinned: true,
  });
});

test('an image of that machine alone is taken as it is; a moved tag is pulled and pinned', async () => {
  const { ensure, desired, engine } = await open();
  engine.images.byId.set('sha256:local', { id: 'sha256:local', tags: ['api:dev'], digests: [], labels: {} });
  expect((await ensure(desired('main', image('api:dev')))).attributes['image']).toBe('sha256:local');
  expect(asked(engine)[0]).toBe('POST /containers/create');
  const before = await ensure(desired('other', image('ghcr.io/acme/api:1.3')));
  engine.images.registries.set('ghcr.io/acme/api', `sha256:${'c3'.repeat(32)}`);
  const after = await ensure(desired('third', image('ghcr.io/acme/api:1.3')));
  expect(after.attributes['image']).not.toBe(before.attributes['image']);
});

test('logins go to their own registry only', () => {
  const credentials = {
    DOCKER_AUTH_CONFIG: JSON.stringify({
      auths: {
        'ghcr.io': { auth: Buffer.from('acme:p:w').toString('base64') },
        'https://index.docker.io/v1/': { auth: Buffer.from('hub:x').toString('base64') },
      },
    }),
  };
  const sent = (name: string) => {
    const header = registryAuth(credentials, name);
    return header && JSON.parse(Buffer.from(header, 'base64url').toString());
  };
  expect(sent('ghcr.io/acme/api')).toEqual({ username: 'acme', password: 'p:w', serveraddress: 'ghcr.io' });
  expect(sent('acme/api')).toMatchObject({ username: 'hub' });
  expect(sent('redis')).toMatchObject({ username: 'hub' });
  expect(sent('evil.example/ghcr.io/api')).toBeUndefined();
  expect(registryAuth({}, 'redis')).toBeUndefined();
  const secret = 'abc-not-json';
  expect(() => registryAuth({ DOCKER_AUTH_CONFIG: secret }, 'redis')).toThrow(/docker login/);
  expect(() => registryAuth({ DOCKER_AUTH_CONFIG: secret }, 'redis')).not.toThrow(secret);
});

test('a port that somebody else has is left to them', async () => {
  const { ensure, target, account, engine } = await open();
  const [first, second] = portsFor(target().identity, account.options, new Set()) as [number, number];
  const other = createServer().listen(first, '127.0.0.1');
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const made = await ensure();
  expect(made.outputs['port']).toBe(String(second));
  expect(engine.containers.size).toBe(1);
});

test('ports: the same for a name, others for another, within the range', () => {
  const range = { ports: '30000-30009' };
  expect(portsFor('a', range, new Set())).toEqual(portsFor('a', range, new Set()));
  expect(portsFor('a', range, new Set([30_004])).toSorted()).toEqual(
    [0, 1, 2, 3, 5, 6, 7, 8, 9].map((port) => 30_000 + port),
  );
  expect(checkPorts('30000-30009')).toBeUndefined();
  for (const wrong of ['30000', '30009-30000', '1-70000', '0-20', 8080])
    expect(checkPorts(wrong)).toContain('expected');
});

test('what somebody runs from our image by hand is not ours; what bears our labels under another name stops the run', async () => {
  const { handler, writer, run, desired, remove, ensure, engine, target, list } = await open();
  const spec = { ...BASE, source: { dir: 'app' } };
  const wanted = { ...desired('main', spec), source: folderOf({ Dockerfile: 'FROM scratch' }) };
  await handler.ensure(writer, wanted, run);
  const ours = [...engine.containers.values()][0]!;
  const HostConfig = { PortBindings: {}, RestartPolicy: { Name: '' }, Memory: 0, NanoCpus: 0 };
  const create = (name: string, Labels: Record<string, string>) =>
    fetch(`${engine.url}/v1.41/containers/create?name=${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ Image: ours.image, Env: [], Labels, ExposedPorts: {}, HostConfig }),
    });
  await create('by-hand', {});
  await create('odd', { ...ours.config.Labels, 'flotilla.resource': 'nonsense' });
  expect(await list('main')).toHaveLength(1);
  await remove();
  expect(names(engine)).toEqual(['by-hand', 'odd']);
  expect(engine.images.byId.has(ours.image)).toBe(true);
  await create('double', ours.config.Labels);
  expect(await failure(ensure())).toMatchObject({ tag: 'conflict', message: expect.stringContaining('"double"') });
  expect(names(engine)).not.toContain(target().identity);
});

test('a service that was stopped is started again, without another deployment', async () => {
  const { ensure, read, desired, handler, engine } = await open();
  const made = await ensure();
  const [container] = [...engine.containers.values()];
  await fetch(`${engine.url}/v1.41/containers/${container?.id}/stop`, { method: 'POST' });
  const stopped = await read();
  expect(stopped?.phase).toBe('failed');
  expect(handler.diff(desired(), stopped!)).toEqual([{ path: 'status', from: 'failed', to: 'live' }]);
  const before = asked(engine).length;
  expect(await ensure()).toEqual(made);
  expect(asked(engine).slice(before)).toEqual([`POST /containers/${container?.id}/start`]);
});

test('what one container cannot be is refused before anything is made', async () => {
  const { handler, writer, run, desired, engine } = await open();
  const { source: _, ...withoutFiles } = desired('main', { ...BASE, source: { command: ['serve'] } });
  for (const wanted of [
    { ...desired(), replicas: 2 },
    desired('main', { ...BASE, source: { dir: 'app', build: 'make' } }),
    withoutFiles,
  ])
    expect(await failure(handler.ensure(writer, wanted, run))).toMatchObject({ tag: 'unsupported' });
  expect(asked(engine)).toEqual([]);
});

test('a service without a port runs, has no address, and is well when it keeps running', async () => {
  const { ensure, desired } = await open();
  const { port: _, health: __, ...spec } = image('ghcr.io/acme/api:1.3');
  expect(await ensure(desired('main', spec))).toMatchObject({ phase: 'live', outputs: {} });
  const taking = { ...spec, port: 8080 };
  expect(await ensure(desired('other', taking))).toMatchObject({ phase: 'live' });
});

const phase = (Status: string, Health?: string, RestartCount = 0) =>
  phaseOf({ RestartCount, State: { Status, ...(Health === undefined ? {} : { Health: { Status: Health } }) } });

test('status words', () => {
  const seen = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead', 'new'].map((word) =>
    phase(word),
  );
  expect(seen).toEqual(['queued', 'live', 'canceled', 'releasing', 'removed', 'failed', 'failed', 'unknown']);
  expect(phase('restarting', undefined, 3)).toBe('failed');
  const health = ['', 'none', 'starting', 'healthy', 'unhealthy', 'new'].map((word) => phase('running', word));
  expect(health).toEqual(['live', 'live', 'releasing', 'live', 'failed', 'unknown']);
});

const frame = (type: number, text: string) => {
  const head = Buffer.from([type, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([head, Buffer.from(text)]);
};

test('lines of a log out of frames that cut them', () => {
  const long = 'x'.repeat(200);
  expect(linesOf(Buffer.concat([frame(1, 'one\r\ntw'), frame(1, 'o\n'), frame(2, `${long}é\n`)]))).toEqual([
    'one',
    'two',
    `${long}é`,
  ]);
  expect(linesOf(Buffer.from('plain\ntext'))).toEqual(['plain', 'text']);
  expect(linesOf(Buffer.alloc(0))).toEqual([]);
});
