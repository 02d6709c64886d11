import { beforeAll, describe, expect, test } from 'vitest';
import type { Series } from '../../src/model/series.ts';
import { readSeries, seriesText } from '../../src/health/series-file.ts';
import { seriesOf, simulate, truthOf, YEAR_BEGINS, type Simulation } from './simulated-year.ts';

const YEAR: Simulation = { resources: 2, days: 365, seed: 7, every: 5, outages: 12, holes: 6 };

describe('a year of runs every five minutes', () => {
  const truth = truthOf(YEAR);
  const texts: string[] = [];
  const last = new Map<number, Series>();
  let commits = 0;
  let largest = 0;
  let first: Series;
  beforeAll(async () => {
    let branch: ReadonlyMap<string, string> = new Map();
    for await (const { files } of simulate(YEAR, truth)) {
      commits += 1;
      branch = files;
      if (commits % 500 !== 0) continue;
      const text = seriesText(seriesOf(files, 0));
      largest = Math.max(largest, text.length);
      texts.push(text);
    }
    for (let index = 0; index < YEAR.resources; index++) last.set(index, seriesOf(branch, index));
    first = last.get(0) as Series;
  }, 120_000);
  const sum = (rows: Series['days'], field: 1 | 2) => rows.reduce((total, row) => total + row[field], 0);
  /** The whole year: days that are over, and what there is of the last one. */
  const whole = (series: Series, field: 1 | 2) =>
    sum(series.days, field) +
    sum(
      series.hours.filter(([hour]) => Math.floor(hour / 24) > (series.days.at(-1)?.[0] ?? 0)),
      field,
    );

  test('commits once an hour, and where something changed', () => {
    expect(commits).toBeGreaterThan(365 * 24 - 6 * 6);
    // A failing run is one each time, until the failures are no news any more.
    expect(commits).toBeLessThan(365 * 24 + 2 * 12 * 25);
  });

  test('keeps hours for a month, days for two years, samples for a day or two', () => {
    expect(first.days).toHaveLength(364);
    expect(first.hours.length).toBeLessThanOrEqual(31 * 24);
    expect(first.hours.length).toBeGreaterThan(29 * 24);
    expect((first.raw.at(-1)?.[0] ?? 0) - (first.raw[0]?.[0] ?? 0)).toBeLessThanOrEqual(2 * 1440);
    expect(largest).toBeLessThan(40_000);
  });

  test('knows every outage to the minutes of the schedule', () => {
    for (const [index, outages] of truth.outages.entries()) {
      const down = whole(last.get(index) as Series, 2);
      const seen = outages.reduce((total, [from, to]) => total + to - from - unseen(from, to), 0);
      // Each begins and ends up to a schedule, and what it is late, before it is seen.
      expect(Math.abs(down - seen)).toBeLessThanOrEqual(outages.length * 8);
      expect(down).toBeGreaterThan(200);
    }
  });

  test('counts missing runs as unknown, as neither up nor down', () => {
    const missing = truth.holes.reduce((total, [from, to]) => total + to - from, 0);
    const unknown = 365 * 1440 - whole(first, 1);
    // The first run afterwards vouches for some minutes; the quiet ones before, since the hour turned, left no trace.
    expect(unknown).toBeGreaterThanOrEqual(missing - truth.holes.length * 13);
    expect(unknown).toBeLessThanOrEqual(missing + truth.holes.length * 60);
  });

  test('is read as it was written', () => {
    for (const text of texts) expect(seriesText(readSeries('series', text))).toBe(text);
  });

  test('writes the series of what is well once a day', async () => {
    const quiet = { ...YEAR, resources: 3, outages: 0, holes: 0, days: 8 };
    const written: string[] = [];
    for await (const { at, additions } of simulate(quiet))
      for (const path of additions.keys())
        if (path.includes('/series/')) written.push(`${path} ${Math.floor(at / 1440)}`);
    // Once each day, and when it was first seen.
    expect(new Set(written.slice(3)).size).toBe(written.length - 3);
    expect(written.length).toBeLessThanOrEqual(3 * (quiet.days + 2));
    expect(written.length).toBeGreaterThanOrEqual(3 * (quiet.days - 1));
  });

  function unseen(from: number, to: number): number {
    return truth.holes.reduce((total, hole) => total + Math.max(0, Math.min(to, hole[1]) - Math.max(from, hole[0])), 0);
  }
});

test('the year begins with the first day of a year', () => {
  expect(new Date(YEAR_BEGINS * 60_000).toISOString()).toBe('2026-01-01T00:00:00.000Z');
});
