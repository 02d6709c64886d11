import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DeployError } from '../../model/errors.ts';
import { buildEnvironment } from '../../provider-kit/base-environment.ts';
import type { Desired, StepRun } from '../../provider-kit/provider.ts';
import { releaseFolder } from './layout.ts';
import { processesMarked, processId, stopGroup } from './process-id.ts';
import { MARK_VARIABLE } from './process-mark.ts';
import type { State } from './state-file.ts';

/** How long a build may take; milliseconds. */
const BUILD_LIMIT = 30 * 60_000;
/** Lines of the build's output that a failure hands back. */
const TAIL = 50;

export interface Build {
  command: string | undefined;
  env: Record<string, string>;
  /** Whether an earlier release serves while this one is built. */
  restored: boolean;
  delay(milliseconds: number): Promise<unknown>;
}

/**
 * The release's folder with its files, built. A mark beside the folder says that it is complete, so what a killed run
 * left half made is made again. The caller holds the instance's lock.
 */
export async function prepareRelease(
  folder: string,
  state: State,
  desired: Desired,
  build: Build,
  run: StepRun,
): Promise<string> {
  const dir = releaseFolder(folder, desired.hash);
  if (existsSync(`${dir}.ready`)) return dir;
  const mark = `${state.mark}-build`;
  if (existsSync(dir)) {
    await Promise.all(processesMarked(MARK_VARIABLE, mark).map((id) => stopGroup(id, 0, build.delay)));
    await rm(dir, { recursive: true, force: true });
  }
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if (desired.source) {
    run.progress(`copying ${desired.source.dir}`);
    await desired.source.materialise(dir);
  }
  if (build.command) {
    run.progress(`building: ${build.command}`);
    await runBuild(
      dir,
      build.command,
      { ...buildEnvironment(), ...build.env, [MARK_VARIABLE]: mark },
      build,
      run.signal,
    );
  }
  await writeFile(`${dir}.ready`, '');
  return dir;
}

async function runBuild(
  dir: string,
  command: string,
  env: Record<string, string>,
  { restored, delay }: Build,
  signal: AbortSignal,
): Promise<void> {
  const log = `${dir}.log`;
  const descriptor = openSync(log, 'w', 0o600);
  const limit = AbortSignal.timeout(BUILD_LIMIT);
  const child = spawn('sh', ['-c', command], {
    cwd: dir,
    env,
    detached: true,
    stdio: ['ignore', descriptor, descriptor],
  });
  closeSync(descriptor);
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(`could not start: ${error.message}`));
    child.once('exit', (code, by) =>
      resolve(code === 0 ? undefined : by ? `was ended by ${by}` : `ended with exit code ${code}`),
    );
  });
  const stop = (): void => void (child.pid && stopGroup(processId(child.pid), 2_000, delay));
  const either = AbortSignal.any([signal, limit]);
  either.addEventListener('abort', stop, { once: true });
  if (either.aborted) stop();
  const fault = await ended;
  either.removeEventListener('abort', stop);
  signal.throwIfAborted();
  if (fault === undefined) return;
  throw new DeployError(`the build \`${command}\` ${limit.aborted ? 'took more than 30 minutes' : fault}`, {
    mend: `make the build pass in ${dir.slice(dir.lastIndexOf('/') + 1)}'s source`,
    log: readFileSync(log, 'utf8').trimEnd().split('\n').slice(-TAIL),
    restored,
  });
}

/** Takes away all releases but those that are kept for rolling back. */
export async function pruneReleases(folder: string, kept: string[]): Promise<void> {
  const parent = dirname(releaseFolder(folder, 'x'));
  if (!existsSync(parent)) return;
  for (const entry of readdirSync(parent))
    if (!kept.includes(entry.replace(/\.(ready|log)$/, '')))
      await rm(`${parent}/${entry}`, { recursive: true, force: true });
}
