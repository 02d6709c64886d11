import { appendFile, mkdir } from 'node:fs/promises';
import { git, runGit } from './git-process.ts';
import { ObjectStore } from './object-store.ts';
import type { CommitObject, TreeEntry } from './objects.ts';
import { entryType, formatCommit, formatTree, isOid, parseCommit, parseTree } from './objects.ts';
import { RefStore } from './ref-store.ts';

/** A change of one path: a blob's id and mode, or `null` to remove it. */
export type PathChange = { oid: string; mode: string } | null;

/** A file that differs between two trees; ids are `undefined` where it is absent. */
export interface TreeDifference {
  path: string;
  status: 'added' | 'removed' | 'modified';
  before: string | undefined;
  after: string | undefined;
}

/** One bare repository. Values go in and out as git stores them; nothing here knows of GitHub. */
export class GitStore {
  readonly dir: string;
  readonly objects: ObjectStore;
  readonly refs: RefStore;
  readonly #trees = new Map<string, TreeEntry[]>();
  readonly #commits = new Map<string, CommitObject>();
  readonly #remembered = new Map<string, Promise<unknown>>();

  private constructor(dir: string) {
    this.dir = dir;
    this.objects = new ObjectStore(dir);
    this.refs = new RefStore(dir);
  }

  static async create(dir: string, defaultBranch: string): Promise<GitStore> {
    await mkdir(dir, { recursive: true });
    await git(dir, 'init', '--quiet', '--bare', '--template=', `--initial-branch=${defaultBranch}`);
    await appendFile(
      `${dir}/config`,
      '[gc]\n\tauto = 0\n[receive]\n\tautogc = false\n[http]\n\treceivepack = true\n[uploadpack]\n\tallowAnySHA1InWant = true\n\tallowFilter = true\n[transfer]\n\thideRefs = refs/internal\n',
    );
    return new GitStore(dir);
  }

  close(): void {
    this.objects.close();
    this.refs.close();
  }

  git(...args: string[]): Promise<Buffer> {
    return git(this.dir, ...args);
  }

  tryGit(...args: string[]): ReturnType<typeof runGit> {
    return runGit(this.dir, args);
  }

  writeBlob(content: Buffer | string): string {
    return this.objects.write('blob', Buffer.from(content));
  }

  writeTree(entries: readonly TreeEntry[]): string {
    return this.objects.write('tree', formatTree(entries));
  }

  writeCommit(commit: CommitObject): string {
    return this.objects.write('commit', formatCommit(commit));
  }

  async commit(oid: string): Promise<CommitObject | undefined> {
    const known = this.#commits.get(oid);
    if (known) return known;
    const object = isOid(oid) ? await this.objects.read(oid) : undefined;
    if (object?.type !== 'commit') return undefined;
    const commit = parseCommit(object.data);
    this.#commits.set(oid, commit);
    return commit;
  }

  async tree(oid: string): Promise<TreeEntry[] | undefined> {
    const known = this.#trees.get(oid);
    if (known) return known;
    const object = isOid(oid) ? await this.objects.read(oid) : undefined;
    if (object?.type !== 'tree') return undefined;
    const entries = parseTree(object.data);
    if (this.#trees.size > 5000) this.#trees.clear();
    this.#trees.set(oid, entries);
    return entries;
  }

  async blob(oid: string): Promise<Buffer | undefined> {
    const object = isOid(oid) ? await this.objects.read(oid) : undefined;
    return object?.type === 'blob' ? object.data : undefined;
  }

  /** The entry at `path` in a tree; the tree itself for the empty path. */
  async entry(treeOid: string, path: string): Promise<TreeEntry | undefined> {
    let found: TreeEntry = { mode: '40000', name: '', oid: treeOid };
    for (const name of path.split('/').filter((part) => part !== '')) {
      const entries = entryType(found.mode) === 'tree' ? await this.tree(found.oid) : undefined;
      const next = entries?.find((entry) => entry.name === name);
      if (!next) return undefined;
      found = next;
    }
    return found;
  }

  /** A file's text at a commit. */
  async fileAt(commitOid: string, path: string): Promise<string | undefined> {
    const commit = await this.commit(commitOid);
    const entry = commit && (await this.entry(commit.tree, path));
    if (!entry || entryType(entry.mode) !== 'blob') return undefined;
    return (await this.blob(entry.oid))?.toString();
  }

  /**
   * Writes the tree that `base` becomes by `changes`. Folders left empty disappear, as git has none. A file where a
   * folder is needed gives way.
   */
  async changeTree(base: string | undefined, changes: ReadonlyMap<string, PathChange>): Promise<string> {
    const entries = new Map((base ? ((await this.tree(base)) ?? []) : []).map((entry) => [entry.name, entry]));
    const nested = new Map<string, Map<string, PathChange>>();
    for (const [path, change] of changes) {
      const slash = path.indexOf('/');
      if (slash < 0) {
        if (change) entries.set(path, { mode: change.mode, name: path, oid: change.oid });
        else entries.delete(path);
        continue;
      }
      const folder = path.slice(0, slash);
      let inside = nested.get(folder);
      if (!inside) nested.set(folder, (inside = new Map()));
      inside.set(path.slice(slash + 1), change);
    }
    for (const [folder, inside] of nested) {
      const old = entries.get(folder);
      const oid = await this.changeTree(old && entryType(old.mode) === 'tree' ? old.oid : undefined, inside);
      if ((await this.tree(oid))?.length === 0) entries.delete(folder);
      else entries.set(folder, { mode: '40000', name: folder, oid });
    }
    return this.writeTree([...entries.values()]);
  }

  /** Every file of a tree: path to entry. */
  async files(treeOid: string, prefix = ''): Promise<Map<string, TreeEntry>> {
    const found = new Map<string, TreeEntry>();
    for (const entry of (await this.tree(treeOid)) ?? []) {
      if (entryType(entry.mode) !== 'tree') found.set(prefix + entry.name, entry);
      else for (const [path, file] of await this.files(entry.oid, `${prefix}${entry.name}/`)) found.set(path, file);
    }
    return found;
  }

  /** What differs between two trees, without renames, sorted by path. `undefined` is the empty tree. */
  async difference(before: string | undefined, after: string | undefined, prefix = ''): Promise<TreeDifference[]> {
    if (before === after) return [];
    const old = new Map(before ? ((await this.tree(before)) ?? []).map((entry) => [entry.name, entry]) : []);
    const now = new Map(after ? ((await this.tree(after)) ?? []).map((entry) => [entry.name, entry]) : []);
    const found: TreeDifference[] = [];
    for (const name of new Set([...old.keys(), ...now.keys()])) {
      const a = old.get(name);
      const b = now.get(name);
      if (a?.oid === b?.oid && a?.mode === b?.mode) continue;
      const [treeA, fileA] = a && entryType(a.mode) === 'tree' ? [a.oid, undefined] : [undefined, a?.oid];
      const [treeB, fileB] = b && entryType(b.mode) === 'tree' ? [b.oid, undefined] : [undefined, b?.oid];
      const path = prefix + name;
      if (treeA || treeB) found.push(...(await this.difference(treeA, treeB, `${path}/`)));
      if (fileA || fileB)
        found.push({
          path,
          status: !fileA ? 'added' : !fileB ? 'removed' : 'modified',
          before: fileA,
          after: fileB,
        });
    }
    return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }

  async mergeBase(a: string, b: string): Promise<string | undefined> {
    if (a === b) return a;
    return this.#remember(`merge-base ${a} ${b}`, async () => {
      const result = await this.tryGit('merge-base', a, b);
      return result.code === 0 ? result.stdout.toString().trim() : undefined;
    });
  }

  isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    return this.#remember(
      `is-ancestor ${ancestor} ${descendant}`,
      async () => (await this.tryGit('merge-base', '--is-ancestor', ancestor, descendant)).code === 0,
    );
  }

  /** Ids reachable from `to` and not from `from`, newest first. */
  async commitsBetween(from: string, to: string): Promise<string[]> {
    return this.#remember(`between ${from} ${to}`, async () =>
      lines(await this.git('rev-list', '--topo-order', to, `^${from}`)),
    );
  }

  /** Ids of a history, newest first. */
  async history(
    from: string,
    options: { limit?: number; skip?: number; path?: string; since?: string; until?: string } = {},
  ): Promise<string[]> {
    return lines(
      await this.git(
        'rev-list',
        ...(options.limit === undefined ? [] : [`--max-count=${options.limit}`]),
        ...(options.skip ? [`--skip=${options.skip}`] : []),
        ...(options.since ? [`--since=${options.since}`] : []),
        ...(options.until ? [`--until=${options.until}`] : []),
        from,
        ...(options.path ? ['--', options.path] : []),
      ),
    );
  }

  countHistory(from: string): Promise<number> {
    return this.#remember(`count ${from}`, async () =>
      Number((await this.git('rev-list', '--count', from)).toString().trim()),
    );
  }

  /** The tree of a merge of two commits, or `undefined` when they conflict. */
  mergeTree(ours: string, theirs: string): Promise<string | undefined> {
    return this.#remember(`merge-tree ${ours} ${theirs}`, async () => {
      const result = await this.tryGit('merge-tree', '--write-tree', '--allow-unrelated-histories', ours, theirs);
      return result.code === 0 ? result.stdout.toString().trim() : undefined;
    });
  }

  /** Answers about immutable objects hold for ever: each is asked of git once. */
  #remember<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#remembered.get(key) as Promise<T> | undefined;
    if (known) return known;
    if (this.#remembered.size > 2000) this.#remembered.clear();
    const answer = ask();
    this.#remembered.set(key, answer);
    answer.catch(() => this.#remembered.delete(key));
    return answer;
  }

  /** {@link #remember} for what others compute from this repository's objects alone. */
  remember<T>(key: string, ask: () => Promise<T>): Promise<T> {
    return this.#remember(`other ${key}`, ask);
  }
}

const lines = (output: Buffer): string[] =>
  output
    .toString()
    .split('\n')
    .filter((line) => line !== '');
