import { readFile, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isTelling } from './detect.ts';
import type { Listing } from './found.ts';
import { formatOf } from './from/formats.ts';

/** The repository's folder: the nearest one that holds `.git`, else the folder itself. */
export async function findRoot(cwd: string): Promise<{ root: string; isRepository: boolean }> {
  for (let dir = resolve(cwd); ; dir = dirname(dir)) {
    if (await stat(join(dir, '.git')).catch(() => undefined)) return { root: dir, isRepository: true };
    if (dirname(dir) === dir) return { root: resolve(cwd), isRepository: false };
  }
}

/** The branch that is checked out; `main` when that cannot be known. */
export async function currentBranch(root: string): Promise<string> {
  const head = await readFile(join(root, '.git', 'HEAD'), 'utf8').catch(() => '');
  return /^ref: refs\/heads\/(.+)\s*$/.exec(head)?.[1]?.trim() ?? 'main';
}

const SKIPPED = /^(\..*|node_modules|vendor|target|__pycache__|venv|coverage)$/;

/** Names down to three levels, so that a page in a folder's `public/` is seen, and the texts that tell what a folder is. */
export async function listing(root: string): Promise<Listing> {
  const files = new Map<string, string | null>();
  await visit('', 0);
  return files;

  async function visit(dir: string, depth: number): Promise<void> {
    const entries = await readdir(join(root, dir), { withFileTypes: true }).catch(() => []);
    for (const entry of entries.slice(0, 2000)) {
      const path = dir ? `${dir}/${entry.name}` : entry.name;
      if (entry.isDirectory() && depth < 3 && !SKIPPED.test(entry.name)) await visit(path, depth + 1);
      else if (entry.isFile())
        files.set(
          path,
          isTelling(path) || formatOf(path) ? await readFile(join(root, path), 'utf8').catch(() => null) : null,
        );
    }
  }
}
