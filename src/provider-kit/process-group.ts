import type { ChildProcess } from 'node:child_process';

/** Milliseconds between asking a process to end and ending it. */
const GRACE = 2_000;

/**
 * Waits until a child that was started `detached` has ended, and ends it with all that it started when the signal fires.
 * Undefined when it did its work, else what became of it in words.
 */
export async function untilEnded(child: ChildProcess, signal: AbortSignal): Promise<string | undefined> {
  const end = (by: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, by);
    } catch {
      // It has ended.
    }
  };
  let last: NodeJS.Timeout | undefined;
  const stop = (): void => {
    end('SIGTERM');
    last = setTimeout(end, GRACE, 'SIGKILL');
  };
  signal.addEventListener('abort', stop, { once: true });
  const fault = await new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(`could not start: ${error.message}`));
    child.once('exit', (code, by) =>
      resolve(code === 0 ? undefined : by ? `was ended by ${by}` : `ended with exit code ${code}`),
    );
  });
  signal.removeEventListener('abort', stop);
  clearTimeout(last);
  // The first of the group has ended; what it started may not have listened.
  if (signal.aborted) end('SIGKILL');
  return fault;
}
