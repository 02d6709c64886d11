export interface FairQueueOptions<T> {
  /** Does one piece of work; what it throws is given to `failed` and ends nothing else. */
  work: (item: T, signal: AbortSignal) => Promise<void>;
  failed: (item: T, error: unknown) => void;
  /** Items take turns lane by lane, so that a busy lane delays only itself. */
  lane: (item: T) => number;
  /** A waiting item is replaced by a newer one with the same key; undefined: nothing replaces it. */
  key: (item: T) => string | undefined;
  /** Pieces of work under way at once, in all and in one lane. */
  concurrency: number;
  perLane: number;
  /** Items waiting at most, in all and in one lane. */
  capacity: number;
  laneCapacity: number;
}

interface Lane<T> {
  /** By key; insertion order is the order of work. */
  waiting: Map<string, T>;
  running: number;
}

/** A bounded queue in memory, fair between its lanes. */
export class FairQueue<T> {
  readonly #options: FairQueueOptions<T>;
  /** The first lane is the one whose turn it is. */
  readonly #lanes = new Map<number, Lane<T>>();
  readonly #abort = new AbortController();
  #idle: (() => void)[] = [];
  #waiting = 0;
  #running = 0;
  #unkeyed = 0;
  #stopped = false;

  constructor(options: FairQueueOptions<T>) {
    this.#options = options;
  }

  /** Takes an item in. `full`: it was not taken, and whoever sent it should send it again later. */
  add(item: T): 'queued' | 'superseded' | 'full' {
    if (this.#stopped) return 'full';
    const { lane: laneOf, key: keyOf, capacity, laneCapacity } = this.#options;
    const number = laneOf(item);
    const lane = this.#lanes.get(number) ?? { waiting: new Map<string, T>(), running: 0 };
    const key = keyOf(item) ?? `\0${this.#unkeyed++}`;
    if (lane.waiting.has(key)) {
      lane.waiting.set(key, item);
      return 'superseded';
    }
    if (this.#waiting >= capacity || lane.waiting.size >= laneCapacity) return 'full';
    lane.waiting.set(key, item);
    this.#lanes.set(number, lane);
    this.#waiting += 1;
    this.#startNext();
    return 'queued';
  }

  /** Items waiting and under way. */
  get load(): { waiting: number; running: number } {
    return { waiting: this.#waiting, running: this.#running };
  }

  /** Whether everything that was taken in is done. */
  async idle(): Promise<void> {
    if (this.#waiting + this.#running > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /**
   * Takes nothing more in and does what there is until `patience` ends; then what waits is dropped and what runs is
   * aborted. Gives the number of items that were given up.
   */
  async stop(patience: Promise<unknown>): Promise<number> {
    this.#stopped = true;
    const done = this.idle().then(() => 'done' as const);
    if ((await Promise.race([done, patience])) === 'done') return 0;
    const given = this.#waiting + this.#running;
    this.#waiting = 0;
    for (const lane of this.#lanes.values()) lane.waiting.clear();
    this.#abort.abort(new Error('the App is shutting down'));
    return given;
  }

  #startNext(): void {
    while (this.#running < this.#options.concurrency) {
      const turn = this.#nextLane();
      if (!turn) return;
      const [number, lane] = turn;
      const [key, item] = lane.waiting.entries().next().value as [string, T];
      lane.waiting.delete(key);
      lane.running += 1;
      this.#waiting -= 1;
      this.#running += 1;
      // Its turn is over: the lane goes to the end of the row.
      this.#lanes.delete(number);
      this.#lanes.set(number, lane);
      void this.#do(item, number, lane);
    }
  }

  #nextLane(): [number, Lane<T>] | undefined {
    for (const entry of this.#lanes)
      if (entry[1].waiting.size > 0 && entry[1].running < this.#options.perLane) return entry;
    return undefined;
  }

  async #do(item: T, number: number, lane: Lane<T>): Promise<void> {
    const { work, failed } = this.#options;
    try {
      // The answer to the webhook goes out first.
      await new Promise<void>((resolve) => setImmediate(resolve));
      await work(item, this.#abort.signal);
    } catch (error) {
      failed(item, error);
    } finally {
      lane.running -= 1;
      this.#running -= 1;
      if (lane.running === 0 && lane.waiting.size === 0) this.#lanes.delete(number);
      this.#startNext();
      if (this.#waiting + this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }
}
