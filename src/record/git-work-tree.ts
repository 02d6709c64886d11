import { copyFile, mkdtemp, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git } from './git-process.ts';

/** HEAD's commit (null before the first), and whether nothing differs from it, untracked files included (ignored ones do not count). */
export async function status(root: string): Promise<{ head: string | null; clean: boolean }> {
  const args = ['--porcelain=v2', '--branch', '--no-ahead-behind', '-z', '--untracked-files=normal'];
  const lines = (await git(root, ['status', ...args])).toString().split('\0');
  const head = /^# branch\.oid ([0-9a-f]+)$/.exec(lines.find((line) => line.startsWith('# branch.oid ')) ?? '')?.[1];
  return { head: head ?? null, clean: lines.every((line) => line === '' || line.startsWith('# ')) };
}

/** Id of the tree that committing everything would give; the user's index is only copied. */
export function workTree(root: string): Promise<string> {
  return withIndex(async (indexFile) => {
    const path = (await git(root, ['rev-parse', '--git-path', 'index'])).toString().trim();
    const index = join(path.startsWith('/') ? '' : root, path);
    const known = await stat(index).catch(() => undefined);
    if (known) {
      await copyFile(index, indexFile);
      // Git trusts a file's time only when it is older than the index; the copy must not look newer than what it copies.
      await utimes(indexFile, known.atime, Math.floor(known.mtimeMs / 1000));
    }
    await git(root, ['-c', 'advice.addEmbeddedRepo=false', 'add', '--all', '--', '.'], { indexFile });
    return (await git(root, ['write-tree'], { indexFile })).toString().trim();
  });
}

/** Runs `work` with the path of a temporary index that does not exist yet. */
export async function withIndex<T>(work: (indexFile: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-index-'));
  try {
    return await work(join(folder, 'index'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
