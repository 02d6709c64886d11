import { ERROR_TABLE, tagOf, type TransientError } from '../model/errors.ts';
import { isOpenCircuit } from './circuit-breaker.ts';
import { pause, type Pausing } from './pause.ts';

export interface RetryOptions extends Pausing {
  /** Further tries after the first. Default: what `ERROR_TABLE` says of transient errors. */
  retries?: number;
  /** From 0 to below 1, as `Math.random`. */
  random(): number;
  /** Longest time worth waiting for, in seconds, when the other side names one. Default 300. */
  patienceSeconds?: number;
  /** Told before each wait. */
  onRetry?(error: TransientError, attempt: number, waitSeconds: number): void;
}

const FIRST_WAIT = 0.5;
const LONGEST_WAIT = 30;

/**
 * Does idempotent work until it succeeds, fails for good, or has been tried often enough. Only transient errors are tried
 * again: after `retryAfter` where the other side named a time, else after a wait that doubles, both with jitter so that
 * many do not come back at once. `work` gets its attempt, from 1. An open circuit is not waited for.
 */
export async function withRetries<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { retries = ERROR_TABLE.transient.retries, patienceSeconds = 300, random, signal } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (error) {
      if (tagOf(error) !== 'transient' || isOpenCircuit(error) || attempt > retries || signal.aborted) throw error;
      const transient = error as TransientError;
      if ((transient.retryAfter ?? 0) > patienceSeconds) throw error;
      const wait = waitSeconds(attempt, transient.retryAfter, random());
      options.onRetry?.(transient, attempt, wait);
      await pause(wait * 1000, options);
    }
  }
}

/** Never earlier than asked for; without a word from the other side, between half and all of a doubling wait. */
function waitSeconds(attempt: number, retryAfter: number | undefined, random: number): number {
  if (retryAfter !== undefined) return retryAfter + random * Math.min(1, FIRST_WAIT + retryAfter * 0.1);
  const full = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 1));
  return full * (0.5 + random / 2);
}
