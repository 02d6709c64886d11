import { CONFIG_PART } from '../model/config.ts';
import { STATE_BRANCH } from '../model/state.ts';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { UnsupportedError } from '../model/errors.ts';
import { CERTIFICATES, secretFiles } from '../model/secret-files.ts';
import type { SourceFolders } from '../model/source.ts';
import { gitAuthor, swapBranch, writeCommit, type Author } from './git-commit.ts';
import { GitCache, type CachedState } from './git-cache.ts';
import { GitObjects, isFolder, treeEntries, treeOf, walkTree, type TreeEntry } from './git-objects.ts';
import { stateCommits } from './git-history.ts';
import { findRepository } from './git-process.ts';
import { looseRef } from './git-ref.ts';
import { gitSources } from './git-sources.ts';
import { status, workTree } from './git-work-tree.ts';
import { closedIncidentsFolder, eventsFolder, README, seriesFolder, sharedPaths } from './state-paths.ts';
import type { CommitRequest, ReadRequest, Snapshot, StateCommit, StatePart, StateSnapshot, Store } from './store.ts';

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
  const store = new GitStore(root, options.branch ?? STATE_BRANCH, options.clock ?? (() => new Date()));
  const { sourceFolder } = await gitSources(root);
  return Object.assign(store, { sourceFolder });
}

class GitStore implements Store {
  readonly root: string;
  readonly #branch: string;
  readonly #ref: string;
  readonly #clock: () => Date;
  readonly #objects: GitObjects;
  readonly #cache: GitCache;
  #author: Promise<Author> | undefined;
  /** While git is being asked: `read` and `tree` of the work tree, called together, ask once. */
  #asking: ReturnType<typeof status> | undefined;

  constructor(root: string, branch: string, clock: () => Date) {
    this.root = root;
    this.#branch = branch;
    this.#ref = `refs/heads/${branch}`;
    this.#clock = clock;
    this.#objects = new GitObjects(root);
    this.#cache = new GitCache(root);
  }

  async read({ commit, environment, what = 'all' }: ReadRequest): Promise<Snapshot> {
    const [{ id, ...made }, config, sealed, state, certificates] = await Promise.all([
      commit === null ? this.#cleanHead().then((head) => ({ id: head })) : this.#commit(commit),
      commit === null ? configOnDisk(this.root) : this.#configAt(commit),
      commit === null ? sealedOnDisk(this.root, environment) : this.#sealedAt(commit, environment),
      this.readState(environment, what),
      what === 'history' ? this.#registerAt(commit) : undefined,
    ]);
    const register = certificates === undefined ? {} : { certificates };
    // Which branch is the default one is the host's notion; a repository by itself has none.
    const beside = (path: string, most: number) => this.#beside(commit, path, most);
    return { config, sealed, beside, commit: id, ...made, defaultBranch: null, state, ...register };
  }

  async tree(commit: string | null): Promise<ReadonlyMap<string, string>> {
    if (commit !== null) return this.#treeOf(`${commit}^{tree}`, commit);
    const { head, clean } = await this.#status();
    if (!clean) return this.#treeOf(await workTree(this.root));
    if (head === null) return new Map();
    const known = await this.#cache.readTree(head);
    if (known) return known;
    const ids = await this.#treeOf(`${head}^{tree}`, head);
    await this.#cache.writeTree(head, ids);
    return ids;
  }

  async #treeOf(name: string, commit: string | null = null): Promise<ReadonlyMap<string, string>> {
    const tree = await this.#objects.read(name);
    if (!tree && commit !== null) throw noCommit(commit, this.root);
    const entries = tree ? await walkTree(this.#objects, tree.id) : new Map<string, TreeEntry>();
    const ids = new Map([...entries].map(([path, { id }]) => [path, id]));
    if (tree) ids.set('', tree.id);
    return ids;
  }

  async readState(environment: string, what: StatePart): Promise<StateSnapshot> {
    // Only what plans need is worth a copy.
    if (what !== 'all') return (await this.#stateOf(environment, what)) ?? NO_STATE;
    const [at, cached] = await Promise.all([looseRef(this.root, this.#ref), this.#cache.readState(environment)]);
    if (at !== undefined && at === cached?.head) return cached;
    const state = await this.#stateOf(environment, what, cached);
    if (state) await this.#cache.writeState(environment, state);
    return state ?? NO_STATE;
  }

  /** The state as git has it; undefined without a branch. */
  async #stateOf(environment: string, what: StatePart, cached?: CachedState): Promise<CachedState | undefined> {
    const [commit, root] = await this.#objects.readAll([`${this.#ref}^{commit}`, `${this.#ref}^{tree}`]);
    if (!commit || !root) return undefined;
    // The branch may have moved between the two answers.
    const tree = treeOf(commit) === root.id ? root : await this.#objects.read(`${commit.id}^{tree}`);
    const entries = tree ? treeEntries(tree) : [];
    const folder = entries.find((entry) => entry.name === environment && isFolder(entry));
    const readme = entries.filter(({ name }) => name === README);
    const [own, shared] = await Promise.all([
      folder && folder.id !== cached?.tree ? this.#environmentFiles(environment, folder.id, what) : cached,
      this.#texts(new Map(readme.map((entry) => [README, entry]))),
    ]);
    const files = new Map(folder ? own?.files : []);
    files.delete(README);
    return {
      head: commit.id,
      tree: folder?.id ?? null,
      files: new Map([...shared, ...files]),
      journals: folder ? (own?.journals ?? []) : [],
      environments: entries.filter(isFolder).map(({ name }) => name),
    };
  }

  async readFolder(folder: string): Promise<ReadonlyMap<string, string>> {
    const tree = await this.#objects.read(`${this.#ref}:${folder}`);
    if (tree?.type !== 'tree') return new Map();
    const entries = await walkTree(this.#objects, tree.id, folder);
    return this.#texts(new Map([...entries].filter(([, entry]) => !isFolder(entry))));
  }

  async commit(request: CommitRequest): Promise<{ head: string } | 'conflict'> {
    // A look costs next to nothing, two processes for a race that is already lost do.
    const now = await this.#objects.read(`${this.#ref}^{commit}`);
    if ((now?.id ?? null) !== request.expectedHead) return 'conflict';
    const author = await (this.#author ??= gitAuthor(this.root));
    const head = await writeCommit(this.root, request, author, this.#clock());
    const swapped = await swapBranch(this.root, this.#branch, head, request.expectedHead);
    return swapped === 'moved' ? { head } : 'conflict';
  }

  async commits(): Promise<StateCommit[]> {
    return stateCommits(this.root, this.#objects, this.#ref);
  }

  async blobs(ids: readonly string[]): Promise<Uint8Array[]> {
    return (await this.#objects.readAll(ids)).map((object) => object?.content ?? new Uint8Array());
  }

  async #environmentFiles(environment: string, tree: string, what: StatePart) {
    const events = eventsFolder(environment);
    const unread = new Set([
      closedIncidentsFolder(environment),
      ...(what === 'history' ? [] : [seriesFolder(environment)]),
    ]);
    const skip = (path: string) => (what === 'shared' ? path !== events : unread.has(path));
    const entries = await walkTree(this.#objects, tree, environment, skip);
    const journals = [...entries.keys()].filter((path) => path.startsWith(`${events}/`));
    const shared = new Set(sharedPaths(environment, journals));
    const wanted = (path: string): boolean => shared.has(path) || (what !== 'shared' && !path.startsWith(`${events}/`));
    const files = await this.#texts(new Map([...entries].filter(([path, entry]) => !isFolder(entry) && wanted(path))));
    return { files, journals };
  }

  async #cleanHead(): Promise<string | null> {
    const { head, clean } = await this.#status();
    return clean ? head : null;
  }

  #status(): ReturnType<typeof status> {
    this.#asking ??= status(this.root).finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #commit(commit: string): Promise<{ id: string; committed?: string }> {
    const object = await this.#objects.read(`${commit}^{commit}`);
    if (!object) throw noCommit(commit, this.root);
    const seconds = /^committer .* (\d+) [+-]\d{4}$/m.exec(object.content.toString())?.[1];
    return { id: object.id, ...(seconds ? { committed: new Date(Number(seconds) * 1000).toISOString() } : {}) };
  }

  async #configAt(commit: string): Promise<Map<string, Uint8Array>> {
    const [file, folder] = await this.#objects.readAll([`${commit}:flotilla.yml`, `${commit}:.flotilla`]);
    const config = new Map<string, Uint8Array>();
    if (file?.type === 'blob') config.set('flotilla.yml', file.content);
    const entries = folder?.type === 'tree' ? treeEntries(folder).filter(({ name }) => CONFIG_PART.test(name)) : [];
    const blobs = await this.#objects.readAll(entries.map(({ id }) => id));
    entries.forEach(({ name }, index) => {
      const blob = blobs[index];
      if (blob?.type === 'blob') config.set(`.flotilla/${name}`, blob.content);
    });
    return config;
  }

  async #beside(commit: string | null, path: string, most: number): Promise<Uint8Array | undefined> {
    if (commit === null) return orAbsent(readInside(this.root, path, most));
    const blob = await this.#objects.read(`${commit}:${path}`);
    return blob?.type === 'blob' ? blob.content : undefined;
  }

  async #sealedAt(commit: string, environment: string): Promise<Map<string, string>> {
    const paths = secretFiles(environment);
    const blobs = await this.#objects.readAll(paths.map((path) => `${commit}:${path}`));
    return new Map(
      paths.flatMap((path, index) => {
        const blob = blobs[index];
        return blob?.type === 'blob' ? [[path, blob.content.toString()]] : [];
      }),
    );
  }

  /** The register of certificates; empty where there is none. */
  async #registerAt(commit: string | null): Promise<string> {
    if (commit === null) return (await orAbsent(readFile(join(this.root, CERTIFICATES), 'utf8'))) ?? '';
    const blob = await this.#objects.read(`${commit}:${CERTIFICATES}`);
    return blob?.type === 'blob' ? blob.content.toString() : '';
  }

  async #texts(entries: ReadonlyMap<string, TreeEntry>): Promise<Map<string, string>> {
    const blobs = await this.#objects.readAll([...entries.values()].map(({ id }) => id));
    return new Map([...entries.keys()].map((path, index) => [path, blobs[index]?.content.toString() ?? '']));
  }
}

const NO_STATE: StateSnapshot = { head: null, files: new Map(), journals: [], environments: [] };

async function configOnDisk(root: string): Promise<Map<string, Uint8Array>> {
  const config = new Map<string, Uint8Array>();
  const file = await orAbsent(readInside(root, 'flotilla.yml'));
  if (file) config.set('flotilla.yml', file);
  const names = (await orAbsent(readdir(join(root, '.flotilla')))) ?? [];
  for (const name of names.filter((name) => CONFIG_PART.test(name)).toSorted()) {
    const content = await orAbsent(readInside(root, join('.flotilla', name)));
    if (content) config.set(`.flotilla/${name}`, content);
  }
  return config;
}

async function sealedOnDisk(root: string, environment: string): Promise<Map<string, string>> {
  const files = secretFiles(environment).map(
    async (path) => [path, (await orAbsent(readInside(root, path)))?.toString()] as const,
  );
  return new Map((await Promise.all(files)).filter((file): file is [string, string] => file[1] !== undefined));
}

/** A file of the work tree. A link may lead anywhere on this machine, and what a config holds is shown and planned with. */
async function readInside(root: string, path: string, most = Infinity): Promise<Buffer> {
  const [real, top] = await Promise.all([realpath(join(root, path)), realpath(root)]);
  if (!real.startsWith(`${top}${sep}`))
    throw new UnsupportedError(`${path} is a link that leads out of ${root}`, { mend: 'put the file itself there' });
  const { size } = await stat(real);
  if (size > most) throw new UnsupportedError(`it has ${size} bytes; at most ${most} are read`);
  return readFile(real);
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
