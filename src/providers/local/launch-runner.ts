import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { TransientError } from '../../model/errors.ts';
import { baseEnvironment } from '../../provider-kit/base-environment.ts';
import { ask, NoAnswer, NoRunner } from './control-client.ts';
import { logFile } from './layout.ts';
import { stopGroup } from './process-id.ts';
import { PROTOCOL, type Status } from './protocol.ts';
import { readState, type State } from './state-file.ts';

/** What a runner may take to stop its processes and leave; milliseconds. */
const LEAVING = 15_000;

/** Makes sure that the instance has a runner that answers. The caller holds the instance's lock. */
export async function launchRunner(
  folder: string,
  state: State,
  { signal, delay }: { signal: AbortSignal; delay(milliseconds: number): Promise<void> },
): Promise<void> {
  const status = await statusOf(state, signal);
  if (status && isFit(status)) return;
  // One that lost its socket, hangs, or is of another version makes way; the next one ends what it had started.
  const { runner } = readState(folder) ?? state;
  if (runner) await stopGroup(runner, status ? LEAVING : 0, delay);
  const errors = join(dirname(logFile(folder)), 'runner.log');
  mkdirSync(dirname(errors), { recursive: true, mode: 0o700 });
  const descriptor = openSync(errors, 'w', 0o600);
  try {
    const child = spawn(process.execPath, [runnerFile(), folder], {
      cwd: folder,
      env: baseEnvironment(),
      detached: true,
      stdio: ['ignore', 'pipe', descriptor],
    });
    child.unref();
    // It says that it is ready, or it ends: because another was faster, or because something is wrong.
    const stdout = child.stdout as Readable;
    await Promise.race([once(stdout, 'data', { signal }), once(child, 'exit', { signal })]);
    stdout.destroy();
  } finally {
    closeSync(descriptor);
  }
  const started = await statusOf(state, signal);
  if (!started || !isFit(started))
    throw new TransientError('the process that runs the resource on this machine did not start', {
      mend: `see ${errors}`,
    });
}

function isFit({ protocol, ending }: Status): boolean {
  return protocol === PROTOCOL && !ending;
}

async function statusOf(state: State, signal: AbortSignal): Promise<Status | undefined> {
  try {
    return await ask(state.socket, { do: 'status' }, { signal });
  } catch (error) {
    if (error instanceof NoRunner || error instanceof NoAnswer) return undefined;
    throw error;
  }
}

/** The runner's program: among the sources, or the bundle's second entry. */
function runnerFile(): string {
  const candidates = ['./runner/main.ts', './local-runner.js', '../local-runner.js'];
  const files = candidates.map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const found = files.find((file) => existsSync(file));
  if (!found) throw new Error(`the runner program is missing: ${files.join(', ')}`);
  return found;
}
