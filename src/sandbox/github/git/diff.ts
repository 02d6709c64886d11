import type { GitStore } from './git-store.ts';

/** One changed file between two commits, renames detected, as `GET …/pulls/{n}/files` and compare show it. */
export interface FileChange {
  path: string;
  previousPath: string | undefined;
  status: 'added' | 'removed' | 'modified' | 'renamed' | 'changed';
  oid: string;
  additions: number;
  deletions: number;
  /** Hunks without the file header; `undefined` for a binary or pure rename. */
  patch: string | undefined;
}

const statuses: Record<string, FileChange['status']> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  R: 'renamed',
  T: 'changed',
};

const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** What differs between two commits (or trees); `undefined` as `from` is nothing at all. */
export const diffCommits = (store: GitStore, from: string | undefined, to: string): Promise<FileChange[]> => {
  const base = from ?? emptyTree;
  return store.remember(`diff ${base} ${to}`, async () => {
    if (!from) store.objects.write('tree', Buffer.alloc(0));
    const [raw, counts, patches] = await Promise.all([
      store.git('diff-tree', '-r', '-M', '-z', '--raw', '--no-abbrev', base, to),
      store.git('diff-tree', '-r', '-M', '-z', '--numstat', base, to),
      store.git('-c', 'core.quotePath=false', 'diff-tree', '-r', '-M', '-p', base, to),
    ]);
    const numbers = parseCounts(counts.toString());
    const hunks = splitPatches(patches.toString());
    return parseRaw(raw.toString()).map((change, at) => ({ ...change, ...numbers[at]!, patch: hunks[at] }));
  });
};

const parseRaw = (text: string): Pick<FileChange, 'path' | 'previousPath' | 'status' | 'oid'>[] => {
  const parts = text.split('\0');
  const found = [];
  for (let at = 0; at + 1 < parts.length;) {
    const [, , before = '', after = '', letter = 'M'] = (parts[at++] ?? '').split(' ');
    const first = parts[at++] ?? '';
    const second = letter.startsWith('R') || letter.startsWith('C') ? parts[at++] : undefined;
    const status = statuses[letter[0] ?? 'M'] ?? 'modified';
    found.push({
      path: second ?? first,
      previousPath: second === undefined ? undefined : first,
      status,
      oid: status === 'removed' ? before : after,
    });
  }
  return found;
};

const parseCounts = (text: string): { additions: number; deletions: number }[] => {
  const parts = text.split('\0');
  const found = [];
  for (let at = 0; at + 1 < parts.length;) {
    const [added = '0', removed = '0', path = ''] = (parts[at++] ?? '').split('\t');
    // A rename leaves the path empty here and names both after it.
    if (path === '') at += 2;
    found.push({ additions: Number(added) || 0, deletions: Number(removed) || 0 });
  }
  return found;
};

const splitPatches = (text: string): (string | undefined)[] =>
  text
    .split(/^diff --git .*$/m)
    .slice(1)
    .map((patch) => {
      const start = patch.indexOf('\n@@ ');
      return start < 0 ? undefined : patch.slice(start + 1).replace(/\n$/, '');
    });
