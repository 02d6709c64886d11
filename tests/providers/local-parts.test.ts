import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { acquire } from '../../src/providers/local/lock.ts';
import { newestLines } from '../../src/providers/local/newest-lines.ts';
import { isRunning, ownProcessId, processId, stopGroup } from '../../src/providers/local/process-id.ts';
import { parseRequest } from '../../src/providers/local/protocol.ts';
import type { ServiceRelease } from '../../src/providers/local/release.ts';
import { backoff } from '../../src/providers/local/runner/backoff.ts';
import { claimPort } from '../../src/providers/local/runner/claim-port.ts';
import { Replica } from '../../src/providers/local/runner/replica.ts';
import { lineSplitter, RotatingLog } from '../../src/providers/local/runner/rotating-log.ts';
import { realTimers, type Timers } from '../../src/providers/local/runner/timers.ts';
import { localWorld, read, serviceSpec, waitFor } from './local-fixture.ts';

const RELEASE: ServiceRelease = {
  kind: 'service',
  hash: 'one',
  commit: null,
  at: '2026-01-01T00:00:00.000Z',
  command: [process.execPath, '-e', 'process.exit(7)'],
  env: { PATH: process.env.PATH ?? '' },
  replicas: 1,
  startSeconds: 30,
};

test('waits between starts double from one second to a minute, less up to half at random', () => {
  expect([1, 2, 3, 6, 7, 50].map((failures) => backoff(failures, 0))).toEqual([1000, 2000, 4000, 32000, 60000, 60000]);
  expect(backoff(3, 1)).toBe(2000);
});

describe('a replica', () => {
  test('that ends again and again is started again with longer and longer waits, and is a crash loop', async () => {
    const waits: number[] = [];
    const timers: Timers = {
      ...realTimers,
      random: () => 0,
      async delay(milliseconds, signal) {
        if (milliseconds >= 1000) waits.push(milliseconds);
        else await realTimers.delay(milliseconds, signal);
      },
    };
    const replica = replicaOf(RELEASE, timers);
    await expect(replica.first).rejects.toThrow('ended with exit code 7');
    await waitFor(
      () => waits.length,
      (count) => count >= 4,
    );
    expect(waits.slice(0, 4)).toEqual([1000, 2000, 4000, 8000]);
    expect(replica.loops).toBe(true);
    await replica.stop();
    expect([replica.state, replica.id]).toEqual(['stopped', null]);
  });

  test('that ran for a minute starts over with the shortest wait', async () => {
    const waits: number[] = [];
    let clock = 0;
    const timers: Timers = {
      now: () => (clock += 61_000),
      random: () => 0,
      async delay(milliseconds, signal) {
        if (milliseconds >= 1000) waits.push(milliseconds);
        await realTimers.delay(Math.min(milliseconds, 5), signal);
      },
    };
    const replica = replicaOf({ ...RELEASE, startSeconds: 1e9 }, timers);
    await waitFor(
      () => waits.length,
      (count) => count >= 3,
    );
    expect(new Set(waits)).toEqual(new Set([1000]));
    expect(replica.loops).toBe(false);
    await replica.stop();
  });

  test('that the system cannot start is a failed start', async () => {
    const huge = replicaOf({ ...RELEASE, env: { HUGE: 'x'.repeat(4_000_000) } }, realTimers);
    await expect(huge.first).rejects.toThrow('could not start: spawn E2BIG');
  });

  test('takes with it what its process has started, and what ignores TERM', async () => {
    const stubborn =
      "process.on('SIGTERM', () => {}); require('http').createServer((q, s) => s.end()).listen(process.env.PORT)";
    const command = ['sh', '-c', `sleep 300 & exec "${process.execPath}" -e "$CODE"`];
    const replica = replicaOf({ ...RELEASE, command, env: { ...RELEASE.env, CODE: stubborn } }, realTimers);
    await replica.first;
    const group = replica.id?.pid as number;
    const members = (): number[] =>
      readdirSync('/proc')
        .map(Number)
        .filter((pid) => pid > 0 && groupOf(pid) === group);
    expect(members()).toHaveLength(2);
    await replica.stop();
    await waitFor(members, (left) => left.length === 0);
  });
});

describe('the lock', () => {
  test('is held by one at a time, in and between processes, and leaves nothing', async () => {
    const dir = folder();
    const lock = join(dir, 'lock');
    const program = `
      import { appendFileSync } from 'node:fs';
      import { setTimeout as delay } from 'node:timers/promises';
      import { acquire } from ${JSON.stringify(new URL('../../src/providers/local/lock.ts', import.meta.url).href)};
      for (let turn = 0; turn < 5; turn++) {
        const giveBack = await acquire(${JSON.stringify(lock)}, { delay: (ms) => delay(ms / 5) });
        appendFileSync(${JSON.stringify(join(dir, 'log'))}, 'in ');
        await delay(1);
        appendFileSync(${JSON.stringify(join(dir, 'log'))}, 'out ');
        giveBack();
      }`;
    const children = Array.from({ length: 3 }, () => node(program));
    await Promise.all(children.map((child) => once(child, 'exit')));
    expect(read(join(dir, 'log'))).toBe('in out '.repeat(15));
    expect(readdirSync(dir)).toEqual(['log']);
  });

  test('passes over the dead, also those who died while choosing, and waits for the living', async () => {
    const lock = folder();
    const dead = node('');
    await once(dead, 'exit');
    for (const name of [`0.${dead.pid}.x-1.aaaaaaaa`, `7.${dead.pid}.x-1.bbbbbbbb`])
      writeFileSync(join(lock, name), '');
    const giveBack = await acquire(lock, realTimers);
    const stop = new AbortController();
    const waitsFor: number[] = [];
    const second = acquire(lock, { ...realTimers, signal: stop.signal, onWait: (pid) => waitsFor.push(pid) });
    const third = acquire(lock, realTimers);
    await waitFor(
      () => waitsFor,
      (pids) => pids.length > 0,
    );
    expect(waitsFor).toEqual([process.pid]);
    stop.abort();
    await expect(second).rejects.toThrow();
    giveBack();
    (await third)();
    await expect(acquire(lock, { ...realTimers, signal: stop.signal })).rejects.toThrow();
  });
});

test('a process is known by its start, so that a later one with its pid is left alone', async () => {
  const child = node('setInterval(() => {}, 1000)', true);
  const id = processId(child.pid as number);
  expect(isRunning(id)).toBe(true);
  await stopGroup({ ...id, start: 'earlier-1' }, 0, realTimers.delay);
  expect([isRunning(id), isRunning(ownProcessId())]).toEqual([true, true]);
  await stopGroup(id, 5000, realTimers.delay);
  expect(isRunning(id)).toBe(false);
});

test('ports picked at the same time are all different', async () => {
  const claims = await Promise.all(Array.from({ length: 50 }, claimPort));
  expect(new Set(claims.map(({ port }) => port)).size).toBe(50);
  for (const claim of claims) claim.release();
});

describe('logs', () => {
  test('rotate by size, and the newest lines are found over the files', () => {
    const file = join(folder(), 'logs/output.log');
    const log = new RotatingLog(file, { bytes: 200, files: 3 });
    for (let index = 0; index < 30; index++) log.write('1', `line ${index}`);
    expect(readdirSync(join(file, '..'))).toEqual(['output.log', 'output.log.1', 'output.log.2']);
    expect(newestLines(file, 5).map((line) => line.split('| ')[1])).toEqual([
      'line 25',
      'line 26',
      'line 27',
      'line 28',
      'line 29',
    ]);
    expect(newestLines(file, 100).length).toBeLessThan(30);
    expect([newestLines(file, 0), newestLines(`${file}.none`, 3)]).toEqual([[], []]);
  });

  test('are whole lines, however the chunks fall', () => {
    const lines: string[] = [];
    const { write, end } = lineSplitter((line) => lines.push(line));
    for (const chunk of ['a', 'b\r\nc\n', '\n', 'x'.repeat(20_000), 'y']) write(chunk);
    end();
    expect(lines).toEqual(['ab', 'c', '', 'x'.repeat(16_384), `${'x'.repeat(3_616)}y`]);
  });
});

test('a long line of a log is not cut within a value that was given', () => {
  const lines: string[] = [];
  const [key, other] = ['a-secret-of-some-words', 'x-and-another-a-secret'];
  const { write, end } = lineSplitter((line) => lines.push(line), [key, other, '']);
  const text = `${'.'.repeat(16_375)}${key}${'.'.repeat(16_355)}${other}-of-some-words${'.'.repeat(20_000)}`;
  for (const chunk of text.match(/.{1,1000}/g) ?? []) write(chunk);
  end();
  expect(lines.join('')).toBe(text);
  expect(lines.map(({ length }) => length)).toEqual([16_375, 16_377, 16_384, 3_652]);
  expect(lines.filter((line) => line.includes(key))).toHaveLength(2);
});

describe('the control socket', () => {
  test.each([
    '',
    'nonsense',
    'null',
    '{"do":"erase"}',
    '{"do":"apply"}',
    '{"do":"apply","release":{"kind":"service","hash":"../..","at":"x"}}',
  ])('takes no %j', (line) => expect(parseRequest(line)).toBeUndefined());

  test('answers to what is not a request, and lives on', async () => {
    const world = localWorld();
    await world.ensure('one', serviceSpec({ VERSION: 'one' }));
    const socket = connect(world.state().socket);
    socket.write('{"do":"erase"}\n');
    const [reply] = (await once(socket.setEncoding('utf8'), 'data')) as [string];
    expect(JSON.parse(reply)).toMatchObject({ failed: { deploy: false } });
    connect(world.state().socket)
      .on('error', () => undefined)
      .end('half a line');
    expect(await world.status()).toMatchObject({ phase: 'live' });
  });
});

const silent = (): void => undefined;

function replicaOf(release: ServiceRelease, timers: Timers): Replica {
  const replica = new Replica({
    number: 1,
    folder: tmpdir(),
    release,
    timers,
    persistent: true,
    grace: 50,
    onLine: silent,
    onNote: silent,
    onChange: silent,
  });
  onTestFinished(() => replica.stop());
  return replica;
}

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'flotilla-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function node(program: string, detached = false): ChildProcess {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit', detached });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** The process group, by the system's own account. */
function groupOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}
