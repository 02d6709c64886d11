import type { InstanceHealth, Sample } from '../model/health.ts';
import { SERIES_FORMAT, type Rollup, type Series } from '../model/series.ts';
import { percentiles } from './percentiles.ts';

/** Minutes. */
const HOUR = 60;
const DAY = 24 * HOUR;
/** Days that hours and days are kept for. */
const HOURS_KEPT = 30;
const DAYS_KEPT = 730;
/** A run vouches for the time before it: so many schedules long, and never longer than so many minutes. */
const SCHEDULES_VOUCHED = 2.5;
const MOST_VOUCHED = 15;

/** How a resource fares as a whole. `since` ISO 8601 UTC. */
export interface Condition {
  down: boolean;
  since: string;
}

/** What one run found out about one resource. */
export interface SeriesRun {
  /** Of its instances. None, because nobody asked or the prober mistrusts itself: the run says nothing. */
  samples: readonly Sample[];
  /** As the last recorded run left it, and as it is now; null while nothing is known. */
  before: Condition | null;
  now: Condition | null;
  /** Minutes between runs as scheduled. */
  every: number;
}

export const EMPTY_SERIES: Series = { format: SERIES_FORMAT, raw: [], hours: [], days: [] };

/** Down while none of its instances serves. A flapping one counts as what it was found to be last. */
export function conditionOf(instances: readonly InstanceHealth[]): Condition | null {
  const known = instances.filter(({ status }) => status !== 'unknown');
  if (known.length === 0) return null;
  const [serving, failing] = [known.filter((one) => !isOut(one)), known.filter(isOut)];
  if (serving.length > 0) return { down: false, since: serving.map(sinceOf).toSorted()[0] as string };
  return { down: true, since: failing.map(sinceOf).toSorted().at(-1) as string };
}

const isOut = ({ status, failures }: InstanceHealth): boolean =>
  status === 'down' || (status === 'flapping' && failures > 0);

const sinceOf = ({ status, since, failingSince, last }: InstanceHealth): string =>
  status === 'flapping' ? (failingSince ?? last.at) : since;

/**
 * The series with what one run found out.
 *
 * What `known` means. A run that changes nothing leaves no trace until the hour turns, so the time between two recorded
 * runs counts as known when they are at most an hour and what a run vouches for apart: any run in between that had found
 * a change would have been recorded, and one is due every hour. When the record is silent for longer, runs were missing;
 * then only what the later run vouches for is known, and the rest is a hole, neither up nor down. (So up to an hour in
 * which no run took place and nothing was different afterwards counts as known: nothing on the branch could tell.)
 */
export function addRun(series: Series, { samples, before, now, every }: SeriesRun): Series {
  if (samples.length === 0 || now === null) return series;
  const rows = samples.map(({ at, ok, milliseconds }): Series['raw'][number] => [
    minuteOf(at),
    ok ? Math.round(milliseconds ?? 0) : -1,
  ]);
  // A write whose answer was lost is made again: what is there already is not counted twice.
  if (rows.every(([minute, value]) => series.raw.some((row) => row[0] === minute && row[1] === value))) return series;
  const raw = [...series.raw, ...rows].toSorted(([a], [b]) => a - b);
  const at = Math.max(...rows.map(([minute]) => minute));
  const previous = series.raw.at(-1)?.[0];

  const hours = series.hours.map((row): Rollup => row);
  const since = minuteOf(now.since);
  const from = previous === undefined ? at : knownFrom(previous, at, every);
  add(hours, 'known', from, at, 1);
  if (now.down) add(hours, 'down', Math.max(from, since), at, 1);
  else if (before?.down) add(hours, 'down', from, Math.min(at, since), 1);
  // A change counts from its first probe, but was taken for nothing until it was confirmed.
  const turned = now.down !== (before?.down ?? false) && previous !== undefined;
  if (turned) add(hours, 'down', since, previous, now.down ? 1 : -1);
  for (const hour of new Set(rows.map(([minute]) => Math.floor(minute / HOUR)))) sample(hours, raw, hour);

  const first = Math.min(turned ? since : at, previous ?? at);
  return turnDays({ format: SERIES_FORMAT, raw, hours, days: series.days }, Math.floor(first / DAY), at);
}

function knownFrom(previous: number, at: number, every: number): number {
  const vouched = Math.min(SCHEDULES_VOUCHED * every, MOST_VOUCHED);
  return at - previous <= HOUR + vouched ? Math.min(previous, at) : at - Math.floor(vouched);
}

/** Adds the minutes from `from` to `to` to the hours that they are in; `down` stays between none and all that is known. */
function add(hours: Rollup[], what: 'known' | 'down', from: number, to: number, sign: 1 | -1): void {
  for (let start = from; start < to;) {
    const hour = Math.floor(start / HOUR);
    const end = Math.min(to, (hour + 1) * HOUR);
    const minutes = sign * (end - start);
    start = end;
    // Nothing is out of health in an hour of which nothing is known.
    if (what === 'down' && !hours.some(([at]) => at === hour)) continue;
    const [index, [, known, down, ...rest]] = rowOf(hours, hour);
    hours[index] =
      what === 'known'
        ? [hour, Math.min(known + minutes, HOUR), down, ...rest]
        : [hour, known, Math.max(0, Math.min(down + minutes, known)), ...rest];
  }
}

function sample(hours: Rollup[], raw: Series['raw'], hour: number): void {
  const [index, [, known, down]] = rowOf(hours, hour);
  hours[index] = [hour, known, down, ...measured(raw, hour, HOUR)];
}

type Measured = [samples: number, p50: number, p95: number, p99: number];

/** Of the samples in one span of time; latencies −1 where none was good. */
function measured(raw: Series['raw'], span: number, minutes: number): Measured {
  const values = raw.filter(([minute]) => Math.floor(minute / minutes) === span).map(([, value]) => value);
  const { p50, p95, p99 } = percentiles(values.filter((value) => value >= 0)) ?? { p50: -1, p95: -1, p99: -1 };
  return [values.length, p50, p95, p99];
}

/** The row of an hour, made where it is missing. Mostly the last one. */
function rowOf(hours: Rollup[], hour: number): [index: number, row: Rollup] {
  let index = hours.length;
  while (index > 0 && (hours[index - 1] as Rollup)[0] >= hour) index -= 1;
  if (hours[index]?.[0] !== hour) hours.splice(index, 0, [hour, 0, 0, 0, -1, -1, -1]);
  return [index, hours[index] as Rollup];
}

/** Days that are over get their row, and what is too old goes: once a day, so that an hour's commit only adds. */
function turnDays(series: Series, first: number, at: number): Series {
  const today = Math.floor(at / DAY);
  if (first >= today) return series;
  const days = new Map(series.days.map((row) => [row[0], row]));
  for (let day = first; day < today; day += 1) {
    const hours = series.hours.filter(([hour]) => Math.floor(hour / 24) === day);
    if (hours.length === 0) continue;
    const [known, down] = [sum(hours, 1), sum(hours, 2)];
    const [, , , ...was] = days.get(day) ?? [];
    days.set(day, [day, known, down, ...(was.length > 0 ? (was as Measured) : measured(series.raw, day, DAY))]);
  }
  return {
    ...series,
    raw: series.raw.filter(([minute]) => minute > at - DAY),
    hours: series.hours.filter(([hour]) => Math.floor(hour / 24) >= today - HOURS_KEPT),
    days: [...days.values()].filter(([day]) => day >= today - DAYS_KEPT).toSorted(([a], [b]) => a - b),
  };
}

const sum = (rows: readonly Rollup[], field: 1 | 2): number => rows.reduce((total, row) => total + row[field], 0);

const minuteOf = (time: string): number => Math.floor(Date.parse(time) / 60_000);
