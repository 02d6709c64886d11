import { setTimeout as wait } from 'node:timers/promises';

/** Time and chance, handed in so that tests need not wait. */
export interface Timers {
  /** Milliseconds since any fixed moment. */
  now(): number;
  /** Resolves after that many milliseconds, or at once when aborted. */
  delay(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** 0 to 1. */
  random(): number;
}

export const realTimers: Timers = {
  now: () => performance.now(),
  async delay(milliseconds, signal) {
    await wait(milliseconds, undefined, signal ? { signal } : {}).catch(() => undefined);
  },
  random: Math.random,
};
