import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** A line longer than this is cut in pieces; characters. */
const LONGEST_LINE = 16_384;

export interface LogOptions {
  /** Size at which a file is put aside; bytes. */
  bytes: number;
  /** Files kept, the current one included: `output.log`, `output.log.1` … */
  files: number;
}

/** Lines in a file that rotates by size. Writes at once, so that a killed runner loses nothing that was printed. */
export class RotatingLog {
  #file: string;
  #options: LogOptions;
  #descriptor: number;
  #size: number;

  constructor(file: string, options: LogOptions = { bytes: 1_000_000, files: 5 }) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    this.#file = file;
    this.#options = options;
    this.#descriptor = openSync(file, 'a', 0o600);
    this.#size = fstatSync(this.#descriptor).size;
  }

  /** `from`: the number of the process that printed it, or `flotilla`. */
  write(from: string, text: string): void {
    try {
      const line = `${new Date().toISOString()} ${from} | ${text}\n`;
      if (this.#size > 0 && this.#size + line.length > this.#options.bytes) this.#rotate();
      this.#size += writeSync(this.#descriptor, line);
    } catch {
      // A full disk must not stop the service.
    }
  }

  #rotate(): void {
    closeSync(this.#descriptor);
    const nth = (index: number): string => (index === 0 ? this.#file : `${this.#file}.${index}`);
    rmSync(nth(this.#options.files - 1), { force: true });
    for (let index = this.#options.files - 2; index >= 0; index--) {
      try {
        renameSync(nth(index), nth(index + 1));
      } catch {
        // There are not that many yet.
      }
    }
    this.#descriptor = openSync(this.#file, 'a', 0o600);
    this.#size = 0;
  }
}

/** Turns chunks of a stream into whole lines; `end` gives what is left. `whole`: what is left whole where a long line is cut. */
export function lineSplitter(
  onLine: (line: string) => void,
  whole: readonly string[] = [],
): { write(chunk: string): void; end(): void } {
  const margin = Math.max(0, ...whole.map((text) => text.length));
  let rest = '';
  return {
    write(chunk) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() as string;
      for (const line of lines) onLine(line.replace(/\r$/, ''));
      while (rest.length > LONGEST_LINE + margin) {
        const cut = cutOf(rest, whole);
        onLine(rest.slice(0, cut));
        rest = rest.slice(cut);
      }
    },
    end() {
      if (rest) onLine(rest);
      rest = '';
    },
  };
}

/** Where a long line is cut: before what is to stay whole, as a secret of which nobody would find either half. */
function cutOf(line: string, whole: readonly string[]): number {
  let cut = LONGEST_LINE;
  for (let before = Infinity; cut < before;) {
    before = cut;
    for (const text of whole) {
      const at = line.indexOf(text, Math.max(1, cut - text.length + 1));
      if (text !== '' && at > 0 && at < cut) cut = at;
    }
  }
  return cut;
}
