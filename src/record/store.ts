import type { OpenIssue } from '../model/incident.ts';

/**
 * Where config and state are read and state is written: a GitHub repository by its API, or a local one by git plumbing.
 * A store knows files and one compare-and-swap; what the files mean is the business of the rest of `record/`.
 */
export interface Store {
  /** Config and sealed secrets at a commit, the recorded files of one environment, and the state branch's head, read together. */
  read(request: ReadRequest): Promise<Snapshot>;
  /** Git ids of every folder and file of a commit (`null`: the work tree), by path; what sources are hashed from. */
  tree(commit: string | null): Promise<ReadonlyMap<string, string>>;
  /** The state again, after a lost race. */
  readState(environment: string, what: StatePart): Promise<StateSnapshot>;
  /** Files below a folder of the state branch, for history. */
  readFolder(folder: string): Promise<ReadonlyMap<string, string>>;
  /** One commit on the state branch if its head is still `expectedHead` (`null`: the branch does not exist); `conflict` when it is not. */
  commit(request: CommitRequest): Promise<{ head: string } | 'conflict'>;
  /** Every commit of the state branch, children before their parents. */
  commits(): Promise<StateCommit[]>;
  /** Contents of files, by their git ids and in that order. */
  blobs(ids: readonly string[]): Promise<Uint8Array[]>;
}

/** A commit of the state branch, as far as its history is verified. */
export interface StateCommit {
  id: string;
  parents: readonly string[];
  /** Folders of the branch. */
  environments: readonly string[];
  /** Journal files of all environments by path. */
  journals: ReadonlyMap<string, BlobRef>;
  /** What GitHub says of the commit's signature; absent in a local repository. */
  signature?: {
    verified: boolean;
    /** As GitHub names it: `valid`, `unsigned`, … */
    reason: string;
    /** Account that the change is by. */
    author: string | null;
    /** Address `noreply@github.com`, else the account that committed. */
    committer: string | null;
  };
}

export interface BlobRef {
  /** As git names the content. */
  id: string;
  /** Bytes. */
  size: number;
}

export interface ReadRequest {
  commit: string | null;
  environment: string;
  /** Default `all`. */
  what?: 'all' | 'history';
}

/**
 * `shared`: only the files that others write too (environment.json, health.json, README.md, the current journal); `all`: what a
 * plan needs; `history`: with the series of health too. Closed incidents and older journals only come by `readFolder`.
 */
export type StatePart = 'shared' | 'all' | 'history';

export interface StateSnapshot {
  /** Head of the state branch; null while there is none. */
  head: string | null;
  /** Paths on the state branch (`production/environment.json`, `README.md`) to text. */
  files: ReadonlyMap<string, string>;
  /** Paths of the environment's journal files, oldest first; only the newest month's is among `files`. */
  journals: readonly string[];
  /** All environments that the branch knows. */
  environments: string[];
}

export interface Snapshot {
  /** `flotilla.yml` or `.flotilla/*.yml`: path to content. Bytes, because not everything that calls itself UTF-8 is. */
  config: ReadonlyMap<string, Uint8Array | string>;
  /** Files of sealed secrets that the environment may have (`model/secret-files.ts`), those that are there, the weakest first. */
  sealed: ReadonlyMap<string, string>;
  /** The same files on the default branch, where there is one; with `all`. */
  sealedOnDefault?: ReadonlyMap<string, string>;
  /** Text of the register of certificates, empty where there is none; with `history`. */
  certificates?: string;
  /**
   * The same files at the head of the default branch, which policy is read from; the very same map where they do not differ.
   * Absent where there is no default branch: `config` is then what counts.
   */
  onDefault?: ReadonlyMap<string, Uint8Array | string>;
  /**
   * Another file in the folder of the config (`.flotilla/policy.tar.gz`), of the commit that policy is read from; undefined where
   * it is not there. @throws UnsupportedError for one of more than `most` bytes, where that is known without reading it
   */
  beside(path: string, most: number): Promise<Uint8Array | undefined>;
  /** Login of who made the commit, as GitHub knows the author's address. */
  author?: string;
  /** Full commit id that `config` came from; null for an uncommitted work tree. */
  commit: string | null;
  /** When that commit was made, ISO 8601 UTC; where it is known without asking once more. */
  committed?: string;
  defaultBranch: string | null;
  state: StateSnapshot;
  /** Open issues with our label, with `history` and where there are issues. */
  issues?: OpenIssue[];
}

export interface CommitRequest {
  expectedHead: string | null;
  /** The message; the store adds what keeps builds from starting. */
  headline: string;
  body: string;
  additions: ReadonlyMap<string, string>;
  deletions: readonly string[];
}
