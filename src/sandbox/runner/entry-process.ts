/**
 * A step's process, ended as a runner ends it.
 *
 * The signals of a cancelled step go to the entry process alone, not to its children: a shell that waits for a
 * child passes nothing on. Only the last resort takes the whole group.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

import type { RunnerClock } from './clock.ts';

/** After SIGINT, how long until SIGTERM; milliseconds, from GitHub's workflow cancellation reference. */
export const INTERRUPT_GRACE = 7500;
/** After SIGTERM, how long until the process tree is killed; milliseconds, same source. */
export const TERMINATE_GRACE = 2500;
/** How long output may stay open once the process is gone, because a child it left behind holds it; milliseconds. */
const OUTPUT_GRACE = 5000;

/** Groups under way. A runner that ends takes them along. */
const running = new Set<number | undefined>();
process.once('exit', () => running.forEach(killGroup));

/** What to start. `env` is the whole environment: nothing is inherited. */
export interface EntryProcess {
  command: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  clock: RunnerClock;
  /** Aborted to end the process. */
  signal: AbortSignal;
  /** Each line of standard output and error, without its line end. */
  onLine(line: string): void;
}

/** Runs a process to its end; answers the exit code, 128 + n when signal n ended it. */
export async function runEntryProcess(entry: EntryProcess): Promise<number> {
  const { clock, signal } = entry;
  if (signal.aborted) return 130;
  const child = spawn(entry.command, entry.args, {
    cwd: entry.cwd,
    env: entry.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child.pid);
  const flushes = [child.stdout, child.stderr].map((stream) => readLines(stream, entry.onLine));
  let callOff: (() => void) | undefined;
  const end = (): void => {
    child.kill('SIGINT');
    callOff = clock.after(INTERRUPT_GRACE, () => {
      child.kill('SIGTERM');
      callOff = clock.after(TERMINATE_GRACE, () => killGroup(child.pid));
    });
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (exitCode, exitSignal) =>
        resolve(exitCode ?? 128 + (exitSignal === null ? 0 : constants.signals[exitSignal])),
      );
    });
    // A cancelled step leaves nothing running.
    if (signal.aborted) killGroup(child.pid);
    await closed([child.stdout, child.stderr], clock);
    for (const flush of flushes) flush();
    return code;
  } finally {
    signal.removeEventListener('abort', end);
    running.delete(child.pid);
    callOff?.();
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone already, which is what was wanted.
  }
}

/** Waits until the streams end, but not for ever: then they are let go. */
async function closed(streams: readonly Readable[], clock: RunnerClock): Promise<void> {
  const open = streams.filter((stream) => !stream.closed);
  const callOff = clock.after(OUTPUT_GRACE, () => open.forEach((stream) => stream.destroy()));
  await Promise.all(open.map((stream) => new Promise<void>((resolve) => stream.once('close', resolve))));
  callOff();
}

/** Feeds whole lines on; the answer hands out what is left without a line end. */
function readLines(stream: Readable, onLine: (line: string) => void): () => void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  return () => {
    rest += decoder.end();
    if (rest !== '') onLine(rest);
    rest = '';
  };
}
