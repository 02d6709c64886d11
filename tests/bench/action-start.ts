import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFleet, oneWave } from './fleet.ts';
import { milliseconds, times, type Row } from './table.ts';
import { middle } from './timing.ts';

const ROUNDS = 25;

/** From the start of the bundled Action to the arrival of its first request, beside a Node that does nothing. A runner has no warm cache. */
export async function* actionStart(dist: string): AsyncGenerator<Row> {
  await using fleet = await createFleet((endpoint) => oneWave(1, endpoint));
  const temporary = mkdtempSync(join(tmpdir(), 'flotilla-bench-'));
  // It never answers: what comes after is not timed.
  const api = createServer();
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  const event = join(temporary, 'event.json');
  writeFileSync(event, '{}');
  const env = {
    ...fleet.env,
    GITHUB_API_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    GITHUB_EVENT_NAME: 'push',
    GITHUB_EVENT_PATH: event,
    GITHUB_REF: 'refs/heads/main',
    GITHUB_REPOSITORY: 'ada/fleet',
    GITHUB_RUN_ID: '1',
    GITHUB_SHA: 'f'.repeat(40),
    GITHUB_WORKSPACE: fleet.folder,
    INPUT_TOKEN: 'a token',
  };
  const start = (args: string[]) => {
    const from = performance.now();
    return { child: spawn(process.execPath, args, { cwd: fleet.folder, env, stdio: 'ignore' }), from };
  };
  const nothing: number[] = [];
  const action: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const idle = start(['-e', '0']);
    await once(idle.child, 'exit');
    nothing.push(performance.now() - idle.from);

    const { child, from } = start([join(dist, 'action.js')]);
    const ended = once(child, 'exit');
    const arrived = once(api, 'request').then(() => true);
    if (!(await Promise.race([arrived, ended.then(() => false)])))
      throw new Error('the Action ended without a request');
    action.push(performance.now() - from);
    child.kill('SIGKILL');
    await ended;
  }
  api.closeAllConnections();
  api.close();
  rmSync(temporary, { recursive: true });
  yield {
    what: 'Action, start to first API request',
    measured: times(middle(action) / middle(nothing)),
    beside: `${milliseconds(middle(action))} to ${milliseconds(middle(nothing))} of node -e 0`,
  };
}
