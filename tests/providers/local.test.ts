import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DeployError } from '../../src/model/errors.ts';
import type { Observed } from '../../src/provider-kit/provider.ts';
import { ask, localWorld, read, serviceSpec, waitFor } from './local-fixture.ts';

describe('a service', () => {
  test('is created, found, left alone, updated, rolled back and removed without a trace', async () => {
    const world = localWorld();
    const made = await world.ensure('one');
    expect(made).toMatchObject({ phase: 'live', hash: 'one', deployment: 'one', owner: { fleet: 'acme' } });
    expect(await ask(made)).toBe('one');
    const { runner, children, socket } = world.state();
    expect(await world.ensure('one')).toEqual(made);
    expect(world.state()).toMatchObject({ runner, children });
    expect(await world.list()).toEqual([made]);

    const updated = await world.ensure('two');
    expect(updated).toMatchObject({ hash: 'two', outputs: made.outputs });
    expect(await ask(updated)).toBe('two');
    const back = await world.handler.rollback?.(world.writer, world.target, 'one', world.run);
    expect(back).toMatchObject({ hash: 'one', deployment: 'one', phase: 'live' });
    expect(await ask(made)).toBe('one');
    expect(world.state().runner).toEqual(runner);
    await waitFor(world.children, (found) => found.length === 1);

    await world.remove();
    expect([world.runners(), world.children(), existsSync(socket), readdirSync(world.home)]).toEqual([
      [],
      [],
      false,
      [],
    ]);
    await world.remove();
    expect(await world.list()).toEqual([]);
  });

  test('runs each replica and takes turns', async () => {
    const world = localWorld();
    const made = await world.ensure('one', serviceSpec({ VERSION: 'one' }, { replicas: 3 }));
    expect(made.attributes).toMatchObject({ replicas: 3, running: 3 });
    const pids = await Promise.all(Array.from({ length: 9 }, () => ask(made, '/pid')));
    expect(new Set(pids).size).toBe(3);
    expect(world.children()).toHaveLength(3);
  });

  test('is built first, and started by its package.json when there is no command', async () => {
    const world = localWorld();
    const spec = serviceSpec(
      { VERSION: 'one' },
      { source: { dir: 'app', build: 'echo "module.exports = $VERSION" > built.js' } },
    );
    const start =
      "node -e \"require('http').createServer((q, s) => s.end(require('fs').readFileSync('built.js'))).listen(process.env.PORT)\"";
    const files = { 'package.json': JSON.stringify({ scripts: { start } }) };
    const made = await world.handler.ensure(world.writer, world.desired('one', spec, files), world.run);
    expect(await ask(made)).toBe('module.exports = one\n');
    expect(world.told).toContainEqual(expect.stringContaining('building'));
  });

  test('keeps five releases to go back to', async () => {
    const world = localWorld();
    for (const hash of ['1', '2', '3', '4', '5', '6', '7']) await world.ensure(hash);
    expect(world.state().releases.map(({ hash }) => hash)).toEqual(['7', '6', '5', '4', '3']);
    expect(
      readdirSync(join(world.folder, 'releases'))
        .filter((name) => !name.includes('.'))
        .toSorted(),
    ).toEqual(['3', '4', '5', '6', '7']);
    const rollback = world.handler.rollback?.(world.writer, world.target, '1', world.run);
    expect(await rollback).toBeUndefined();
  });

  test('that this machine cannot run is refused before anything is made', async () => {
    const world = localWorld();
    const refused = (source: Record<string, string>) => world.ensure('one', serviceSpec({}, { source }));
    await expect(refused({ image: 'ghcr.io/acme/api' })).rejects.toMatchObject({
      tag: 'unsupported',
      message: expect.stringContaining('an image'),
    });
    await expect(refused({ dir: 'app', dockerfile: 'Dockerfile' })).rejects.toMatchObject({ tag: 'unsupported' });
    await expect(refused({ dir: 'app' })).rejects.toMatchObject({
      tag: 'unsupported',
      mend: expect.stringContaining('package.json'),
    });
    expect(await world.list()).toEqual([]);
    expect(readdirSync(world.home)).toEqual([]);
  });
});

describe('an update', () => {
  test('loses no request, of clients that keep their connection and of those that do not', async () => {
    const world = localWorld();
    const made = await world.ensure('v1');
    const agents = [true, true, false, false].map((keepAlive) => new Agent({ keepAlive, maxSockets: 1 }));
    const over = new AbortController();
    const answers: string[] = [];
    const clients = agents.map(async (agent) => {
      while (!over.signal.aborted) answers.push(await get(made, agent));
    });
    const seen = (version: string) =>
      waitFor(
        () => answers.slice(-20),
        (last) => last.length === 20 && last.every((text) => text === version),
      );
    await seen('v1');
    await world.ensure('v2');
    await seen('v2');
    await world.ensure('v3', serviceSpec({ VERSION: 'v3' }, { replicas: 2 }));
    await seen('v3');
    await waitFor(world.children, (children) => children.length === 2);
    const length = answers.length;
    await waitFor(
      () => answers.length,
      (now) => now > length + 20,
    );
    over.abort();
    await Promise.all(clients);
    for (const agent of agents) agent.destroy();
    expect(new Set(answers)).toEqual(new Set(['v1', 'v2', 'v3']));
  });

  test('whose process ends leaves what ran, and says why; the next one goes through', async () => {
    const world = localWorld();
    const made = await world.ensure('good');
    const bad = serviceSpec({ VERSION: 'bad', EXIT: '3' });
    const error: DeployError = await world.ensure('bad', bad).then(
      () => expect.unreachable(),
      (thrown: DeployError) => thrown,
    );
    expect(error).toMatchObject({ tag: 'deploy', restored: true, message: expect.stringContaining('exit code 3') });
    expect(error.log).toEqual(['starting bad', 'no database']);
    expect(await world.read()).toEqual(made);
    expect(await ask(made)).toBe('good');
    expect(world.children()).toHaveLength(1);
    expect(await world.ensure('better')).toMatchObject({ phase: 'live', hash: 'better' });
  });

  test('that is never healthy is stopped when its time is over', async () => {
    const world = localWorld('service');
    const made = await world.ensure('good');
    const health = { path: '/healthz', timeoutSeconds: 10, graceSeconds: 1 };
    const bad = world.ensure('bad', serviceSpec({ VERSION: 'bad', HEALTH: '500' }, { health }));
    await expect(bad).rejects.toMatchObject({
      tag: 'deploy',
      restored: true,
      message: expect.stringContaining('GET /healthz answered 500'),
    });
    expect(await ask(made)).toBe('good');
    expect(world.children()).toHaveLength(1);
    const deaf = serviceSpec(
      {},
      { health, source: { dir: 'app', command: [process.execPath, '-e', 'setInterval(() => {}, 1000)'] } },
    );
    await expect(world.ensure('deaf', deaf)).rejects.toMatchObject({
      tag: 'deploy',
      mend: expect.stringContaining('PORT'),
    });
  });

  test('whose build fails leaves what ran', async () => {
    const world = localWorld();
    const made = await world.ensure('good');
    const broken = serviceSpec(
      { VERSION: 'x' },
      { source: { dir: 'app', command: ['true'], build: 'echo type error; exit 2' } },
    );
    await expect(world.ensure('bad', broken)).rejects.toMatchObject({
      tag: 'deploy',
      restored: true,
      log: ['type error'],
    });
    expect(await world.read()).toEqual(made);
  });
});

test('a first start that fails is on record as failed, leaves no process, and can be tried again', async () => {
  const world = localWorld();
  await expect(world.ensure('bad', serviceSpec({ VERSION: 'bad', EXIT: '1' }))).rejects.toMatchObject({
    tag: 'deploy',
    restored: false,
  });
  await waitFor(world.runners, (runners) => runners.length === 0);
  expect(world.children()).toEqual([]);
  const [failed] = await world.list();
  expect(failed).toMatchObject({ phase: 'failed', hash: null, owner: { fleet: 'acme' } });
  expect(world.handler.diff(world.desired('bad'), failed as Observed)).toEqual([
    { path: 'status', from: 'stopped', to: 'live' },
  ]);
  expect(await world.handler.logs?.(world.reader, world.target, { lines: 10 })).toEqual([
    expect.stringContaining('starting bad'),
    expect.stringContaining('no database'),
    expect.stringContaining('flotilla | process 1 ended with exit code 1'),
  ]);
  expect(await world.ensure('good')).toMatchObject({ phase: 'live' });
  const missing = serviceSpec({}, { source: { dir: 'app', command: ['no-such-program'] } });
  await expect(world.ensure('missing', missing)).rejects.toMatchObject({
    message: expect.stringContaining('there is no program "no-such-program"'),
  });
});

describe('the public port', () => {
  test('is the wanted one when that is free, else another, which is said', async () => {
    const [first, second] = [localWorld(), localWorld()];
    const port = await freePort();
    expect(await first.ensure('one', serviceSpec({}, { port }))).toMatchObject({ outputs: { port: String(port) } });
    const other = await second.ensure('one', serviceSpec({}, { port }));
    expect(other.outputs.port).not.toBe(String(port));
    expect(second.told).toContainEqual(expect.stringMatching(`port ${port} is taken .*; using ${other.outputs.port}`));
  });

  test('carries half-closed and upgraded connections', async () => {
    const world = localWorld();
    const made = await world.ensure('one');
    const upgraded = connect(Number(made.outputs.port), '127.0.0.1');
    upgraded.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    const [answer] = (await once(upgraded.setEncoding('utf8'), 'data')) as [string];
    expect(answer).toContain('101 Switching');
    await world.ensure('two');
    upgraded.write('GET / HTTP/1.1 is only text here');
    expect((await once(upgraded, 'data'))[0]).toBe('GET / HTTP/1.1 is only text here');
    upgraded.destroy();

    const half = connect({ port: Number(made.outputs.port), host: '127.0.0.1', allowHalfOpen: true });
    half.end('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    let text = '';
    for await (const chunk of half.setEncoding('utf8')) text += chunk;
    expect(text).toMatch(/two$/);
  });
});

test('no secret is in arguments, in the environment of the runner, or readable by others', async () => {
  const world = localWorld();
  const canary = 'canary-71c2f0d9';
  process.env.FLOTILLA_TEST_TOKEN = canary;
  const made = await world.ensure('one', serviceSpec({ API_KEY: canary }));
  delete process.env.FLOTILLA_TEST_TOKEN;
  const { pid } = await world.status();
  expect(read(`/proc/${pid}/environ`)).toContain('PATH=');
  expect(read(`/proc/${pid}/environ`)).not.toContain(canary);
  expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(canary);
  const environment = JSON.parse(await ask(made, '/env')) as Record<string, string>;
  expect(environment).toMatchObject({ API_KEY: canary, HOST: '127.0.0.1' });
  expect(environment).not.toHaveProperty('FLOTILLA_TEST_TOKEN');
  const modes = [world.folder, dirname(world.state().socket), join(world.folder, 'state.json')].map(
    (path) => statSync(path).mode & 0o777,
  );
  expect(modes).toEqual([0o700, 0o700, 0o600]);
});

test('a folder that is not ours is shown, refused and left alone', async () => {
  const world = localWorld();
  await mkdir(world.folder, { recursive: true });
  writeFileSync(join(world.folder, 'state.json'), '{ "format": 99 }');
  expect(await world.list()).toEqual([]);
  const { handler, reader, target } = world;
  const scope = { fleet: 'acme', environment: 'production', identities: new Map([[target.identity, target.address]]) };
  expect(await handler.list(reader, scope)).toMatchObject([{ owner: null, address: 'service/main', phase: 'unknown' }]);
  await expect(world.ensure('one')).rejects.toMatchObject({
    tag: 'conflict',
    message: expect.stringContaining(world.folder),
  });
  await expect(world.remove()).rejects.toMatchObject({ tag: 'conflict' });
  expect(readdirSync(world.folder)).toEqual(['state.json']);
});

test('logs are the newest lines, with time and process', async () => {
  const world = localWorld();
  await world.ensure('one');
  const lines = await world.handler.logs?.(world.reader, world.target, { lines: 2 });
  expect(lines).toEqual([
    expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z 1 \| starting one$/),
    expect.stringMatching(/Z flotilla \| release one is live$/),
  ]);
});

test('an interrupted run ends at once and leaves the lock free', async () => {
  const world = localWorld();
  const stop = new AbortController();
  const slow = serviceSpec(
    { VERSION: 'one' },
    { source: { dir: 'app', command: [process.execPath, 'server.cjs'], build: 'sleep 60' } },
  );
  const progress = (message: string) => message.startsWith('building') && stop.abort();
  const waiting = world.handler.ensure(world.writer, world.desired('one', slow), { signal: stop.signal, progress });
  await expect(waiting).rejects.toMatchObject({ tag: 'transient', message: 'service/main: interrupted' });
  expect(await world.ensure('two')).toMatchObject({ phase: 'live' });
});

function get({ outputs }: Observed, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(outputs.url as string, { agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text)).on('error', reject);
    });
    sent.on('error', reject).end();
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
