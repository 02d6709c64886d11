import { KeptFile, keptIn } from './kept-file.ts';
import type { StateSnapshot } from './store.ts';

/** What the state branch says of one environment, with the git ids that it was read from. */
export interface CachedState extends StateSnapshot {
  head: string;
  /** Of the environment's folder; null while there is none. */
  tree: string | null;
}

/**
 * Copies, inside `.git`, of what was read from git's objects: one file instead of a process and thousands of objects. Each is
 * named by the git id of what it copies, so it is right or it is not used. Losing one costs nothing but time.
 */
export class GitCache {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** The state as it was read last, for the caller to compare its ids. */
  async readState(environment: string): Promise<CachedState | undefined> {
    const bytes = await this.#state(environment).read();
    const text = bytes?.toString() ?? '';
    const end = text.indexOf('\n');
    const index = parse(text.slice(0, end)) as Index | undefined;
    if (!Array.isArray(index?.files)) return undefined;
    const files = new Map<string, string>();
    let at = end + 1;
    for (const [path, length] of index.files) {
      files.set(path, text.slice(at, at + length));
      at += length;
    }
    return at === text.length ? { ...index, files } : undefined;
  }

  writeState(environment: string, { files, ...state }: CachedState): Promise<void> {
    const index: Index = { ...state, files: [...files].map(([path, text]) => [path, text.length]) };
    return this.#state(environment).write(`${JSON.stringify(index)}\n${[...files.values()].join('')}`);
  }

  /** Git ids by path of a whole commit. */
  async readTree(commit: string): Promise<Map<string, string> | undefined> {
    const kept = parse((await this.#tree().read())?.toString() ?? '') as { commit: string; ids: [string, string][] };
    return kept?.commit === commit ? new Map(kept.ids) : undefined;
  }

  async writeTree(commit: string, ids: ReadonlyMap<string, string>): Promise<void> {
    if (ids.size <= MOST_PATHS) await this.#tree().write(JSON.stringify({ commit, ids: [...ids] }));
  }

  #state(environment: string): KeptFile {
    return new KeptFile(keptIn(this.#root, `${encodeURIComponent(environment)}.state`));
  }

  #tree(): KeptFile {
    return new KeptFile(keptIn(this.#root, 'tree'));
  }
}

/** Reading more paths than these takes longer than git does. */
const MOST_PATHS = 20_000;

interface Index extends Omit<CachedState, 'files'> {
  /** Path and length, in the order of the texts that follow. */
  files: (readonly [string, number])[];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
