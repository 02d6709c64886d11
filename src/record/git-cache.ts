import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The files of one environment as the state branch has them. */
export interface CachedFiles {
  files: ReadonlyMap<string, string>;
  journals: readonly string[];
}

/** From this many files on, keeping them together is worth a file. */
const WORTH = 256;

/**
 * A copy, inside `.git`, of the recorded files of a large environment, in one file instead of thousands of objects. It is
 * named by the git id of what it copies, so it is right or it is not used. Losing it costs nothing but time.
 */
export class GitCache {
  readonly #folder: string;

  constructor(root: string) {
    this.#folder = join(root, '.git', 'flotilla');
  }

  async read(environment: string, tree: string): Promise<CachedFiles | undefined> {
    const text = await readFile(this.#path(environment), 'utf8').catch(() => undefined);
    const end = text?.indexOf('\n') ?? -1;
    if (text === undefined || end === -1) return undefined;
    const index = parseIndex(text.slice(0, end));
    if (index?.tree !== tree) return undefined;
    const files = new Map<string, string>();
    let at = end + 1;
    for (const [path, length] of index.files) {
      files.set(path, text.slice(at, at + length));
      at += length;
    }
    return at === text.length ? { files, journals: index.journals } : undefined;
  }

  /** Never fails: a read-only disk is no reason not to plan. */
  async write(environment: string, tree: string, { files, journals }: CachedFiles): Promise<void> {
    if (files.size < WORTH) return;
    const index: Index = { tree, journals, files: [...files].map(([path, text]) => [path, text.length]) };
    const path = this.#path(environment);
    const unfinished = `${path}.${process.pid}`;
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(unfinished, `${JSON.stringify(index)}\n${[...files.values()].join('')}`);
      await rename(unfinished, path);
    } catch {
      // As said: it costs nothing but time.
    }
  }

  #path(environment: string): string {
    return join(this.#folder, `${encodeURIComponent(environment)}.state`);
  }
}

interface Index {
  tree: string;
  journals: readonly string[];
  /** Path and length, in the order of the texts that follow. */
  files: (readonly [string, number])[];
}

function parseIndex(text: string): Index | undefined {
  try {
    return JSON.parse(text) as Index;
  } catch {
    return undefined;
  }
}
