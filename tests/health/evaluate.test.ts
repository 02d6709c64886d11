import { describe, expect, test } from 'vitest';
import { evaluate } from '../../src/health/evaluate.ts';
import { isNews } from '../../src/health/is-news.ts';
import type { InstanceId } from '../../src/model/graph.ts';
import type { HealthState } from '../../src/model/health.ts';
import { EVERY, last, statuses, target, tell, time } from './story.ts';

const API = 'service/api@render';
const NOTHING = { opened: [], updated: [], closed: [] };

/** Beside it something that is always well, so that the prober has no reason to suspect itself. */
const alone = (row: string, telling: Parameters<typeof tell>[1] = {}) =>
  tell({ [API]: row, 'site/web@vercel': row.replaceAll(/[^-]/g, '.') }, telling);

describe('one instance', () => {
  test.each([
    ['a failure is suspect, three in a row are down, two good ones up', '..xxx..', 'uussDDu'],
    ['a single failed run is no outage', '..x..x..', 'uusuusuu'],
    ['two failed runs are none either', '..xx..', 'uussuu'],
    ['one good run does not end an outage', 'xxx.x', 'ssDDD'],
    ['a wake-up is a good answer', '.w.w', 'uuuu'],
    ['a second vantage confirms at once', '..c..', 'uuDDu'],
    ['a second vantage that sees it well does not excuse it', '..vvv..', 'uussDDu'],
    ['what was never well goes down as well', 'xxx', 'ssD'],
  ])('%s', (_, row, expected) => {
    expect(statuses(alone(row), API)).toBe(expected);
  });

  test('down is since the first failed probe, up since the first good one', () => {
    const told = alone('..xxx...');
    expect(told[4]?.health.instances[API]).toMatchObject({ status: 'down', since: time(2), failingSince: time(2) });
    expect(told[6]?.health.instances[API]).toMatchObject({ status: 'up', since: time(5), failures: 0 });
    expect(told[6]?.health.instances[API]).not.toHaveProperty('failingSince');
  });

  test('what turned is told once', () => {
    const turned = alone('.xxx..').map(({ turned }) =>
      turned.map(({ resource, from, to }) => `${resource} ${from} ${to}`),
    );
    expect(turned).toEqual([
      ['service/api unknown up', 'site/web unknown up'],
      ['service/api up suspect'],
      [],
      ['service/api suspect down'],
      [],
      ['service/api down up'],
    ]);
  });

  test('a wake-up does not count as what answers usually take', () => {
    expect(last(alone('...w')).health.instances[API]?.latency).toBe(100);
  });

  test('an endless outage changes nothing any more', () => {
    const told = alone('x'.repeat(104));
    expect(last(told).health.instances[API]?.failures).toBe(100);
    expect(isNews(told[102]?.health, last(told).health, NOTHING)).toBe(false);
    expect(isNews(told[90]?.health, told[91]?.health as HealthState, NOTHING)).toBe(true);
  });

  test('what is no target any more is forgotten', () => {
    const told = tell({ [API]: '.', 'site/web@vercel': '.' });
    const { health } = evaluate({
      before: { ...last(told).health, beats: { 'job/gone': time(0) } },
      samples: [],
      targets: [target(API)],
      now: time(1),
      schedule: { every: EVERY },
    });
    expect(Object.keys(health.instances)).toEqual([API]);
    expect(health.beats).toEqual({});
  });
});

describe('flapping', () => {
  test('four rows of failures in a short time flap, although none was long enough to be down', () => {
    expect(statuses(alone('.x.x.x.x.x'), API)).toBe('usususufff');
  });

  test('the same is nothing where a run takes place every half minute', () => {
    expect(statuses(alone('.x.x.x.x.x', { every: 30_000 }), API)).not.toContain('f');
  });

  test('three do not', () => {
    expect(statuses(alone('.x..x...x..'), API)).not.toContain('f');
  });

  test('it is up again when it has not turned for half an hour', () => {
    expect(statuses(alone('.x.x.x.x........'), API)).toBe('usususufffffffuu');
  });

  test('one whose recoveries do not last stays out of health until it is stable', () => {
    expect(statuses(alone('xxx..xxx..........'), API)).toBe('ssDDussDDfffffuuuu');
  });

  test('one that flapped and then failed for good is down', () => {
    expect(statuses(alone('.x.x.x.xxxxxxxx'), API)).toBe('usususuffffffDD');
  });
});

describe('a schedule that is late or left out', () => {
  const hole = '-'.repeat(6);

  test('two failures with a hole between them do not confirm each other', () => {
    const told = alone(`.xx${hole}xx.`);
    expect(statuses(told, API)).toBe('ussssu');
    expect(told[3]?.missing).toEqual({ from: time(2), to: time(9) });
  });

  test('an outage that goes on behind the hole is down since it was seen after it', () => {
    const told = alone(`.xx${hole}xxx`);
    expect(statuses(told, API)).toBe('ussssD');
    expect(last(told).health.instances[API]?.since).toBe(time(9));
  });

  test('one run left out is no hole', () => {
    expect(statuses(alone('.x-x-x'), API)).toBe('ussD');
  });

  test('what is down stays down, and recovers on the other side', () => {
    expect(statuses(alone(`xxx${hole}x${hole}..`), API)).toBe('ssDDDu');
  });

  test('a schedule that is always late does not make us blind', () => {
    const always = Array.from({ length: 6 }, () => 'x').join(hole);
    expect(statuses(alone(`.${hole}${always}`), API)).toBe('usssDDD');
  });

  test('a long silence while all is well is missing data and nothing else', () => {
    const told = alone(`..${'-'.repeat(60)}..`);
    expect(told.flatMap(({ opened }) => opened)).toEqual([]);
    expect(told[2]?.missing).toEqual({ from: time(1), to: time(62) });
    expect(told[2]?.health.instances[API]?.since).toBe(time(62));
  });

  test('what is not asked for long is unknown, unless it is down', () => {
    const silent = '-'.repeat(20);
    const told = tell({ [API]: '.', 'service/b@render': 'xxx', 'site/web@vercel': `...${silent}.` });
    expect(statuses(told, API)).toBe('uuu?');
    expect(statuses(told, 'service/b@render')).toBe('ssDD');
  });

  test('with the previous run known, silence in the record is no hole', () => {
    const told = alone('..');
    const input = { before: last(told).health, samples: [], targets: [target(API)], now: time(12) };
    expect(evaluate({ ...input, schedule: { every: EVERY } }).missing).toBeUndefined();
    expect(evaluate({ ...input, schedule: { every: EVERY, previous: time(11) } }).missing).toBeUndefined();
    expect(evaluate({ ...input, schedule: { every: EVERY, previous: time(5) } }).missing).toEqual({
      from: time(5),
      to: time(12),
    });
  });
});

describe('a prober that suspects itself', () => {
  const three = (row: string) => ({ [API]: row, 'service/b@fly': row, 'site/c@vercel': row }) as const;

  test('when all fails at once, once, nothing is counted', () => {
    const told = tell(three('..x..'));
    expect(statuses(told, API)).toBe('uuuuu');
    expect(told[2]?.selfSuspect).toContain('all 3 probes failed at once, at fly, render and vercel');
    expect(told[2]?.health.suspicion).toBe(time(2));
    expect(told[3]?.health).not.toHaveProperty('suspicion');
  });

  test('a second such run in a row counts, from the first', () => {
    const told = tell(three('..xxxx'));
    expect(statuses(told, API)).toBe('uuussD');
    expect(last(told).health.instances[API]?.since).toBe(time(2));
  });

  test('not when a hole is between them', () => {
    expect(statuses(tell(three(`..x${'-'.repeat(6)}x.`)), API)).toBe('uuuuu');
  });

  test('runs that overlap have one suspicion, and do not confirm it', () => {
    const { health } = last(tell(three('..x')));
    const now = new Date(Date.parse(time(2)) + 20_000).toISOString();
    const ids = Object.keys(three('')) as InstanceId[];
    const samples = ids.map((instance) => ({ instance, at: now, ok: false, milliseconds: null, tries: 3 }));
    const targets = ids.map((id) => target(id));
    const rival = evaluate({ before: health, samples, targets, now, schedule: { every: EVERY } });
    expect(rival.selfSuspect).toBeDefined();
    expect(rival.health.suspicion).toBe(time(2));
  });

  test('one that is down already does not keep it from that', () => {
    const told = tell({ ...three('...x.'), 'service/old@fly': 'xxxxx' });
    expect(told.map(({ selfSuspect }) => selfSuspect !== undefined)).toEqual([false, false, false, true, false]);
  });

  test('a second vantage that sees it fail settles it', () => {
    const told = tell({ ...three('..x'), [API]: '..c' });
    expect(told[2]?.selfSuspect).toBeUndefined();
    expect(statuses(told, API)).toBe('uuD');
  });

  test('two targets are too few to say', () => {
    expect(tell({ [API]: '.x', 'site/c@vercel': '.x' })[1]?.selfSuspect).toBeUndefined();
  });

  test('three hosts at one provider are enough', () => {
    const told = tell({ [API]: '.x', 'service/b@render': '.x', 'service/c@render': '.x' });
    expect(told[1]?.selfSuspect).toBeDefined();
  });
});

describe('heartbeats', () => {
  const job = target('job/nightly@local', { check: { kind: 'heartbeat', withinSeconds: 3600 } });
  const look = (before: HealthState | undefined, run: number) =>
    evaluate({ before, samples: [], targets: [job], now: time(run), schedule: { every: EVERY } }).health;
  const status = (health: HealthState) => health.instances['job/nightly@local'];

  test('a job that reports in time is up, and down when it does not', () => {
    const begun = { ...look(undefined, 0), beats: { 'job/nightly': time(1) } } as const;
    expect(status(look(begun, 2))).toMatchObject({ status: 'up', since: time(1) });
    const overdue = look(look(begun, 2), 14);
    expect(status(overdue)).toMatchObject({ status: 'down', since: time(13), last: { ok: false } });
    const again = look({ ...overdue, beats: { 'job/nightly': time(15) } }, 16);
    expect(status(again)).toMatchObject({ status: 'up', since: time(15) });
  });

  test('one that never reported is given the same time, from when it was first seen', () => {
    const first = look(undefined, 0);
    expect(status(first)?.status).toBe('unknown');
    expect(status(look(first, 12))?.status).toBe('unknown');
    const overdue = look(first, 13);
    expect(status(overdue)).toMatchObject({ status: 'down', since: time(12) });
    expect(status(look(overdue, 20))).toMatchObject({ status: 'down', since: time(12) });
  });
});

describe('runs that are computed twice, or at the same time', () => {
  test('the same samples count once', () => {
    const before = last(alone('..x')).health;
    const samples = [
      { instance: API, at: time(3), ok: false, milliseconds: null, tries: 3, problem: 'HTTP 503' },
    ] as const;
    const input = { samples, targets: [target(API)], now: time(3), schedule: { every: EVERY } };
    const once = evaluate({ ...input, before });
    const twice = evaluate({ ...input, before: once.health });
    expect(once.failed).toEqual([API]);
    expect(twice.health).toEqual(once.health);
    expect(twice.failed).toEqual([]);
    expect(twice.turned).toEqual([]);
    const confirmedBy = new Map([[API, true] as const]);
    expect(evaluate({ ...input, before: once.health, confirmedBy }).health).toEqual(once.health);
  });

  test('runs that overlap do not confirm each other', () => {
    const seconds = (run: number, more: number) => new Date(Date.parse(time(run)) + more * 1000).toISOString();
    let health = last(alone('..x')).health;
    for (const at of [seconds(2, 5), seconds(2, 20), seconds(2, 50)])
      ({ health } = evaluate({
        before: health,
        samples: [{ instance: API, at, ok: false, milliseconds: null, tries: 3 }],
        targets: [target(API)],
        now: at,
        schedule: { every: EVERY },
      }));
    expect(health.instances[API]).toMatchObject({ status: 'suspect', failures: 1 });
  });

  test('a sample that is older than what is recorded says nothing', () => {
    const { health } = last(alone('..x'));
    const late = { instance: API, at: time(1), ok: true, milliseconds: 90, tries: 1 } as const;
    const next = evaluate({
      before: health,
      samples: [late],
      targets: [target(API)],
      now: time(1),
      schedule: { every: EVERY },
    });
    expect(next.health.instances[API]).toEqual(health.instances[API]);
    expect(next.health.checked).toBe(time(2));
  });
});
