import { describe, expect, test } from 'vitest';
import { isWritingHour, keepRun, quietResources, withQuietRuns } from '../../src/health/quiet.ts';
import { addRun, EMPTY_SERIES, type Condition } from '../../src/health/series.ts';
import type { InstanceId } from '../../src/model/graph.ts';
import type { HealthState, QuietRuns, Sample } from '../../src/model/health.ts';
import type { Address } from '../../src/model/resource.ts';
import type { Series } from '../../src/model/series.ts';
import { healthText } from '../../src/record/health-text.ts';
import { chance } from './simulated-year.ts';

const BEGIN = Date.UTC(2026, 10, 20) / 60_000;
const time = (minute: number): string => new Date(minute * 60_000).toISOString();
const hourOf = (minute: number): string => time(Math.floor(minute / 60) * 60);
const resources: Address[] = ['service/api', 'service/web', 'site/docs', 'domain/www'];
/** One of them runs at two accounts. */
const instances: InstanceId[] = [...resources.map((resource): InstanceId => `${resource}@a`), 'service/api@b'];
const of = (resource: Address) => instances.filter((instance) => instance.startsWith(`${resource}@`));

const sample = (instance: InstanceId, minute: number, milliseconds: number | null): Sample => ({
  instance,
  at: time(minute),
  ok: milliseconds !== null,
  milliseconds,
  tries: 1,
});

/** One way of keeping a record of runs at the turn of the hour and when something is not well. */
interface Way {
  series: Map<Address, Series>;
  quiet?: QuietRuns | undefined;
  writes: number;
}

interface Run {
  at: number;
  down: ReadonlySet<Address>;
  was: ReadonlySet<Address>;
  turn: boolean;
  samples: Sample[];
}

/** Twelve days of hourly runs, some late, some missing, now and then one that finds something down. */
function story(seed: number): Run[] {
  const random = chance(seed);
  const runs: Run[] = [];
  let was: ReadonlySet<Address> = new Set<Address>();
  for (let hour = 0; hour < 12 * 24; hour += 1) {
    if (random() < 0.05) continue;
    const moments = [hour * 60 + Math.floor(random() * 9), ...(random() < 0.2 ? [hour * 60 + 20] : [])];
    for (const [index, minute] of moments.entries()) {
      const down = new Set(resources.filter(() => random() < 0.04));
      const at = BEGIN + minute;
      const samples = instances
        .filter(() => random() < 0.97)
        .map((instance) => {
          const isDown = down.has(instance.split('@')[0] as Address);
          return sample(instance, at, isDown ? null : Math.floor(40 + random() * 100));
        });
      runs.push({ at, down, was, turn: index === 0, samples });
      was = down;
    }
  }
  return runs;
}

const condition = (down: boolean, at: number): Condition => ({ down, since: time(at) });

function add(series: Series, resource: Address, { at, down, was, samples }: Run): Series {
  return addRun(series, {
    samples: samples.filter(({ instance }) => of(resource).includes(instance)),
    before: condition(was.has(resource), at),
    now: condition(down.has(resource), at),
    every: 5,
  });
}

function each(runs: Run[]): Way {
  const way: Way = { series: new Map(), writes: 0 };
  for (const run of runs)
    for (const resource of resources) {
      if (!run.turn && !run.down.has(resource) && !run.was.has(resource)) continue;
      way.series.set(resource, add(way.series.get(resource) ?? EMPTY_SERIES, resource, run));
      way.writes += 1;
    }
  return way;
}

function daily(runs: Run[]): Way {
  const way: Way = { series: new Map(), writes: 0 };
  let rolledUp: HealthState['rolledUp'] = null;
  for (const run of runs) {
    const now = time(run.at);
    const well = resources.filter((resource) => !run.down.has(resource) && !run.was.has(resource));
    const samples = run.samples.filter(({ instance }) => well.includes(instance.split('@')[0] as Address));
    if (run.turn) way.quiet = keepRun(way.quiet, { samples, now, every: 5 });
    for (const resource of resources) {
      const series = way.series.get(resource) ?? EMPTY_SERIES;
      const isWell = well.includes(resource);
      if (isWell && !(run.turn && isWritingHour(resource, rolledUp, now))) continue;
      const folded = withQuietRuns(series, way.quiet, resource);
      way.series.set(resource, isWell ? folded : add(folded, resource, run));
      way.writes += 1;
    }
    rolledUp = hourOf(run.at);
  }
  return way;
}

describe('runs that are kept until the series is written', () => {
  test.each([1, 2, 3, 4, 5])('come to the same as if it had been written each hour: %i', (seed) => {
    const runs = story(seed);
    for (const length of [30, 100, runs.length]) {
      const [hourly, kept] = [each(runs.slice(0, length)), daily(runs.slice(0, length))];
      for (const resource of resources)
        expect(withQuietRuns(kept.series.get(resource) ?? EMPTY_SERIES, kept.quiet, resource)).toEqual(
          hourly.series.get(resource),
        );
      if (length === runs.length) expect(kept.writes).toBeLessThan(hourly.writes / 4);
    }
  });

  test('are taken up once, however often that is done', () => {
    const { quiet } = daily(story(6));
    const once = withQuietRuns(EMPTY_SERIES, quiet, 'service/api');
    expect(once.raw.length).toBeGreaterThan(20);
    expect(withQuietRuns(once, quiet, 'service/api')).toBe(once);
  });

  test('vouch for the hour between them, and for no more', () => {
    const minutes = [0, 61, 200];
    const kept = minutes.reduce<QuietRuns | undefined>(
      (before, minute) =>
        keepRun(before, { samples: [sample('site/docs@a', BEGIN + minute, 50)], now: time(BEGIN + minute), every: 5 }),
      undefined,
    );
    const { hours } = withQuietRuns(EMPTY_SERIES, kept, 'site/docs');
    expect(hours.map(([, known]) => known)).toEqual([60, 1, 12]);
  });

  test('go after a day, and with them the columns of what nobody watches any more', () => {
    const keep = (before: QuietRuns | undefined, hour: number, ...ids: InstanceId[]) => {
      const at = BEGIN + hour * 60;
      return keepRun(before, { samples: ids.map((id, index) => sample(id, at, 50 + index)), now: time(at), every: 5 });
    };
    let kept = keep(undefined, 0, 'service/api@a', 'site/docs@a');
    for (let hour = 1; hour < 24; hour += 1) kept = keep(kept, hour, 'site/docs@a');
    expect(kept.runs).toHaveLength(24);
    expect(kept.runs[1]).toEqual([BEGIN + 60, null, 50]);
    expect(quietResources(kept)).toEqual(new Set(['service/api', 'site/docs']));
    kept = keep(kept, 24, 'site/docs@a', 'domain/www@a');
    expect(kept.instances).toEqual(['site/docs@a', 'domain/www@a']);
    expect(kept.runs).toHaveLength(24);
    expect([kept.runs[0], kept.runs.at(-1)]).toEqual([
      [BEGIN + 60, 50, null],
      [BEGIN + 24 * 60, 50, 51],
    ]);
  });

  test('of a run that asked nobody: nothing', () => {
    expect(keepRun(undefined, { samples: [], now: time(BEGIN), every: 5 }).runs).toEqual([]);
  });
});

describe('when a series is written', () => {
  const addresses = Array.from({ length: 200 }, (_, index): Address => `service/s${index}`);

  test('at its own hour, once a day, not all at once', () => {
    const hours = Array.from({ length: 48 }, (_, hour) =>
      addresses.filter((one) => isWritingHour(one, time(BEGIN + (hour - 1) * 60), time(BEGIN + hour * 60 + 3))),
    );
    for (let hour = 0; hour < 24; hour += 1) expect(hours[hour]).toEqual(hours[hour + 24]);
    expect(hours.slice(0, 24).flat().toSorted()).toEqual(addresses.toSorted());
    expect(Math.max(...hours.map(({ length }) => length))).toBeLessThanOrEqual(20);
  });

  test('by the first run after its hour, where that was left out', () => {
    expect(addresses.filter((one) => isWritingHour(one, time(BEGIN), time(BEGIN + 1440)))).toEqual(addresses);
    expect(addresses.filter((one) => isWritingHour(one, null, time(BEGIN)))).toEqual(addresses);
  });
});

test('a run that is kept is one line of health.json, and is read as it was', () => {
  const quiet: QuietRuns = {
    every: 5,
    instances: ['service/api@a', 'site/docs@a'],
    runs: [
      [BEGIN, -1],
      [BEGIN + 60, 50, null],
    ],
  };
  const health = { format: 1, heals: [], quiet, told: '[\n 1\n ]' } as unknown as HealthState;
  const text = healthText(health);
  expect(text).toContain(`\n      [${BEGIN}, -1],\n      [${BEGIN + 60}, 50, null]\n`);
  expect(JSON.parse(text)).toEqual(health);
});
