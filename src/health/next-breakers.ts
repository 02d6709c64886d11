import type { HealthState } from '../model/health.ts';
import { HOUR, MINUTE } from './words.ts';

/** How long an account is left alone after so many looks in a row that it did not answer; then for the last of these. */
const REST = [MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE, HOUR];

/**
 * The circuits of the accounts after one more look. `answered`: whether each account that was asked gave an answer, a refusal
 * being one; of those that were left alone nothing new is known. What has left the config is forgotten.
 */
export function nextBreakers(
  before: HealthState['breakers'],
  answered: ReadonlyMap<string, boolean>,
  accounts: ReadonlySet<string>,
  now: string,
): HealthState['breakers'] {
  const next = new Map(Object.entries(before).filter(([account]) => accounts.has(account)));
  for (const [account, isThere] of answered) {
    const known = before[account];
    const failures = Math.min(REST.length, (known?.failures ?? 0) + 1);
    const until = new Date(Date.parse(now) + (REST[failures - 1] as number)).toISOString();
    if (isThere) next.delete(account);
    // One that is open was asked by a run at the same time, which has counted this.
    else if (known === undefined || known.until <= now) next.set(account, { failures, until });
  }
  return Object.fromEntries([...next].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Accounts that are not to be asked yet, and until when. */
export function resting({ breakers = {} }: Partial<Pick<HealthState, 'breakers'>>, now: string): Map<string, string> {
  return new Map(
    Object.entries(breakers).flatMap(([account, { until }]): [string, string][] =>
      until > now ? [[account, until]] : [],
    ),
  );
}
