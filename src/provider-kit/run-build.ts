import { spawn } from 'node:child_process';
import { DeployError } from '../model/errors.ts';
import { buildEnvironment } from './base-environment.ts';

/** How long a build may take; milliseconds. */
const LIMIT = 30 * 60_000;
/** Lines of the build's output that a failure hands back. */
const TAIL = 50;
/** Characters of output that are kept: enough for the tail, however much a build prints. */
const KEPT = 64_000;
/** Milliseconds between asking a build to end and ending it. */
const GRACE = 2_000;

export interface BuildCommand {
  command: string;
  /** Folder that it runs in. */
  folder: string;
  env: Record<string, string>;
  signal: AbortSignal;
  /** Whether what ran before still serves when the build fails. */
  restored: boolean;
}

/**
 * Runs a build on this machine, with the build's own environment and none of Flotilla's.
 * @throws DeployError with the last lines of its output when it fails; what ended the signal when that did.
 */
export async function runBuild({ command, folder, env, signal, restored }: BuildCommand): Promise<void> {
  const limit = AbortSignal.timeout(LIMIT);
  const either = AbortSignal.any([signal, limit]);
  either.throwIfAborted();
  // A group of its own, so that what the build starts ends with it.
  const child = spawn('sh', ['-c', command], {
    cwd: folder,
    env: { ...buildEnvironment(), ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => void (output = (output + text).slice(-KEPT)));
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
  either.addEventListener('abort', stop, { once: true });
  const fault = await new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(`could not start: ${error.message}`));
    child.once('close', (code, by) =>
      resolve(code === 0 ? undefined : by ? `was ended by ${by}` : `ended with exit code ${code}`),
    );
  });
  either.removeEventListener('abort', stop);
  clearTimeout(last);
  signal.throwIfAborted();
  if (fault === undefined) return;
  throw new DeployError(`the build \`${command}\` ${limit.aborted ? 'took more than 30 minutes' : fault}`, {
    mend: 'make the build pass where the source is',
    log: output.trimEnd().split('\n').slice(-TAIL),
    restored,
  });
}
