import type { HealthStatus, InstanceHealth, ProbeTarget, Sample } from '../model/health.ts';
import { breaksRow, isSameRun, isStale } from './pace.ts';
import { DAY, MINUTE } from './words.ts';

/** Failed runs are counted so far: longer outages change nothing that needs recording. */
export const COUNTED = 100;
const TURNS_KEPT = 12;
/** So many turns in so many runs make one flap that never failed for long enough to be down: it is in its fourth row of failures. */
const OFTEN = 6;
const OFTEN_IN_RUNS = 18;
/** So many in an hour and a half, or in as many runs, make one flap that was down and would be up again: its recoveries do not last. */
const RELAPSED = 4;
const RELAPSED_IN = 90 * MINUTE;
/** So long it must not have turned to count as stable again. */
export const STABLE = 30 * MINUTE;

export interface Reading {
  /** Milliseconds between runs as scheduled. */
  every: number;
  /** What a second vantage says: true, it has failed there too. */
  confirmed: boolean;
  /** Failed before as well, in a run that was not counted then: when. */
  suspected?: string;
}

/**
 * What is known of one instance after one more sample of it. A sample that was counted already, or is older than one that
 * was, changes nothing: a run may be computed again on what it has itself recorded.
 */
export function nextInstance(
  recorded: InstanceHealth | undefined,
  sample: Sample,
  target: ProbeTarget,
  reading: Reading,
): InstanceHealth {
  const at = Date.parse(sample.at);
  if (recorded && at <= Date.parse(recorded.last.at)) return recorded;
  const before = recorded && isStale(recorded, at, reading.every) ? forgotten(recorded) : recorded;
  if (before && before.status !== 'unknown' && !(reading.confirmed && !sample.ok)) {
    const same = before.last.ok === sample.ok;
    if (same && isSameRun(before.last.at, at, reading.every)) return before;
  }
  const { instance: _, ...last } = sample;
  return last.ok ? afterGood(before, last, target, reading) : afterFailed(before, last, target, reading);
}

/** Of one that has not been asked for too long nothing can be said; what is down stays so until it is seen up. */
export function forgotten(health: InstanceHealth): InstanceHealth {
  if (health.status === 'down' || health.status === 'flapping' || health.status === 'unknown') return health;
  const { failingSince: _, ...kept } = health;
  return { ...kept, status: 'unknown', since: health.last.at, failures: 0, successes: 0 };
}

function afterFailed(
  before: InstanceHealth | undefined,
  last: InstanceHealth['last'],
  target: ProbeTarget,
  { every, confirmed, suspected }: Reading,
): InstanceHealth {
  const at = Date.parse(last.at);
  const was = before?.status ?? 'unknown';
  const isOut = was === 'down' || was === 'flapping';
  const goesOn = before !== undefined && before.failures > 0 && (isOut || !breaksRow(before, at, every));
  const row = (goesOn ? before.failures : 0) + 1;
  const failures = Math.min(COUNTED, confirmed ? Math.max(row, target.failAfter) : row);
  const failingSince = (goesOn ? before.failingSince : suspected) ?? last.at;
  const turns = before && before.failures > 0 ? before.turns : turned(before, failingSince);
  const status = failedStatus(was, turns, at, { every, confirmed: failures >= target.failAfter });
  const since = status === was && before && isOut ? before.since : failingSince;
  return {
    status,
    since,
    failures,
    successes: 0,
    failingSince,
    turns,
    latency: before?.latency ?? null,
    last,
  };
}

function failedStatus(
  was: HealthStatus,
  turns: string[],
  at: number,
  { every, confirmed }: Pick<Reading, 'every' | 'confirmed'>,
): HealthStatus {
  if (was === 'down') return 'down';
  if (was === 'flapping') return confirmed && isStable(turns, at) ? 'down' : 'flapping';
  if (confirmed) return 'down';
  return turnsSince(turns, at - OFTEN_IN_RUNS * every) >= OFTEN ? 'flapping' : 'suspect';
}

function afterGood(
  before: InstanceHealth | undefined,
  last: InstanceHealth['last'],
  target: ProbeTarget,
  { every }: Reading,
): InstanceHealth {
  const was = before?.status ?? 'unknown';
  const wasOut = was === 'down' || was === 'flapping';
  const turns = before && before.failures > 0 ? turned(before, last.at) : (before?.turns ?? []);
  // One that was only suspected has not been away, so it need not come back.
  const good = was === 'suspect' ? target.recoverAfter : (before?.successes ?? 0) + 1;
  const successes = Math.min(target.recoverAfter, good);
  const isBack = successes >= target.recoverAfter;
  const status = wasOut ? (isBack ? backStatus(was, turns, Date.parse(last.at), every) : was) : 'up';
  const since = status === was || status === 'flapping' ? before?.since : wasOut ? turns.at(-1) : undefined;
  const latency = last.woke === undefined ? usual(before?.latency ?? null, last.milliseconds) : before?.latency;
  return { status, since: since ?? last.at, failures: 0, successes, turns, latency: latency ?? null, last };
}

/** Of one that has been out of health and has answered well for as long as it takes. */
function backStatus(was: HealthStatus, turns: string[], at: number, every: number): HealthStatus {
  if (was === 'flapping') return isStable(turns, at) ? 'up' : 'flapping';
  return turnsSince(turns, at - Math.max(RELAPSED_IN, OFTEN_IN_RUNS * every)) >= RELAPSED ? 'flapping' : 'up';
}

/** Its turns with one more. The newest stays however old it gets: it is when the present row began. */
function turned(before: InstanceHealth | undefined, at: string): string[] {
  const oldest = Date.parse(at) - DAY;
  return [...(before?.turns ?? []).filter((turn) => Date.parse(turn) >= oldest), at].slice(-TURNS_KEPT);
}

/** How often it has turned since then. */
function turnsSince(turns: string[], from: number): number {
  return turns.filter((turn) => Date.parse(turn) >= from).length;
}

function isStable(turns: string[], at: number): boolean {
  return at - Date.parse(turns.at(-1) ?? '') >= STABLE;
}

/** A running median: each answer moves it by at most a tenth, so that one slow answer is not what it usually takes. */
function usual(before: number | null, milliseconds: number | null): number | null {
  if (before === null || milliseconds === null) return milliseconds ?? before;
  const step = Math.max(1, Math.round(before / 10));
  return before + Math.max(-step, Math.min(step, milliseconds - before));
}
