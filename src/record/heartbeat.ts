/** Calls `work` once after that many milliseconds unless cancelled. */
export type Schedule = (milliseconds: number, work: () => void) => () => void;

/** Renews a lease when half of it has passed without a write of its holder, as in a long wave. */
export class Heartbeat {
  readonly #seconds: number;
  readonly #renew: () => Promise<void>;
  readonly #schedule: Schedule;
  #cancel = (): void => {};
  #over = false;

  constructor(leaseSeconds: number, renew: () => Promise<void>, schedule: Schedule = unreferencedTimer) {
    this.#seconds = leaseSeconds;
    this.#renew = renew;
    this.#schedule = schedule;
  }

  /** The lease was renewed just now. */
  renewed(): void {
    this.#beatIn(this.#seconds / 2);
  }

  /** Finished, or the lease is lost: nothing to renew. */
  end(): void {
    this.#over = true;
    this.#cancel();
  }

  #beatIn(seconds: number): void {
    this.#cancel();
    if (this.#over) return;
    this.#cancel = this.#schedule(seconds * 1000, () => {
      // What stands in the way (a cut connection, a lost lease) is met, and told, by the next write of the run itself.
      this.#renew().catch(() => this.#beatIn(this.#seconds / 8));
    });
  }
}

function unreferencedTimer(milliseconds: number, work: () => void): () => void {
  const timer = setTimeout(work, milliseconds).unref();
  return () => clearTimeout(timer);
}
