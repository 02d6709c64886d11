import type { HealthState, InstanceHealth } from '../model/health.ts';
import { HOUR, MINUTE } from './words.ts';

/** How often the prober runs. */
export interface Schedule {
  /** Milliseconds between runs as scheduled. */
  every: number;
  /** When the previous run took place, where that is known; the record only knows of runs that had something to record. ISO 8601. */
  previous?: string;
}

/** A schedule counts as late after two and a half of its own intervals, and never before a quarter of an hour. */
const LATE = 2.5;
const NEVER_LATE_BEFORE = 15 * MINUTE;
/** A run in which nothing changes is not recorded, but one an hour is. */
const RECORDED_WITHIN = HOUR;
/** Two runs nearer to each other than this (or half the interval) are one for the rows: a second opinion, not a second run. */
const SAME_RUN = MINUTE;

/** Milliseconds after which nothing more can be said of what was between two runs. */
export function hole(every: number): number {
  return Math.max(NEVER_LATE_BEFORE, LATE * every);
}

/**
 * Whether so long has passed since a row of failures was last added to that the next one begins a new row: a schedule that
 * was late or skipped is missing data, and two failures with a hole between them do not confirm each other. A row that has
 * itself been slow sets its own pace: a schedule that is always late must not make us blind.
 */
export function breaksRow({ last, turns, failures }: InstanceHealth, at: number, every: number): boolean {
  const counted = Date.parse(last.at);
  const pace = (counted - Date.parse(turns.at(-1) ?? last.at)) / Math.max(1, failures);
  return at - counted > hole(Math.max(every, pace));
}

/** Whether the instance has gone unasked for so long that what was known of it says nothing of now. */
export function isStale({ last }: InstanceHealth, now: number, every: number): boolean {
  return now - Date.parse(last.at) > RECORDED_WITHIN + hole(every);
}

/** Whether a sample belongs to the same moment as the one counted before it: runs that overlap do not confirm each other. */
export function isSameRun(counted: string, at: number, every: number): boolean {
  return at - Date.parse(counted) < Math.min(SAME_RUN, every / 2);
}

/** The time before this run of which nothing is known because runs were late or left out; undefined when there is none. */
export function missingBefore(
  before: HealthState | undefined,
  now: string,
  { every, previous }: Schedule,
): { from: string; to: string } | undefined {
  const from = previous ?? before?.checked;
  if (before === undefined || from === undefined) return undefined;
  // While all is well only one run an hour leaves a trace, so silence says nothing until then.
  const quiet = previous === undefined && Object.values(before.instances).every(({ failures }) => failures === 0);
  const gap = Date.parse(now) - Date.parse(from);
  return gap > hole(every) + (quiet ? RECORDED_WITHIN : 0) ? { from, to: now } : undefined;
}
