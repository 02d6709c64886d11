import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Desired, StepRun } from '../../provider-kit/provider.ts';
import { runBuild } from '../../provider-kit/run-build.ts';
import { releaseFolder } from './layout.ts';
import { processesMarked, stopGroup } from './process-id.ts';
import { MARK_VARIABLE } from './process-mark.ts';
import type { State } from './state-file.ts';

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
    await runBuild({
      command: build.command,
      folder: dir,
      log: `${dir}.log`,
      env: { ...build.env, [MARK_VARIABLE]: mark },
      signal: run.signal,
      restored: build.restored,
    });
  }
  await writeFile(`${dir}.ready`, '');
  return dir;
}

/** Takes away all releases but those that are kept for rolling back. */
export async function pruneReleases(folder: string, kept: string[]): Promise<void> {
  const parent = dirname(releaseFolder(folder, 'x'));
  if (!existsSync(parent)) return;
  for (const entry of readdirSync(parent))
    if (!kept.includes(entry.replace(/\.(ready|log)$/, '')))
      await rm(`${parent}/${entry}`, { recursive: true, force: true });
}
