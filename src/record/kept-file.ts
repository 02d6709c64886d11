import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Where a repository keeps what only saves time. Never part of a commit. */
export const keptIn = (root: string, name: string): string => join(root, '.git', 'flotilla', name);

/** A file that may be lost at any time and is never half written. */
export class KeptFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** What was written last; undefined when there is nothing. */
  read(): Promise<Buffer | undefined> {
    return readFile(this.#path).catch(() => undefined);
  }

  /** Never fails: a read-only disk is no reason not to plan. */
  async write(content: string | Uint8Array): Promise<void> {
    const unfinished = `${this.#path}.${process.pid}`;
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      await writeFile(unfinished, content);
      await rename(unfinished, this.#path);
    } catch {
      // As said: it costs nothing but time.
    }
  }
}
