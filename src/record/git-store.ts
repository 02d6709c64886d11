import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnsupportedError } from '../model/errors.ts';
import type { SourceFolders } from '../model/source.ts';
import { gitAuthor, swapBranch, writeCommit, type Author } from './git-commit.ts';
import { GitObjects, isFolder, treeEntries, walkTree, type TreeEntry } from './git-objects.ts';
import { findRepository } from './git-process.ts';
import { gitSources } from './git-sources.ts';
import { isClean, workTree } from './git-work-tree.ts';
import { currentJournal, eventsFolder, README, sharedPaths } from './state-paths.ts';
import type { CommitRequest, Snapshot, StateSnapshot, Store } from './store.ts';

export interface GitStoreOptions {
  /** A folder inside the repository. */
  root: string;
  /** The state branch. */
  branch?: string;
  clock?: () => Date;
}

/**
 * The store in a local git repository, by plumbing alone: the work tree, the index and HEAD are never touched.
 * UnsupportedError outside a repository.
 */
export async function gitStore(options: GitStoreOptions): Promise<Store & SourceFolders & { root: string }> {
  const root = await findRepository(options.root);
  const store = new GitStore(root, options.branch ?? 'flotilla', options.clock ?? (() => new Date()));
  const { sourceFolder } = await gitSources(root);
  return Object.assign(store, { sourceFolder });
}

class GitStore implements Store {
  readonly root: string;
  readonly #branch: string;
  readonly #clock: () => Date;
  readonly #objects: GitObjects;
  #author: Promise<Author> | undefined;
  /** Of the last `read` of the work tree, so that `tree` sees what it saw and git is asked once. */
  #clean: Promise<boolean> | undefined;

  constructor(root: string, branch: string, clock: () => Date) {
    this.root = root;
    this.#branch = branch;
    this.#clock = clock;
    this.#objects = new GitObjects(root);
  }

  async read({ commit, environment }: { commit: string | null; environment: string }): Promise<Snapshot> {
    const [id, config, state] = await Promise.all([
      commit === null ? this.#cleanHead() : this.#commitId(commit),
      commit === null ? configOnDisk(this.root) : this.#configAt(commit),
      this.readState(environment, 'all'),
    ]);
    // Which branch is the default one is the host's notion; a repository by itself has none.
    return { config, commit: id, defaultBranch: null, state };
  }

  async tree(commit: string | null): Promise<ReadonlyMap<string, string>> {
    const clean = commit === null ? await (this.#clean ?? isClean(this.root)) : true;
    const name = clean ? `${commit ?? 'HEAD'}^{tree}` : await workTree(this.root);
    const tree = await this.#objects.read(name);
    if (!tree && commit !== null) throw noCommit(commit, this.root);
    const entries = tree ? await walkTree(this.#objects, tree.id) : new Map<string, TreeEntry>();
    const ids = new Map([...entries].map(([path, { id }]) => [path, id]));
    if (tree) ids.set('', tree.id);
    return ids;
  }

  async readState(environment: string, what: 'all' | 'shared'): Promise<StateSnapshot> {
    const commit = await this.#objects.read(`refs/heads/${this.#branch}^{commit}`);
    if (!commit) return { head: null, files: new Map(), journals: [], environments: [] };
    const events = eventsFolder(environment);
    const entries = await walkTree(this.#objects, `${commit.id}^{tree}`, '', (path) =>
      what === 'all'
        ? path !== environment && !path.startsWith(`${environment}/`)
        : path !== environment && path !== events,
    );
    const journals = [...entries.keys()].filter((path) => path.startsWith(`${events}/`));
    const journal = currentJournal(journals);
    const shared = new Set(sharedPaths(environment, journals));
    const wanted = (path: string): boolean =>
      what === 'shared'
        ? shared.has(path)
        : path === README || path === journal || (path.startsWith(`${environment}/`) && !path.startsWith(`${events}/`));
    return {
      head: commit.id,
      files: await this.#texts(new Map([...entries].filter(([path, entry]) => !isFolder(entry) && wanted(path)))),
      journals,
      environments: [...entries]
        .filter(([path, entry]) => isFolder(entry) && !path.includes('/'))
        .map(([path]) => path),
    };
  }

  async readFolder(folder: string): Promise<ReadonlyMap<string, string>> {
    const tree = await this.#objects.read(`refs/heads/${this.#branch}:${folder}`);
    if (tree?.type !== 'tree') return new Map();
    const entries = await walkTree(this.#objects, tree.id, folder);
    return this.#texts(new Map([...entries].filter(([, entry]) => !isFolder(entry))));
  }

  async commit(request: CommitRequest): Promise<{ head: string } | 'conflict'> {
    const author = await (this.#author ??= gitAuthor(this.root));
    const head = await writeCommit(this.root, request, author, this.#clock());
    const swapped = await swapBranch(this.root, this.#branch, head, request.expectedHead);
    return swapped === 'moved' ? { head } : 'conflict';
  }

  async #cleanHead(): Promise<string | null> {
    this.#clean = isClean(this.root);
    const [head, clean] = await Promise.all([this.#objects.read('HEAD^{commit}'), this.#clean]);
    return head && clean ? head.id : null;
  }

  async #commitId(commit: string): Promise<string> {
    const object = await this.#objects.read(`${commit}^{commit}`);
    if (!object) throw noCommit(commit, this.root);
    return object.id;
  }

  async #configAt(commit: string): Promise<Map<string, Uint8Array>> {
    const [file, folder] = await this.#objects.readAll([`${commit}:flotilla.yml`, `${commit}:.flotilla`]);
    const config = new Map<string, Uint8Array>();
    if (file?.type === 'blob') config.set('flotilla.yml', file.content);
    const entries = folder?.type === 'tree' ? treeEntries(folder).filter(({ name }) => name.endsWith('.yml')) : [];
    const blobs = await this.#objects.readAll(entries.map(({ id }) => id));
    entries.forEach(({ name }, index) => {
      const blob = blobs[index];
      if (blob?.type === 'blob') config.set(`.flotilla/${name}`, blob.content);
    });
    return config;
  }

  async #texts(entries: ReadonlyMap<string, TreeEntry>): Promise<Map<string, string>> {
    const blobs = await this.#objects.readAll([...entries.values()].map(({ id }) => id));
    return new Map([...entries.keys()].map((path, index) => [path, blobs[index]?.content.toString() ?? '']));
  }
}

async function configOnDisk(root: string): Promise<Map<string, Uint8Array>> {
  const config = new Map<string, Uint8Array>();
  const file = await orAbsent(readFile(join(root, 'flotilla.yml')));
  if (file) config.set('flotilla.yml', file);
  const names = (await orAbsent(readdir(join(root, '.flotilla')))) ?? [];
  for (const name of names.filter((name) => name.endsWith('.yml')).toSorted()) {
    const content = await orAbsent(readFile(join(root, '.flotilla', name)));
    if (content) config.set(`.flotilla/${name}`, content);
  }
  return config;
}

/** Undefined for what is not there, or is not the kind of thing that was expected. */
async function orAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

const noCommit = (commit: string, root: string): UnsupportedError =>
  new UnsupportedError(`the commit ${commit} is not in ${root}`, { mend: 'fetch it, or name another commit' });
