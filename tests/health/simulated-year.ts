import type { Sample } from '../../src/model/health.ts';
import type { Series } from '../../src/model/series.ts';
import { addRun, EMPTY_SERIES, type Condition } from '../../src/health/series.ts';

export const YEAR_BEGINS = Date.UTC(2026, 0, 1) / 60_000;
export const MINUTES_A_YEAR = 365 * 1440;

export interface Simulation {
  resources: number;
  /** Days. */
  days: number;
  seed: number;
  /** Minutes between runs. */
  every: number;
  /** Outages of each resource in a year, of 10 to 100 minutes. */
  outages: number;
  /** Times in which no run took place at all, of two to six hours. */
  holes: number;
}

/** What one run would commit; a run with nothing to say does not appear. */
export interface Commit {
  /** Minutes since 1970. */
  at: number;
  /** Of resources by number. */
  series: ReadonlyMap<number, Series>;
  /** The samples of all, in order: what `health.json` holds. */
  samples: Sample[];
  conditions: Condition[];
}

export interface Truth {
  /** By resource, minutes `[from, to)`. */
  outages: [from: number, to: number][][];
  holes: [from: number, to: number][];
}

/** Outages and holes as chance has it, none within six hours of another of its kind, or of the year's ends. */
export function truthOf({ resources, days, seed, outages, holes }: Simulation): Truth {
  const random = chance(seed);
  const spans = (count: number, shortest: number, longest: number): [number, number][] =>
    Array.from({ length: count }, (_, index) => {
      const room = (days * 1440) / count;
      const from = Math.floor(YEAR_BEGINS + room * index + 360 + random() * (room - 1440));
      return [from, from + shortest + Math.floor(random() * (longest - shortest))];
    });
  return {
    holes: spans(holes, 120, 360),
    outages: Array.from({ length: resources }, () => spans(outages, 10, 100)),
  };
}

/**
 * A year of runs on a schedule that is late by some minutes now and then: down after three failed runs, up after two good
 * ones, and a commit when a status changed or the hour turned. The commit has the series of those that changed, or of all.
 * With `only`, of that resource alone; the commits are the same.
 */
export function* simulate(options: Simulation, truth = truthOf(options), only?: number): Generator<Commit> {
  const random = chance(options.seed + 1);
  const states = Array.from({ length: options.resources }, (_, index) => ({
    series: EMPTY_SERIES,
    before: null as Condition | null,
    now: { down: false, since: time(YEAR_BEGINS) } as Condition,
    base: 40 + ((index * 37) % 260),
    row: { failed: 0, good: 0, from: 0 },
    random: chance(options.seed + 2 + index),
  }));
  let hour = -1;
  const end = YEAR_BEGINS + options.days * 1440;
  for (let due = YEAR_BEGINS; due < end; due += options.every) {
    const at = due + (random() < 0.1 ? Math.floor(random() * 4) : 0);
    if (truth.holes.some(([from, to]) => at >= from && at < to)) continue;
    const changed: number[] = [];
    for (const [index, state] of states.entries()) {
      const ok = !truth.outages[index]?.some(([from, to]) => at >= from && at < to);
      const { row } = state;
      if (ok ? row.good === 0 : row.failed === 0) row.from = at;
      if (ok) [row.good, row.failed] = [row.good + 1, 0];
      else [row.good, row.failed] = [0, row.failed + 1];
      const turns = state.now.down ? row.good === 2 : row.failed === 3;
      if (turns) state.now = { down: !state.now.down, since: time(row.from) };
      // Becoming suspect, turning, and being well again are changes of status.
      if (turns || row.failed === 1 || (!state.now.down && row.good === 1)) changed.push(index);
    }
    const turned = Math.floor(at / 60) !== hour;
    if (!turned && changed.length === 0) continue;
    hour = Math.floor(at / 60);
    const samples = states.map(({ base, random, row }, index): Sample => {
      const milliseconds = Math.round(base * (0.9 + 0.3 * random() + (random() < 0.02 ? 3 * random() : 0)));
      const ok = row.failed === 0;
      return { instance: `service/s${index}@a`, at: time(at), ok, milliseconds: ok ? milliseconds : null, tries: 1 };
    });
    const series = new Map<number, Series>();
    for (const index of turned ? states.keys() : changed) {
      if (only !== undefined && index !== only) continue;
      const state = states[index] as (typeof states)[number];
      const { before, now } = state;
      state.series = addRun(state.series, {
        samples: [samples[index] as Sample],
        before,
        now,
        every: options.every,
      });
      state.before = now;
      series.set(index, state.series);
    }
    yield { at, series, samples, conditions: states.map(({ now }) => now) };
  }
}

/** Numbers from 0 to 1 that are the same each time. */
export function chance(seed: number): () => number {
  let state = seed * 7919 + 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

const time = (minute: number): string => new Date(minute * 60_000).toISOString();
