import { DeployError } from '../model/errors.ts';
import type { Phase } from '../model/phase.ts';
import { pause, type Pausing } from './pause.ts';

export interface Waiting<T> extends Pausing {
  /** What is waited for, as messages name it: `service/api at Render`. */
  what: string;
  /** Asks the provider again. */
  poll(last: T): Promise<T>;
  phase(value: T): Phase;
  /** The tail of what the deployment printed, asked for when it failed. */
  log(value: T): Promise<string[]>;
  /** Whether what ran before still serves. */
  restored(value: T): boolean;
  progress(message: string): void;
  /** First wait; it grows by half each time, up to ten times as long. Default 0.5. */
  everySeconds?: number;
  /** Time spent waiting after which it counts as failed. Default 600. */
  timeoutSeconds?: number;
}

const SETTLED: ReadonlySet<Phase> = new Set(['live', 'sleeping']);
const LOST: ReadonlySet<Phase> = new Set(['failed', 'canceled', 'superseded', 'removed']);

/**
 * Polls until live. A phase that is neither live nor lost, an unknown status word as well, is waited out.
 * @throws DeployError when it fails or takes too long; TransientError when the signal ends the waiting.
 */
export async function waitUntilLive<T>(first: T, waiting: Waiting<T>): Promise<T> {
  const { what, everySeconds = 0.5, timeoutSeconds = 600 } = waiting;
  let told: Phase | undefined;
  let waited = 0;
  for (let [value, wait] = [first, everySeconds]; ; wait = Math.min(wait * 1.5, everySeconds * 10)) {
    const phase = waiting.phase(value);
    if (SETTLED.has(phase)) return value;
    const late = waited >= timeoutSeconds;
    if (LOST.has(phase) || late) {
      const message = late
        ? `${what} was not live after ${timeoutSeconds} s (${phase})`
        : `the deployment of ${what} ${ended(phase)}`;
      // The failure is the news: a log that cannot be had must not hide it, nor have the deployment tried again.
      const log = await waiting.log(value).catch(() => []);
      throw new DeployError(message, { log, restored: waiting.restored(value) });
    }
    if (phase !== told) waiting.progress((told = phase));
    await pause(wait * 1000, waiting);
    waited += wait;
    value = await waiting.poll(value);
  }
}

function ended(phase: Phase): string {
  return phase === 'failed' ? 'failed' : `was ${phase}`;
}
