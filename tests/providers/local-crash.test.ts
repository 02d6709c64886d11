import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Observed } from '../../src/provider-kit/provider.ts';
import { MARK_VARIABLE } from '../../src/providers/local/process-mark.ts';
import { besideFolder, startLock } from '../../src/providers/local/layout.ts';
import { isRunning, ownProcessId, processesMarked, processId } from '../../src/providers/local/process-id.ts';
import { writeState } from '../../src/providers/local/state-file.ts';
import { ask, localWorld, type LocalWorld, read, SERVER, serviceSpec, waitFor } from './local-fixture.ts';

const ENSURE = fileURLToPath(new URL('./local-ensure.ts', import.meta.url));

describe('kill -9 of the process that applies', () => {
  const build = serviceSpec(
    { VERSION: 'one' },
    {
      replicas: 2,
      source: { dir: 'app', command: [process.execPath, 'server.cjs'], build: 'echo built >> built; cat built' },
    },
  );
  for (const when of ['begin', 'copying', 'building', 'starting', 'done'])
    test(`at "${when}": the next one converges, with one runner and one set of processes`, async () => {
      const world = localWorld();
      await killedAt(world, when, 'one', build);
      const made = await world.handler.ensure(world.writer, { ...world.desired('one', build), replicas: 2 }, world.run);
      await expectOne(world, made, 2);
      expect(read(join(world.folder, 'releases/one/built'))).toBe('built\n');
    });

  test('in the middle of an update: what ran serves on, and the next one converges', async () => {
    const world = localWorld();
    const made = await world.ensure('zero', serviceSpec({ VERSION: 'zero' }));
    const builds = () => processesMarked(MARK_VARIABLE, `${world.state().mark}-build`);
    const source = { dir: 'app', command: [process.execPath, 'server.cjs'], build: 'sleep 60' };
    const child = ensureProcess(world, 'one', serviceSpec({ VERSION: 'one' }, { source }));
    await waitFor(builds, (found) => found.length > 0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(builds()).not.toEqual([]);
    expect(await ask(made)).toBe('zero');
    expect(await world.read()).toEqual(made);
    const next = await world.handler.ensure(world.writer, { ...world.desired('one', build), replicas: 2 }, world.run);
    await expectOne(world, next, 2);
    expect(next.outputs).toEqual(made.outputs);
    expect(builds()).toEqual([]);
  });

  test('while it removes: the next one leaves nothing', async () => {
    const world = localWorld();
    await world.ensure('one');
    const parent = dirname(world.folder);
    mkdirSync(join(parent, '.service-main.gone-0123abcd', 'releases'), { recursive: true });
    mkdirSync(join(parent, '.service-main.new-0123abcd'));
    await world.remove();
    expect(readdirSync(world.home)).toEqual([]);
  });
});

test('ten at once make one runner and one set of processes', async () => {
  const world = localWorld();
  const others = Array.from({ length: 4 }, () => ensureProcess(world, 'one', serviceSpec({ VERSION: 'one' })));
  const desired = { ...world.desired('one'), replicas: 2 };
  const own = Array.from({ length: 6 }, () => world.handler.ensure(world.writer, desired, world.run));
  const [made] = await Promise.all(own);
  const codes = await Promise.all(
    others.map(async (child) => child.exitCode ?? ((await once(child, 'exit')) as [number])[0]),
  );
  expect(codes).toEqual([0, 0, 0, 0]);
  await expectOne(world, made as Observed, 2);
  expect(readdirSync(dirname(world.folder))).toEqual(['service-main']);
});

describe('kill -9 of a runner', () => {
  test('is seen as drift, and repaired on the same port with no process of the old one left', async () => {
    const world = localWorld();
    const made = await world.ensure('one', serviceSpec({ VERSION: 'one' }, { replicas: 2 }));
    const orphans = world.children();
    await killed(made, world);
    const [seen] = await world.list();
    expect(seen).toMatchObject({ phase: 'failed', hash: 'one', outputs: made.outputs });
    expect(world.handler.diff(world.desired('one'), seen as Observed)).toEqual([
      { path: 'status', from: 'stopped', to: 'live' },
    ]);
    const repaired = await world.ensure('one', serviceSpec({ VERSION: 'one' }, { replicas: 2 }));
    expect(repaired).toEqual(made);
    await expectOne(world, repaired, 2);
    expect(orphans.filter(isRunning)).toEqual([]);
  });

  test('and an update at once goes on from what ran', async () => {
    const world = localWorld();
    const made = await world.ensure('one');
    await killed(made, world);
    await expect(world.ensure('bad', serviceSpec({ EXIT: '1' }))).rejects.toMatchObject({
      tag: 'deploy',
      restored: true,
    });
    expect(await ask(made)).toBe('one');
    expect(await world.ensure('two')).toMatchObject({ outputs: made.outputs });
    expect(await ask(made)).toBe('two');
  });

  test('and remove leaves no process', async () => {
    const world = localWorld();
    const made = await world.ensure('one', serviceSpec({ VERSION: 'one' }, { replicas: 2 }));
    const { socket } = world.state();
    const orphans = world.children();
    await killed(made, world);
    expect(orphans.filter(isRunning)).toHaveLength(2);
    await world.remove();
    expect([orphans.filter(isRunning), existsSync(socket), readdirSync(world.home)]).toEqual([[], false, []]);
  });
});

test('a child that dies is started again, and no connection meanwhile is refused', async () => {
  const world = localWorld();
  const made = await world.ensure('one');
  const before = await ask(made, '/pid');
  process.kill(Number(before), 'SIGKILL');
  await waitFor(
    async () => (await world.status()).replicas[0],
    (replica) => replica?.pid !== Number(before),
  );
  expect(await ask(made, '/pid')).not.toBe(before);
  await waitFor(world.read, (seen) => seen?.phase === 'live');
  expect((await world.read())?.attributes).toMatchObject({ running: 1, restarts: 1 });
  expect((await world.handler.logs?.(world.reader, world.target, { lines: 9 }))?.join('\n')).toContain(
    'was ended by SIGKILL; starting it again',
  );
  await expectOne(world, made, 1);
});

describe('a reboot', () => {
  test('leaves stale sockets, locks and pids, and the next apply brings all back on the same port', async () => {
    const world = localWorld();
    const made = await world.ensure('one');
    await killed(made, world);
    const state = world.state();
    for (const child of world.children()) process.kill(-child.pid, 'SIGKILL');
    await waitFor(world.children, (children) => children.length === 0);
    // The pids are other people's now, and one of them is alive and must stay so.
    const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true });
    onTestFinished(() => void bystander.kill('SIGKILL'));
    const reused = { pid: bystander.pid as number, start: '00000000-1' };
    writeState(world.folder, { ...state, runner: { ...ownProcessId(), start: '00000000-1' }, children: [reused] });
    for (const lock of [besideFolder(world.folder, 'lock'), startLock(world.folder)]) {
      mkdirSync(lock);
      for (const name of [`0.${reused.pid}.${reused.start}.aaaaaaaa`, `1.${reused.pid}.${reused.start}.bbbbbbbb`])
        writeFileSync(join(lock, name), '');
    }
    expect(existsSync(state.socket)).toBe(true);
    expect(await world.ensure('one')).toEqual(made);
    await expectOne(world, made, 1);
    expect(isRunning(processId(bystander.pid as number))).toBe(true);
    expect(readdirSync(dirname(world.folder))).toEqual(['service-main']);
  });

  test('after which the temporary folder is empty and the port is taken: another port, which is said', async () => {
    const world = localWorld();
    const made = await world.ensure('one');
    await killed(made, world);
    rmSync(world.state().socket);
    const squatter = createServer().listen(Number(made.outputs.port), '127.0.0.1');
    await once(squatter, 'listening');
    const moved = await world.ensure('one');
    squatter.close();
    expect(moved.phase).toBe('live');
    expect(moved.outputs.port).not.toBe(made.outputs.port);
    expect(await ask(moved)).toBe('one');
    expect(read(join(world.folder, 'logs/output.log'))).toContain(
      `port ${made.outputs.port} is taken by another program; using ${moved.outputs.port}`,
    );
  });
});

test('a runner whose folder is deleted ends with its processes', async () => {
  const world = localWorld();
  await world.ensure('one');
  const children = world.children();
  const { pid } = await world.status();
  rmSync(world.folder, { recursive: true });
  process.kill(-(children[0]?.pid as number), 'SIGKILL');
  await waitFor(
    () => isRunning(processId(pid)),
    (running) => !running,
  );
  expect(children.filter(isRunning)).toEqual([]);
});

/** Exactly one runner, `replicas` processes, all live and answering. */
async function expectOne(world: LocalWorld, made: Observed, replicas: number): Promise<void> {
  expect(made).toMatchObject({ phase: 'live', attributes: { replicas, running: replicas } });
  await waitFor(world.children, (children) => children.length === replicas);
  const { runner, children } = await waitFor(world.state, (state) => state.children.length === replicas);
  expect(world.runners()).toEqual([runner?.pid]);
  expect(children.map(({ pid }) => pid).toSorted()).toEqual(
    world
      .children()
      .map(({ pid }) => pid)
      .toSorted(),
  );
  expect(await ask(made)).toBe(made.hash);
}

async function killed(_made: Observed, world: LocalWorld): Promise<void> {
  const { pid } = await world.status();
  const runner = processId(pid);
  process.kill(pid, 'SIGKILL');
  await waitFor(
    () => isRunning(runner),
    (running) => !running,
  );
}

function ensureProcess(world: LocalWorld, hash: string, spec: unknown): ChildProcess {
  const child = spawn(process.execPath, [ENSURE, world.home, hash, JSON.stringify(spec), SERVER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Kills a process that ensures as soon as it says `when`. */
async function killedAt(world: LocalWorld, when: string, hash: string, spec: unknown): Promise<void> {
  const child = ensureProcess(world, hash, spec);
  const exit = once(child, 'exit');
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    if (line.startsWith(when)) child.kill('SIGKILL');
  });
  const [, signal] = (await exit) as [number | null, string | null];
  if (when !== 'done') expect(signal).toBe('SIGKILL');
}
