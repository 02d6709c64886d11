import type { InstanceId } from '../model/graph.ts';
import type { HealthState, QuietRun, QuietRuns, Sample } from '../model/health.ts';
import type { Address } from '../model/resource.ts';
import type { Series } from '../model/series.ts';
import { addRun, type Condition } from './series.ts';

const HOUR = 60;
const DAY = 24 * HOUR;

/** One run at the turn of the hour, as far as it found what is well to be well. */
export interface QuietFindings {
  samples: readonly Sample[];
  /** Of the run. ISO 8601. */
  now: string;
  /** Minutes between runs as scheduled. */
  every: number;
}

/**
 * The kept runs with one more. A run goes when it is a day old: by then the series of every resource has taken it up, as each
 * does at its own hour (`isWritingHour`).
 */
export function keepRun(kept: QuietRuns | undefined, { samples, now, every }: QuietFindings): QuietRuns {
  const at = minuteOf(now);
  const runs = (kept?.runs ?? []).filter(([minute]) => minute > at - DAY && minute !== at);
  const known = kept?.instances ?? [];
  const found = new Map(
    samples.map(({ instance, ok, milliseconds }) => [instance, ok ? Math.round(milliseconds ?? 0) : -1]),
  );
  const instances = [...known, ...[...found.keys()].filter((instance) => !known.includes(instance))];
  const run: QuietRun = [at, ...instances.map((instance) => found.get(instance) ?? null)];
  return withoutEmpty({ every, instances, runs: found.size > 0 ? [...runs, run] : runs });
}

/** Instances of which no kept run says anything have no column any more. */
function withoutEmpty({ every, instances, runs }: QuietRuns): QuietRuns {
  const columns = instances.map((_, index) => index + 1).filter((column) => runs.some((run) => isFound(run[column])));
  return {
    every,
    instances: columns.map((column) => instances[column - 1] as InstanceId),
    runs:
      columns.length === instances.length
        ? runs
        : runs.map(([minute, ...values]): QuietRun => [minute, ...columns.map((column) => values[column - 1] ?? null)]),
  };
}

/**
 * The series with the kept runs that it has not taken up yet, as if each had been added when it took place. The very same
 * series when there are none.
 */
export function withQuietRuns(series: Series, kept: QuietRuns | undefined, resource: Address): Series {
  if (!kept) return series;
  const columns = kept.instances.flatMap((instance, index) => (resourceOf(instance) === resource ? [index + 1] : []));
  const newest = series.raw.at(-1)?.[0] ?? -1;
  return kept.runs
    .filter(([minute]) => minute > newest)
    .reduce((folded, run) => {
      const at = new Date(run[0] * 60_000).toISOString();
      const samples = columns.flatMap((column): Sample[] => {
        const value = run[column];
        if (!isFound(value)) return [];
        const instance = kept.instances[column - 1] as InstanceId;
        return [{ instance, at, ok: value >= 0, milliseconds: value < 0 ? null : value, tries: 1 }];
      });
      return addRun(folded, { samples, before: WELL, now: WELL, every: kept.every });
    }, series);
}

/** Resources that the kept runs say something about. */
export function quietResources(kept: QuietRuns | undefined): Set<Address> {
  return new Set(kept?.instances.map(resourceOf));
}

/** Whether, since the hour that was rolled up last, the hour of the day has come at which this resource's series is written. */
export function isWritingHour(resource: Address, before: HealthState['rolledUp'], now: string): boolean {
  return before === null || dayOf(resource, minuteOf(before)) < dayOf(resource, minuteOf(now));
}

/** Days that begin at the resource's own hour: not all series are written at once, and a missing run puts none off for a day. */
function dayOf(resource: Address, minute: number): number {
  let own = 0;
  for (const character of resource) own = (own * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return Math.floor((minute - (own % 24) * HOUR) / DAY);
}

/** It was well before and after: since when makes no difference. */
const WELL: Condition = { down: false, since: new Date(0).toISOString() };

const isFound = (value: number | null | undefined): value is number => typeof value === 'number';

const resourceOf = (instance: InstanceId): Address => instance.slice(0, instance.lastIndexOf('@')) as Address;

const minuteOf = (time: string): number => Math.floor(Date.parse(time) / 60_000);
