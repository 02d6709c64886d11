import { describe, expect, test } from 'vitest';
import type { InstanceHealth, Sample } from '../../src/model/health.ts';
import type { Series } from '../../src/model/series.ts';
import { addRun, conditionOf, EMPTY_SERIES, type Condition } from '../../src/health/series.ts';
import { readSeries, seriesText } from '../../src/health/series-file.ts';

const at = (clock: string): string => `2026-11-20T${clock}:00.000Z`;
const hourOf = (clock: string): number => Math.floor(Date.parse(at(clock)) / 3_600_000);
const up: Condition = { down: false, since: at('00:00') };

function sample(clock: string, milliseconds: number | null = 100): Sample {
  return { instance: 'service/api@a', at: at(clock), ok: milliseconds !== null, milliseconds, tries: 1 };
}

interface Run {
  clock: string;
  down?: string;
  upSince?: string;
}

/** Runs one after the other, on a schedule of five minutes; `down`: out of health since then. */
function runs(...list: Run[]): Series {
  let before: Condition | null = null;
  return list.reduce((series, { clock, down, upSince }) => {
    const now = down ? { down: true, since: at(down) } : { down: false, since: at(upSince ?? '00:00') };
    const next = addRun(series, { samples: [sample(clock, down ? null : 100)], before, now, every: 5 });
    before = now;
    return next;
  }, EMPTY_SERIES);
}

const minutes = (series: Series): Record<string, [known: number, down: number]> =>
  Object.fromEntries(series.hours.map(([hour, known, down]) => [`${hour % 24}`, [known, down]]));

describe('what is known', () => {
  test('of a quiet hour between two recorded runs: all of it', () => {
    expect(minutes(runs({ clock: '10:02' }, { clock: '11:03' }))).toEqual({ 10: [58, 0], 11: [3, 0] });
  });

  test('of a silence longer than an hour: only what the later run vouches for', () => {
    expect(minutes(runs({ clock: '10:00' }, { clock: '12:30' }))).toEqual({ 10: [0, 0], 12: [12, 0] });
  });

  test('never longer than a quarter of an hour, whatever the schedule', () => {
    const first = addRun(EMPTY_SERIES, { samples: [sample('10:00')], before: null, now: up, every: 60 });
    const second = addRun(first, { samples: [sample('15:00')], before: up, now: up, every: 60 });
    expect(second.hours.map(([, known]) => known)).toEqual([0, 15, 0]);
  });

  test('of a run that mistrusts itself: nothing', () => {
    const series = runs({ clock: '10:00' });
    expect(addRun(series, { samples: [], before: up, now: up, every: 5 })).toBe(series);
  });
});

describe('what is down', () => {
  test('counts from the first failed probe, although that was confirmed later', () => {
    const series = runs({ clock: '10:00' }, { clock: '10:05' }, { clock: '10:15', down: '10:05' });
    expect(minutes(series)).toEqual({ 10: [15, 10] });
  });

  test('ends with the first good probe, although that was confirmed later', () => {
    const series = runs(
      { clock: '10:00' },
      { clock: '10:10', down: '10:00' },
      { clock: '10:20', down: '10:00' },
      { clock: '10:25', upSince: '10:15' },
    );
    expect(minutes(series)).toEqual({ 10: [25, 15] });
  });

  test('goes on over the hours of a long outage, without the hole in it', () => {
    const series = runs({ clock: '09:55' }, { clock: '10:10', down: '10:00' }, { clock: '14:05', down: '10:00' });
    expect(minutes(series)).toEqual({ 9: [5, 0], 10: [10, 10], 13: [7, 7], 14: [5, 5] });
  });

  test('changes a day that is over when the outage began in it', () => {
    const before = { down: false, since: at('00:00') };
    const night = (clock: string, day = 21): Sample => ({ ...sample('00:00'), at: `2026-11-${day}T${clock}:00.000Z` });
    let series = addRun(EMPTY_SERIES, { samples: [night('23:40', 20)], before: null, now: before, every: 5 });
    series = addRun(series, { samples: [night('00:05')], before, now: before, every: 5 });
    expect(series.days.map(([, known, down]) => [known, down])).toEqual([[20, 0]]);
    const now = { down: true, since: '2026-11-20T23:50:00.000Z' };
    series = addRun(series, { samples: [night('00:10')], before, now, every: 5 });
    expect(series.days.map(([, known, down]) => [known, down])).toEqual([[20, 10]]);
    expect(minutes(series)[0]).toEqual([10, 10]);
  });
});

test('a write that is made again counts once, a second instance counts', () => {
  const once = runs({ clock: '10:00' }, { clock: '10:05' });
  expect(addRun(once, { samples: [sample('10:05')], before: up, now: up, every: 5 })).toBe(once);
  const two = addRun(once, { samples: [sample('10:10', 50), sample('10:10', 70)], before: up, now: up, every: 5 });
  expect(two.hours).toEqual([[hourOf('10:00'), 10, 0, 4, 70, 100, 100]]);
});

describe('a resource of several instances', () => {
  const health = (status: InstanceHealth['status'], since: string, failures = 0): InstanceHealth => ({
    status,
    since: at(since),
    failures,
    successes: failures === 0 ? 1 : 0,
    turns: [],
    latency: null,
    last: { at: at('12:00'), ok: failures === 0, milliseconds: null, tries: 1 },
  });

  test('is down while none of them serves, since the last went down', () => {
    expect(conditionOf([health('down', '10:00', 3), health('up', '09:00')])).toEqual({
      down: false,
      since: at('09:00'),
    });
    expect(conditionOf([health('down', '10:00', 3), health('down', '11:00', 3)])).toEqual({
      down: true,
      since: at('11:00'),
    });
  });

  test('is nothing while nothing is known; suspicion is not yet down; a flapping one is what it was found to be', () => {
    expect(conditionOf([health('unknown', '10:00')])).toBeNull();
    expect(conditionOf([health('suspect', '10:00', 1)])?.down).toBe(false);
    expect(conditionOf([health('flapping', '10:00', 1)])).toEqual({ down: true, since: at('12:00') });
    expect(conditionOf([health('flapping', '10:00')])?.down).toBe(false);
  });
});

describe('a file of a series', () => {
  const text = seriesText(runs({ clock: '10:00' }, { clock: '10:05' }));

  test('has one row a line and is read as it was written', () => {
    const [minute] = readSeries('s.json', text).raw[0] ?? [];
    expect(minute).toBe(hourOf('10:00') * 60);
    expect(text.split('\n')).toHaveLength(10);
    expect(seriesText(readSeries('s.json', text))).toBe(text);
    expect(readSeries('s.json', seriesText(EMPTY_SERIES))).toEqual(EMPTY_SERIES);
  });

  const hour = hourOf('10:00');
  test.each([
    ['half a file', text.slice(0, -9), 'not JSON'],
    ['a list', '[]', 'expected a JSON object'],
    ['no format', '{}', 'expected format 1'],
    ['another key', '{"format":1,"days":[],"hours":[],"raw":[],"x":1}', '"x" is not part'],
    ['rows that are none', '{"format":1,"days":{},"hours":[],"raw":[]}', 'expected rows in days'],
    ['a short row', '{"format":1,"days":[],"hours":[[1,2]],"raw":[]}', 'hours[0] is [1,2]'],
    ['a null row', '{"format":1,"days":[],"hours":[],"raw":[[1,1],null]}', 'raw[1] is null'],
    ['a fraction', '{"format":1,"days":[],"hours":[],"raw":[[1.5,1]]}', 'raw[0]'],
    ['more down than known', `{"format":1,"days":[],"hours":[[${hour},5,6,1,1]],"raw":[]}`, 'hours[0]'],
    ['an hour twice', `{"format":1,"days":[],"hours":[[${hour},5,0,1,1],[0,5,0,1,1]],"raw":[]}`, 'hours[1]'],
    ['percentiles told twice', `{"format":1,"days":[],"hours":[[${hour},5,0,1,1,1,1]],"raw":[]}`, 'hours[0]'],
    ['a long hour', `{"format":1,"days":[],"hours":[[${hour},61,0,1,1]],"raw":[]}`, 'hours[0]'],
    ['rows out of order', '{"format":1,"days":[],"hours":[],"raw":[[2,1],[-1,1]]}', 'raw[1]'],
  ])('is refused with its name: %s', (_, broken, message) => {
    expect(() => readSeries('production/series/service.api.json', broken)).toThrow(message);
    expect(() => readSeries('production/series/service.api.json', broken)).toThrow(
      'production/series/service.api.json',
    );
  });

  test('of a newer format is refused as such', () => {
    expect(() => readSeries('s.json', '{"format":2}')).toThrow('this release of Flotilla knows 1');
  });
});
