import { assemble, type World } from './assemble.ts';
import type { ConfigCache } from './config/remembered.ts';
import { BUILD } from './model/product.ts';
import type { Ports } from './ports.ts';
import { gitStore } from './record/git-store.ts';
import { KeptFile, keptIn } from './record/kept-file.ts';
import { isLocalRunAlive, localRun } from './record/local-run.ts';

/** Ports for a repository on this machine: config from the work tree, state on a local branch. `root` is the repository's folder. */
export async function openLocal(
  cwd: string,
  world: World & { branch?: string | undefined },
): Promise<Ports & { root: string }> {
  const [store, runName] = await Promise.all([
    gitStore({ root: cwd, ...(world.branch ? { branch: world.branch } : {}) }),
    localRun(),
  ]);
  const { root } = store;
  const actor = world.env['USER'] ?? world.env['USERNAME'] ?? 'someone';
  const run = { run: runName, actor };
  const ports = assemble(world, { store, sources: store, run, isRunAlive: isLocalRunAlive });
  return { ...ports, configCache: BUILD === undefined ? undefined : configCache(root, BUILD), root };
}

function configCache(root: string, build: string): ConfigCache {
  const file = new KeptFile(keptIn(root, 'config'));
  return { build, read: () => file.read(), write: (entry) => file.write(entry) };
}
