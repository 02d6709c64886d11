/** Time as the runner sees it; tests hand in one that they wind themselves. */
export interface RunnerClock {
  now(): Date;
  /** Calls `action` once after `milliseconds`; the answer calls it off. */
  after(milliseconds: number, action: () => void): () => void;
}

/** The machine's clock. */
export const systemClock: RunnerClock = {
  now: () => new Date(),
  after(milliseconds, action) {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};
