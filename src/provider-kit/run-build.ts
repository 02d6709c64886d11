import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { DeployError } from '../model/errors.ts';
import { buildEnvironment } from './base-environment.ts';
import { untilEnded } from './process-group.ts';

/** How long a build may take; milliseconds. */
const LIMIT = 30 * 60_000;
/** Lines of the build's output that a failure hands back. */
const TAIL = 50;
/** Bytes of output that these are looked for in, however much a build prints. */
const READ = 64_000;

export interface BuildCommand {
  command: string;
  /** Folder that it runs in. */
  folder: string;
  /** File for what it prints; made anew. A file and no pipe: what a build leaves running would keep that open. */
  log: string;
  env: Record<string, string>;
  signal: AbortSignal;
  /** Whether what ran before still serves when the build fails. */
  restored: boolean;
}

/**
 * Runs a build on this machine, with the build's own environment and none of Flotilla's.
 * @throws DeployError with the last lines of its output when it fails; what ended the signal when that did.
 */
export async function runBuild({ command, folder, log, env, signal, restored }: BuildCommand): Promise<void> {
  const limit = AbortSignal.timeout(LIMIT);
  const either = AbortSignal.any([signal, limit]);
  either.throwIfAborted();
  const output = openSync(log, 'w', 0o600);
  // A group of its own, so that what the build starts ends with it.
  const child = spawn('sh', ['-c', command], {
    cwd: folder,
    env: { ...buildEnvironment(), ...env },
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const fault = await untilEnded(child, either);
  signal.throwIfAborted();
  if (fault === undefined) return;
  throw new DeployError(`the build \`${command}\` ${limit.aborted ? 'took more than 30 minutes' : fault}`, {
    mend: 'make the build pass where the source is',
    log: await tailOf(log),
    restored,
  });
}

async function tailOf(path: string): Promise<string[]> {
  await using file = await open(path);
  const { size } = await file.stat();
  const { buffer, bytesRead } = await file.read(Buffer.alloc(READ), 0, READ, Math.max(0, size - READ));
  const lines = buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n');
  // Half a line may begin with half a secret, which nobody would find.
  return (size > READ ? lines.slice(1) : lines).slice(-TAIL);
}
