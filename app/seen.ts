/** Remembers the newest `capacity` words that it was shown, and forgets the oldest. */
export class Seen {
  readonly #words = new Set<string>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  has(word: string): boolean {
    return this.#words.has(word);
  }

  add(word: string): void {
    this.#words.delete(word);
    this.#words.add(word);
    if (this.#words.size <= this.#capacity) return;
    const [oldest] = this.#words;
    this.#words.delete(oldest as string);
  }

  forget(word: string): void {
    this.#words.delete(word);
  }

  get size(): number {
    return this.#words.size;
  }
}
