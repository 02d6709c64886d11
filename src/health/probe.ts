import type { Clock } from '../model/clock.ts';
import type { ProbeTarget, Sample } from '../model/health.ts';
import { tryCheck, type AskedCheck } from './try-check.ts';
import type { Agents, Network, Verdict } from './trying.ts';

/** The waits before the tries that confirm a failure: they take place 2 s and 10 s after it. Milliseconds. */
export const RETRIES = [2_000, 8_000] as const;

/** What probes are made with. */
export interface Prober {
  clock: Pick<Clock, 'now' | 'delay'>;
  signal: AbortSignal;
  network?: Network | undefined;
}

export type AskedTarget = ProbeTarget & { check: AskedCheck };

/** Runs one try when it is its turn; waiting between tries takes nobody's turn. */
export type Turn = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * What one run finds out about one instance. A failure counts once the retries have failed as well. Where it may sleep, an
 * answer that comes late but within `wake` is a wake-up: it is asked once more, and what counts is that it then answers as
 * it should. Throws the signal's reason when that ends it.
 */
export async function probe(target: AskedTarget, prober: Prober, turn: Turn, agents?: Agents): Promise<Sample> {
  const { check, instance, wake } = target;
  const start = performance.now();
  let tries = 0;
  const once = (limit: number, asked: AskedCheck = check): Promise<Verdict> =>
    turn(() => {
      // A kept connection says nothing about whether a new one can be opened: only the first try is in such a hurry.
      const kept = tries++ === 0 ? agents : undefined;
      const { signal, network } = prober;
      return tryCheck(asked, { limit, signal, network, agents: kept, allowPrivate: target.private ?? false });
    });

  let verdict: Verdict;
  let woke: number | undefined;
  let failed: string | undefined;
  for (let round = 0; ; round++) {
    const left = wake - (performance.now() - start);
    verdict = left > check.timeout ? await once(left, patient(check)) : await once(check.timeout);
    const took = Math.round(performance.now() - start);
    if (verdict.ok && wake > 0 && (round > 0 || isLate(check, verdict.milliseconds)) && took <= wake) {
      woke ??= took;
      verdict = await once(check.timeout);
    }
    if (!verdict.ok) failed ??= prober.clock.now().toISOString();
    const pause = RETRIES[round];
    if (verdict.ok || pause === undefined) break;
    await wait(pause, prober);
  }
  return {
    instance,
    at: (verdict.ok ? undefined : failed) ?? prober.clock.now().toISOString(),
    ok: verdict.ok,
    milliseconds: verdict.milliseconds,
    tries,
    ...(verdict.ok ? {} : { problem: verdict.problem }),
    ...(verdict.ok && woke !== undefined ? { woke } : {}),
    ...(verdict.certificateExpires === undefined ? {} : { certificateExpires: verdict.certificateExpires }),
  };
}

/** The check without its limit on the time of an answer, which does not hold while it wakes. */
function patient(check: AskedCheck): AskedCheck {
  if (check.kind !== 'http' || check.maxResponse === undefined) return check;
  const { maxResponse: _, ...rest } = check;
  return rest;
}

function isLate(check: AskedCheck, milliseconds: number): boolean {
  const limit = check.kind === 'http' ? (check.maxResponse ?? check.timeout) : check.timeout;
  return milliseconds > limit;
}

async function wait(milliseconds: number, { clock, signal }: Prober): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([promise, clock.delay(milliseconds)]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
