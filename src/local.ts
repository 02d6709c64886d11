import { assemble, type World } from './assemble.ts';
import type { Ports } from './ports.ts';
import { gitStore } from './record/git-store.ts';
import { isLocalRunAlive, localRun } from './record/local-run.ts';

/** Ports for a repository on this machine: config from the work tree, state on a local branch. `root` is the repository's folder. */
export async function openLocal(
  cwd: string,
  world: World & { branch?: string | undefined },
): Promise<Ports & { root: string }> {
  const store = await gitStore({ root: cwd, ...(world.branch ? { branch: world.branch } : {}) });
  const actor = world.env['USER'] ?? world.env['USERNAME'] ?? 'someone';
  const run = { run: await localRun(), actor };
  return { ...assemble(world, { store, sources: store, run, isRunAlive: isLocalRunAlive }), root: store.root };
}
