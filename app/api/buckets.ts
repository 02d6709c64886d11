/** Callers remembered at once; who was not seen for longest is forgotten first. */
const CAPACITY = 10_000;

/** So many requests a minute for each caller, evenly refilled. */
export class Buckets {
  readonly #perMinute: number;
  readonly #now: () => number;
  readonly #left = new Map<string, { tokens: number; at: number }>();

  constructor(perMinute: number, now: () => number) {
    this.#perMinute = perMinute;
    this.#now = now;
  }

  /** Seconds that the caller has to wait; 0: it may go ahead, and did. */
  take(caller: string): number {
    const now = this.#now();
    const perMillisecond = this.#perMinute / 60_000;
    const known = this.#left.get(caller) ?? { tokens: this.#perMinute, at: now };
    const tokens = Math.min(this.#perMinute, known.tokens + (now - known.at) * perMillisecond);
    this.#left.delete(caller);
    this.#left.set(caller, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    const oldest = this.#left.keys().next().value;
    if (this.#left.size > CAPACITY && oldest !== undefined) this.#left.delete(oldest);
    return tokens >= 1 ? 0 : Math.max(1, Math.ceil((1 - tokens) / perMillisecond / 1000));
  }
}
