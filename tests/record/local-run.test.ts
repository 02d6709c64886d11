import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isLocalRunAlive, localRun } from '../../src/record/local-run.ts';

test('this process is a run that lives', async () => {
  const run = await localRun();
  expect(run).toMatch(/^local:[^:]+:\d+:.+$/);
  expect(await isLocalRunAlive(run)).toBe(true);
});

test('a run ends with its process, also when the pid is another process by now', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(child, 'spawn');
  const [, host, pid, start = ''] = (await localRun()).split(':');
  const fields =
    process.platform === 'linux' ? readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') : [];
  const of = (id: unknown, since: unknown): string => `local:${host}:${id}:${since}`;
  if (process.platform === 'linux') expect(await isLocalRunAlive(of(child.pid, fields?.[19]))).toBe(true);
  expect(await isLocalRunAlive(of(pid, `${start}1`))).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await isLocalRunAlive(of(child.pid, fields?.[19]))).toBe(false);
});

test('of runs elsewhere nothing is known', async () => {
  expect(await isLocalRunAlive('local:another-host:1:1')).toBeUndefined();
  expect(await isLocalRunAlive('github:1/1')).toBeUndefined();
});
