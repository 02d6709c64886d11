import { UnsupportedError } from '../model/errors.ts';

/** Sections of a WebAssembly module, by their ids in its binary form. */
const [IMPORTS, MEMORIES] = [2, 5];
/** Kinds of imports. */
const [FUNCTION, TABLE, MEMORY, GLOBAL, EVENT] = [0, 1, 2, 3, 4];

/**
 * Pages of 64 KiB that a module wants of the one memory that it is given, at least. @throws UnsupportedError for one that makes
 * memory of its own, which nothing would limit, and for what is no module
 */
export function memoryOf(module: Uint8Array): number {
  const reader = new Reader(module);
  if (reader.text(4) !== '\0asm') throw new UnsupportedError('/policy.wasm in it is not WebAssembly');
  reader.skip(4);
  let pages: number | undefined;
  while (!reader.isAtEnd()) {
    const [id, size] = [reader.byte(), reader.number()];
    if (id === MEMORIES) throw new UnsupportedError('/policy.wasm in it makes memory of its own');
    const end = reader.at + size;
    if (id === IMPORTS) pages = importedPages(reader);
    reader.at = end;
  }
  if (pages === undefined) throw new UnsupportedError('/policy.wasm in it takes no memory, as what opa compiles does');
  return pages;
}

function importedPages(reader: Reader): number | undefined {
  let pages: number | undefined;
  for (let left = reader.number(); left > 0; left--) {
    for (const _ of ['module', 'name']) reader.skip(reader.number());
    const kind = reader.byte();
    if (kind === FUNCTION) reader.number();
    else if (kind === TABLE) reader.skip(1).limits();
    else if (kind === MEMORY) pages = reader.limits();
    else if (kind === GLOBAL) reader.skip(2);
    else if (kind === EVENT) reader.skip(1).number();
    else throw new UnsupportedError('/policy.wasm in it is not WebAssembly');
  }
  return pages;
}

class Reader {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  isAtEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  skip(count: number): this {
    this.at += count;
    return this;
  }

  byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new UnsupportedError('/policy.wasm in it is cut off');
    return byte;
  }

  text(length: number): string {
    return String.fromCharCode(...Array.from({ length }, () => this.byte()));
  }

  /** An unsigned number of at most 32 bits, in as many bytes as it takes. */
  number(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw new UnsupportedError('/policy.wasm in it is not WebAssembly');
  }

  /** The lower one. */
  limits(): number {
    const hasMost = this.byte() % 2 === 1;
    const least = this.number();
    if (hasMost) this.number();
    return least;
  }
}
