import { isFolder, treeEntries, treeOf, type GitObject, type GitObjects } from './git-objects.ts';
import { git, tryGit } from './git-process.ts';
import { isJournal } from './state-paths.ts';
import type { BlobRef, StateCommit } from './store.ts';

/** Every commit of a branch with the journals in it, children first; none without the branch. Each tree is read once. */
export async function stateCommits(root: string, objects: GitObjects, ref: string): Promise<StateCommit[]> {
  const { code, stdout } = await tryGit(root, ['rev-list', '--topo-order', '--parents', '--end-of-options', ref, '--']);
  if (code !== 0) return [];
  const lines = stdout.toString().trim().split('\n');
  const lineage = lines.map((line) => line.split(' ')).filter(([id]) => id);
  const commits = await readOnce(
    objects,
    lineage.map(([id = '']) => id),
  );
  const tops = lineage.map(([id = '']) => {
    const commit = commits.get(id);
    return commit ? treeOf(commit) : '';
  });
  const environments = await foldersIn(objects, tops);
  const events = await foldersIn(
    objects,
    [...environments.values()].flatMap((folders) => [...folders.values()]),
  );
  const journals = await readOnce(
    objects,
    [...events.values()].flatMap((folders) => folders.get('events') ?? []),
  );
  const files = new Map(
    [...journals].map(([id, tree]) => [id, treeEntries(tree).filter((one) => !isFolder(one) && isJournal(one.name))]),
  );
  const sizes = await sizesOf(
    root,
    [...files.values()].flatMap((entries) => entries.map(({ id }) => id)),
  );
  return lineage.map(([id = '', ...parents], index) => {
    const found = new Map<string, BlobRef>();
    const folders = environments.get(tops[index] ?? '') ?? new Map<string, string>();
    for (const [environment, folder] of folders)
      for (const file of files.get(events.get(folder)?.get('events') ?? '') ?? [])
        found.set(`${environment}/events/${file.name}`, { id: file.id, size: sizes.get(file.id) ?? 0 });
    return { id, parents, environments: [...folders.keys()], journals: found };
  });
}

async function readOnce(objects: GitObjects, ids: readonly string[]): Promise<Map<string, GitObject>> {
  const wanted = [...new Set(ids)];
  const found = await objects.readAll(wanted);
  return new Map(wanted.flatMap((id, index) => (found[index] ? [[id, found[index]] as const] : [])));
}

/** Folders by name in each of the trees. */
async function foldersIn(objects: GitObjects, trees: readonly string[]): Promise<Map<string, Map<string, string>>> {
  const read = await readOnce(objects, trees);
  const folders = (tree: GitObject) =>
    new Map(treeEntries(tree).flatMap((entry) => (isFolder(entry) ? [[entry.name, entry.id] as const] : [])));
  return new Map([...read].map(([id, tree]) => [id, folders(tree)]));
}

async function sizesOf(root: string, ids: readonly string[]): Promise<Map<string, number>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  const args = ['cat-file', '--buffer', '--batch-check=%(objectname) %(objectsize)'];
  const answer = (await git(root, args, { input: `${wanted.join('\n')}\n` })).toString().trim();
  return new Map(
    answer.split('\n').map((line) => {
      const [id = '', size = '0'] = line.split(' ');
      return [id, Number(size)];
    }),
  );
}
