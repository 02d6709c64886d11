import { CONFIG_PART } from '../model/config.ts';
import { STATE_BRANCH } from '../model/state.ts';
import { ConfigError, TransientError, UnsupportedError } from '../model/errors.ts';
import { CERTIFICATES, secretFiles } from '../model/secret-files.ts';
import type { GitHub } from '../github/github.ts';
import type { RepositoryName } from '../github/repository.ts';
import { commitOnBranch, type GitHubBranch } from './github-commit.ts';
import { stateCommits } from './github-history.ts';
import {
  FOLDER_QUERY,
  snapshotQuery,
  stateQuery,
  type BlobNode,
  type EntryNode,
  type ObjectNode,
  type SnapshotNode,
  type StateNode,
} from './github-query.ts';
import {
  environmentPath,
  eventsFolder,
  healthPath,
  journalPath,
  openIncidentsFolder,
  README,
  resourcesFolder,
  seriesFolder,
} from './state-paths.ts';
import type { CommitRequest, ReadRequest, Snapshot, StateCommit, StatePart, StateSnapshot, Store } from './store.ts';

export interface GitHubStoreOptions {
  github: GitHub;
  repository: RepositoryName;
  /** The state branch; default `flotilla`. */
  branch?: string;
  clock: () => Date;
  /** Milliseconds. */
  delay: (milliseconds: number) => Promise<void>;
}

/** The store in a repository on GitHub, through its API: a read is one request, and so is a write. */
export function gitHubStore(options: GitHubStoreOptions): Store {
  return new GitHubStore(options);
}

const CALL = { kind: 'state', permission: 'contents: read' };
/** Reads of a state that is older than what we know, or mixed from two commits, before it is taken as it is. */
const STALE_READS = 5;
const STALE_WAIT = 250;
/** Bytes of one file of a config, or of sealed secrets; a config takes less. */
const LARGEST = 8 * 1024 * 1024;

class GitHubStore implements Store {
  readonly #on: GitHubBranch;
  readonly #clock: () => Date;
  /** Heads that the branch has left behind, as far as we know: reading one of them is reading the past. */
  readonly #past = new Set<string | null>();
  #head: string | null = null;

  constructor({ github, repository, branch = STATE_BRANCH, clock, delay }: GitHubStoreOptions) {
    this.#on = { github, repository, branch, delay };
    this.#clock = clock;
  }

  async read({ commit, environment, what = 'all' }: ReadRequest): Promise<Snapshot> {
    const at = commit ?? 'HEAD';
    // A pull request's copy has three, the others two: the last is then asked for twice.
    const secrets = secretFiles(environment);
    const three = [0, 1, 2].map((index) => secrets[index] ?? secrets.at(-1));
    const [sealed0, sealed1, sealed2] = three.map((path) => `${at}:${path}`);
    const onDefaultBranch = three.map((path, index) => [`default${index}`, `HEAD:${path}`]);
    const variables = {
      commit: `${at}`,
      file: `${at}:flotilla.yml`,
      folder: `${at}:.flotilla`,
      ...({ sealed0, sealed1, sealed2 } as Record<string, string>),
      ...(what === 'history' ? { certificates: `${at}:${CERTIFICATES}` } : Object.fromEntries(onDefaultBranch)),
    };
    const { node, state } = await this.#fresh(environment, what, () =>
      this.#query<SnapshotNode>(snapshotQuery(what), { ...this.#paths(environment, what), ...variables }),
    );
    const found = node.config?.oid;
    if (commit !== null && !found)
      throw new UnsupportedError(`${this.#name} has no commit ${commit}`, { mend: 'push it, or name another commit' });
    const files = configFiles(node.file, node.folder);
    const filesOnDefault = configFiles(node.fileOnDefault, node.folderOnDefault);
    const config = await this.#contents(files);
    const onDefault = isSame(files, filesOnDefault) ? config : await this.#contents(filesOnDefault);
    const sealed = await this.#sealed(secrets, [node.sealed0, node.sealed1, node.sealed2]);
    const { sealedOnDefault0, sealedOnDefault1, sealedOnDefault2 } = node;
    const sealedOnDefault =
      what === 'history'
        ? undefined
        : await this.#sealed(secrets, [sealedOnDefault0, sealedOnDefault1, sealedOnDefault2]);
    const issues = node.issues?.nodes.map(({ labels, ...issue }) => ({
      ...issue,
      labels: labels?.nodes.map(({ name }) => name) ?? [],
    }));
    const defaultBranch = node.defaultBranchRef?.name ?? null;
    const certificates =
      node.certificates?.byteSize === undefined ? '' : String(await this.#content(CERTIFICATES, node.certificates));
    const committed = node.config?.committedDate;
    const author = node.config?.author?.user?.login;
    const others = new Map(node.folderOnDefault?.entries?.map(({ name, object }) => [`.flotilla/${name}`, object]));
    return {
      config,
      onDefault,
      beside: (path, most) => this.#beside(others.get(path), most),
      ...(author ? { author } : {}),
      sealed,
      ...(sealedOnDefault ? { sealedOnDefault } : {}),
      commit: found ?? null,
      ...(committed ? { committed: new Date(committed).toISOString() } : {}),
      defaultBranch,
      state,
      ...(issues ? { issues } : {}),
      ...(what === 'history' ? { certificates } : {}),
    };
  }

  async readState(environment: string, what: StatePart): Promise<StateSnapshot> {
    const { state } = await this.#fresh(environment, what, () =>
      this.#query<StateNode>(stateQuery(what), this.#paths(environment, what)),
    );
    return state;
  }

  async tree(commit: string | null): Promise<ReadonlyMap<string, string>> {
    const ids = new Map<string, string>();
    const root = await this.#tree(commit ?? 'HEAD', true);
    ids.set('', root.sha);
    if (!root.truncated) for (const { path, sha } of root.tree) ids.set(path, sha);
    // Too many for one answer: folder by folder.
    else await this.#walk(root.sha, '', ids);
    return ids;
  }

  async readFolder(folder: string): Promise<ReadonlyMap<string, string>> {
    const variables = { expression: `${this.#ref}:${folder}` };
    const { object } = await this.#query<{ object: ObjectNode }>(FOLDER_QUERY, variables);
    const blobs = new Map<string, BlobNode>();
    const deeper = new Map<string, string>();
    const collect = (path: string, entries: readonly EntryNode[] = []): void => {
      for (const { name, type, oid, object: found } of entries)
        if (found?.entries) collect(`${path}/${name}`, found.entries);
        else if (type === 'blob') blobs.set(`${path}/${name}`, { oid, ...found });
        else if (type === 'tree') deeper.set(`${path}/${name}`, oid);
    };
    collect(folder, object?.entries);
    for (const [path, oid] of deeper) {
      const ids = new Map<string, string>();
      await this.#walk(oid, path, ids, true);
      for (const [file, id] of ids) blobs.set(file, { oid: id });
    }
    return this.#texts(blobs);
  }

  async commit(request: CommitRequest): Promise<{ head: string } | 'conflict'> {
    const result = await commitOnBranch(this.#on, request);
    // Won or lost, the branch is not where it was expected any more.
    this.#past.add(request.expectedHead);
    if (result !== 'conflict') this.#seen(result.head);
    return result;
  }

  commits(): Promise<StateCommit[]> {
    return stateCommits(this.#on);
  }

  blobs(ids: readonly string[]): Promise<Uint8Array[]> {
    return Promise.all(ids.map((id) => this.#blob(id)));
  }

  /** GitHub may answer from a copy that lags behind, or change between the parts of an answer; then it is asked again. */
  async #fresh<T extends StateNode>(
    environment: string,
    what: StatePart,
    ask: () => Promise<T>,
  ): Promise<{ node: T; state: StateSnapshot }> {
    for (let tries = 0; ; tries++) {
      const node = await ask();
      const head = node.ref?.target.oid ?? null;
      const whole = this.#isWhole(node, environment);
      const stale = this.#past.has(head);
      if (whole && (!stale || tries === STALE_READS)) {
        if (!stale) this.#seen(head);
        return { node, state: await this.#state(node, environment, what) };
      }
      if (tries === STALE_READS)
        throw new TransientError(`the state branch of ${this.#name} moved during each of ${tries + 1} reads`, {
          mend: 'run it again when fewer runs write to it at once',
        });
      await this.#on.delay(STALE_WAIT * 2 ** tries);
    }
  }

  /** Whether all parts of an answer are from the commit that is said to be the head. */
  #isWhole({ ref, environment: folder, readme, journal, series }: StateNode, environment: string): boolean {
    const entries = ref?.target.tree?.entries ?? [];
    const idOf = (name: string, list: readonly EntryNode[] = entries) => list.find((entry) => entry.name === name)?.oid;
    const events = folder?.entries?.find(({ name }) => name === 'events')?.object?.entries ?? [];
    const month = this.#journal(environment).split('/').at(-1) as string;
    const isSame = (part: { oid: string } | null | undefined, oid: string | undefined) => part?.oid === oid;
    return (
      isSame(folder, idOf(environment)) &&
      isSame(readme, idOf(README)) &&
      isSame(journal, idOf(month, events)) &&
      (series === undefined || isSame(series, idOf('series', folder?.entries ?? [])))
    );
  }

  async #state(
    { ref, environment: folder, readme, journal, series }: StateNode,
    environment: string,
    what: StatePart,
  ): Promise<StateSnapshot> {
    if (!ref) return { head: null, files: new Map(), journals: [], environments: [] };
    const blobs = new Map<string, BlobNode>();
    if (readme) blobs.set(README, readme);
    if (journal) blobs.set(this.#journal(environment), journal);
    const entries = folder?.entries ?? [];
    for (const { name, object } of entries) {
      const path = `${environment}/${name}`;
      if (
        object?.byteSize !== undefined &&
        (what !== 'shared' || path === environmentPath(environment) || path === healthPath(environment))
      )
        blobs.set(path, object);
    }
    const inside = (name: string): EntryNode[] => entries.find((entry) => entry.name === name)?.object?.entries ?? [];
    for (const kind of inside('resources'))
      for (const { name, object } of kind.object?.entries ?? [])
        if (object) blobs.set(`${resourcesFolder(environment)}/${kind.name}/${name}`, object);
    const open = inside('incidents').find(({ name }) => name === 'open')?.object?.entries ?? [];
    for (const { name, object } of open) if (object) blobs.set(`${openIncidentsFolder(environment)}/${name}`, object);
    for (const { name, object } of series?.entries ?? [])
      if (object?.byteSize !== undefined) blobs.set(`${seriesFolder(environment)}/${name}`, object);
    return {
      head: ref.target.oid,
      files: await this.#texts(blobs),
      journals: inside('events').map(({ name }) => `${eventsFolder(environment)}/${name}`),
      environments: (ref.target.tree?.entries ?? []).filter(({ type }) => type === 'tree').map(({ name }) => name),
    };
  }

  async #texts(blobs: ReadonlyMap<string, BlobNode>): Promise<Map<string, string>> {
    const files = new Map<string, string>();
    for (const [path, blob] of blobs) files.set(path, textOf(blob) ?? (await this.#blob(blob.oid)).toString());
    return files;
  }

  async #contents(blobs: ReadonlyMap<string, BlobNode>): Promise<Map<string, Uint8Array | string>> {
    const contents = new Map<string, Uint8Array | string>();
    for (const [path, blob] of blobs) contents.set(path, await this.#content(path, blob));
    return contents;
  }

  async #sealed(paths: readonly string[], blobs: readonly (ObjectNode | undefined)[]): Promise<Map<string, string>> {
    const sealed = new Map<string, string>();
    for (const [index, path] of paths.entries()) {
      const blob = blobs[index];
      if (blob?.byteSize !== undefined) sealed.set(path, String(await this.#content(path, blob)));
    }
    return sealed;
  }

  async #content(path: string, blob: BlobNode): Promise<Uint8Array | string> {
    const { byteSize = 0 } = blob;
    // Whoever proposes a change decides how large its files are, and we hold them in memory.
    if (byteSize > LARGEST) {
      const message = `the file has ${byteSize} bytes; at most ${LARGEST} are read`;
      throw new ConfigError([{ position: { file: path, line: 1, column: 1 }, path: '', message }]);
    }
    return textOf(blob) ?? this.#blob(blob.oid);
  }

  async #beside(blob: ObjectNode | undefined, most: number): Promise<Uint8Array | undefined> {
    if (blob?.byteSize === undefined) return undefined;
    if (blob.byteSize > most) throw new UnsupportedError(`it has ${blob.byteSize} bytes; at most ${most} are read`);
    return this.#blob(blob.oid);
  }

  async #blob(oid: string): Promise<Buffer> {
    const route = 'GET /repos/{owner}/{repo}/git/blobs/{file_sha}';
    const { data } = await this.#on.github.request<{ content: string }>(
      route,
      { ...this.#on.repository, file_sha: oid },
      CALL,
    );
    return Buffer.from(data.content, 'base64');
  }

  async #walk(tree: string, path: string, ids: Map<string, string>, filesOnly = false): Promise<void> {
    const { tree: entries } = await this.#tree(tree, false);
    await Promise.all(
      entries.map(async (entry) => {
        const child = path ? `${path}/${entry.path}` : entry.path;
        if (!filesOnly || entry.type === 'blob') ids.set(child, entry.sha);
        if (entry.type === 'tree') await this.#walk(entry.sha, child, ids, filesOnly);
      }),
    );
  }

  async #tree(tree: string, recursive: boolean): Promise<TreeAnswer> {
    const route = 'GET /repos/{owner}/{repo}/git/trees/{tree_sha}';
    const params = { ...this.#on.repository, tree_sha: tree, ...(recursive ? { recursive: '1' } : {}) };
    return (await this.#on.github.request<TreeAnswer>(route, params, { ...CALL, kind: 'tree' })).data;
  }

  async #query<T>(document: string, variables: Record<string, string>): Promise<T> {
    const answer = await this.#on.github.graphql<{ repository: T }>(
      document,
      { ...this.#on.repository, ...variables },
      CALL,
    );
    return answer.repository;
  }

  #paths(environment: string, what: StatePart) {
    const at = (path: string): string => `${this.#ref}:${path}`;
    return {
      branch: this.#ref,
      environment: at(environment),
      readme: at(README),
      journal: at(this.#journal(environment)),
      ...(what === 'history' ? { series: at(seriesFolder(environment)) } : {}),
    };
  }

  #journal(environment: string): string {
    return journalPath(environment, this.#clock());
  }

  #seen(head: string | null): void {
    if (this.#head !== head) this.#past.add(this.#head);
    this.#past.delete(head);
    this.#head = head;
  }

  get #ref(): string {
    return `refs/heads/${this.#on.branch}`;
  }

  get #name(): string {
    return `${this.#on.repository.owner}/${this.#on.repository.repo}`;
  }
}

interface TreeAnswer {
  sha: string;
  truncated: boolean;
  tree: { path: string; type: string; sha: string }[];
}

/** The whole text, or undefined when GitHub left some of it out or could not read it as UTF-8. */
function textOf({ text, isTruncated, byteSize }: BlobNode): string | undefined {
  if (text === null || text === undefined || isTruncated) return undefined;
  return Buffer.byteLength(text) === byteSize ? text : undefined;
}

/** The files of a config: the one at the root, and those in its folder. */
function configFiles(file: ObjectNode, folder: ObjectNode): Map<string, BlobNode> {
  const files = new Map<string, BlobNode>();
  if (file?.byteSize !== undefined) files.set('flotilla.yml', file);
  for (const { name, object } of folder?.entries ?? [])
    if (CONFIG_PART.test(name) && object?.byteSize !== undefined) files.set(`.flotilla/${name}`, object);
  return files;
}

/** Whether two sets of files are the same ones, by their ids. */
const isSame = (a: ReadonlyMap<string, BlobNode>, b: ReadonlyMap<string, BlobNode>): boolean =>
  a.size === b.size && [...a].every(([path, { oid }]) => b.get(path)?.oid === oid);
