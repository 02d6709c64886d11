import { isOutage, type Incident } from '../model/incident.ts';
import {
  WINDOWS,
  type FleetNumbers,
  type Numbers,
  type Percentiles,
  type ResourceNumbers,
  type Uptime,
  type Window,
} from '../model/numbers.ts';
import type { Address } from '../model/resource.ts';
import type { Rollup, Series } from '../model/series.ts';
import type { Event } from '../model/state.ts';
import { deliveryNumbers } from './delivery-numbers.ts';
import { percentiles, weightedPercentiles } from './percentiles.ts';

export interface NumbersInput {
  /** By resource; those that have no series yet are left out or empty. */
  series: ReadonlyMap<Address, Series>;
  /** Open and closed, of the last year as far as they are at hand. */
  incidents: readonly Incident[];
  /** The journal, oldest first, of the last 30 days at least. */
  events: readonly Event[];
  /** When commits were made, ISO 8601, where it is known: for the lead time. */
  committed?: ReadonlyMap<string, string>;
  now: Date;
}

const DAY = 86_400_000;

/** The figures of every resource with a series, and of the fleet: what the pages, the README and the CLI say. */
export function fleetNumbers(input: NumbersInput): FleetNumbers {
  const { series, now } = input;
  const resources = [...series].map(([address, one]): [Address, ResourceNumbers] => [
    address,
    { ...numbersOf(input, [one], address), days: lastDays(one, now), hours: lastHours(one, now) },
  ]);
  return { ...numbersOf(input, [...series.values()]), resources: Object.fromEntries(resources) };
}

/** Of one resource, or of all without an address. */
function numbersOf(input: NumbersInput, series: readonly Series[], address?: Address): Numbers {
  const { now } = input;
  const incidents = address ? input.incidents.filter((one) => touches(one, address)) : input.incidents;
  const outages = incidents.filter(isOutage);
  const recent = outages.filter(({ began }) => isWithin(began, WINDOWS.quarter, now));
  const windows = Object.entries(WINDOWS) as [Window, number][];
  const uptime = windows.map(([name, days]) => [name, uptimeOf(series.flatMap((one) => rowsOf(one, days, now)))]);
  return {
    uptime: Object.fromEntries(uptime) as Record<Window, Uptime>,
    latency: { day: latencyOfDay(series, now), month: latencyOf(series.flatMap((one) => rowsOf(one, 30, now))) },
    incidents: {
      month: incidents.filter(({ began }) => isWithin(began, WINDOWS.month, now)).length,
      year: incidents.filter(({ began }) => isWithin(began, WINDOWS.year, now)).length,
    },
    secondsToDetect: mean(recent.map(({ began, opened }) => seconds(began, opened))),
    secondsToRecover: mean(recent.flatMap(({ began, recovered }) => (recovered ? [seconds(began, recovered)] : []))),
    ...deliveryNumbers({ ...input, outages, ...(address ? { address } : {}) }),
  };
}

const touches = ({ subject, resources, dependants }: Incident, address: Address): boolean =>
  subject === address || resources.includes(address) || dependants.includes(address);

/** The last 24 hours by the hour; else the days that are over, and of today the hours. */
function rowsOf({ days, hours }: Series, count: number, now: Date): Rollup[] {
  const [today, hour] = [Math.floor(now.getTime() / DAY), Math.floor(now.getTime() / 3_600_000)];
  if (count === 1) return hours.filter(([at]) => at > hour - 24 && at <= hour);
  return [
    ...days.filter(([day]) => day > today - count && day < today),
    ...hours.filter(([at]) => Math.floor(at / 24) === today),
  ];
}

function uptimeOf(rows: readonly Rollup[]): Uptime {
  const known = rows.reduce((sum, row) => sum + row[1], 0);
  const down = rows.reduce((sum, row) => sum + row[2], 0);
  return { known, down, share: known === 0 ? null : (known - down) / known };
}

function lastDays(series: Series, now: Date): Uptime[] {
  const today = Math.floor(now.getTime() / DAY);
  const rows = new Map<number, Rollup[]>(series.days.map((row) => [row[0], [row]]));
  rows.set(
    today,
    series.hours.filter(([hour]) => Math.floor(hour / 24) === today),
  );
  return Array.from({ length: WINDOWS.quarter }, (_, index) =>
    uptimeOf(rows.get(today - WINDOWS.quarter + 1 + index) ?? []),
  );
}

function lastHours({ hours }: Series, now: Date): (number | null)[] {
  const medians = new Map(hours.map(([hour, , , , p50]) => [hour, p50]));
  const first = Math.floor(now.getTime() / 3_600_000) - 23;
  return Array.from({ length: 24 }, (_, index) => {
    const median = medians.get(first + index) ?? -1;
    return median < 0 ? null : median;
  });
}

function latencyOfDay(series: readonly Series[], now: Date): Percentiles | null {
  const since = now.getTime() / 60_000 - 1440;
  const values = series.flatMap(({ raw }) => raw.filter(([minute, value]) => minute > since && value >= 0));
  return percentiles(values.map(([, value]) => value)) ?? null;
}

/**
 * Of rows that only have percentiles themselves: of each row's samples half count as its median, the next 45 % as its p95
 * and the rest as its p99. So what is said is never lower than what was measured up to the p99 of each row.
 */
function latencyOf(rows: readonly Rollup[]): Percentiles | null {
  const weighted = rows.flatMap(([, , , samples, p50, p95, p99]): [number, number][] =>
    p50 < 0 || samples === 0
      ? []
      : [
          [p50, samples * 0.5],
          [p95, samples * 0.45],
          [p99, samples * 0.05],
        ],
  );
  return weightedPercentiles(weighted) ?? null;
}

const isWithin = (time: string, days: number, now: Date): boolean => now.getTime() - Date.parse(time) < days * DAY;

const seconds = (from: string, to: string): number => Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : Math.round(values.reduce((sum, value) => sum + value, 0) / values.length);
