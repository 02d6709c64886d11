import { describe, expect, test } from 'vitest';
import type { Incident } from '../../src/model/incident.ts';
import type { Address } from '../../src/model/resource.ts';
import type { Series } from '../../src/model/series.ts';
import type { Event } from '../../src/model/state.ts';
import { fleetNumbers, type NumbersInput } from '../../src/health/numbers.ts';
import { percentiles, weightedPercentiles } from '../../src/health/percentiles.ts';
import { EMPTY_SERIES } from '../../src/health/series.ts';

const now = new Date('2026-11-20T12:30:00Z');
const TODAY = Math.floor(now.getTime() / 86_400_000);
const HOUR = Math.floor(now.getTime() / 3_600_000);
const api: Address = 'service/api';

const series = (given: Partial<Series>): Series => ({ ...EMPTY_SERIES, ...given });
const numbers = (given: Partial<NumbersInput>) =>
  fleetNumbers({ series: new Map([[api, EMPTY_SERIES]]), incidents: [], events: [], now, ...given });

describe('uptime', () => {
  const one = series({
    days: [
      [TODAY - 200, 1440, 1440, 24, 1, 1, 1],
      [TODAY - 60, 1440, 144, 24, 1, 1, 1],
      [TODAY - 20, 1000, 0, 24, 1, 1, 1],
      [TODAY - 1, 1440, 72, 24, 1, 1, 1],
    ],
    hours: [
      [HOUR - 24, 60, 60, 1, 1, 1, 1],
      [HOUR - 23, 60, 30, 1, 40, 1, 1],
      [HOUR, 30, 0, 1, 50, 1, 1],
    ],
  });
  const { resources, uptime } = numbers({ series: new Map([[api, one]]) });

  test('is of what is known in each window', () => {
    expect(resources[api]?.uptime).toEqual({
      day: { known: 90, down: 30, share: 60 / 90 },
      week: { known: 1470, down: 72, share: 1398 / 1470 },
      month: { known: 2470, down: 72, share: 2398 / 2470 },
      quarter: { known: 3910, down: 216, share: 3694 / 3910 },
      year: { known: 5350, down: 1656, share: 3694 / 5350 },
    });
    expect(uptime).toEqual(resources[api]?.uptime);
  });

  test('of the fleet counts every resource’s minutes', () => {
    const well = series({ days: [[TODAY - 1, 1440, 0, 24, 1, 1, 1]] });
    const fleet = numbers({
      series: new Map<Address, Series>([
        [api, one],
        ['site/web', well],
      ]),
    });
    expect(fleet.uptime.week).toEqual({ known: 2910, down: 72, share: 2838 / 2910 });
  });

  test('is not known, rather than whole, of nothing', () => {
    expect(numbers({}).uptime.day).toEqual({ known: 0, down: 0, share: null });
    expect(numbers({}).latency).toEqual({ day: null, month: null });
  });

  test('by day and by hour has a place for each, today and this hour last', () => {
    const { days = [], hours = [] } = resources[api] ?? {};
    expect(days).toHaveLength(90);
    expect(days[88]).toMatchObject({ known: 1440, down: 72 });
    expect(days[87]?.share).toBeNull();
    expect(days[89]?.known).toBe(30);
    expect(hours).toHaveLength(24);
    expect([hours[0], hours[1], hours[23]]).toEqual([40, null, 50]);
  });
});

describe('latency', () => {
  test('of a day is of its good samples', () => {
    const minute = Math.floor(now.getTime() / 60_000);
    const raw: Series['raw'] = [
      [minute - 1441, 9999],
      ...Array.from({ length: 100 }, (_, n): [number, number] => [minute - 100 + n, n + 1]),
      [minute, -1],
    ];
    expect(numbers({ series: new Map([[api, series({ raw })]]) }).latency.day).toEqual({ p50: 50, p95: 95, p99: 99 });
  });

  test('of longer is never told lower than it was', () => {
    const days: Series['days'] = [
      [TODAY - 2, 1440, 0, 24, 10, 100, 900],
      [TODAY - 1, 1440, 0, 24, 20, 200, 300],
    ];
    const { month } = numbers({ series: new Map([[api, series({ days })]]) }).latency;
    expect(month).toEqual({ p50: 20, p95: 200, p99: 900 });
  });

  test('percentiles are by nearest rank, whatever the order and the weights', () => {
    expect(percentiles([3, 1, 2])).toEqual({ p50: 2, p95: 3, p99: 3 });
    expect(percentiles([])).toBeUndefined();
    expect(
      weightedPercentiles([
        [5, 9.5],
        [1, 90.5],
      ]),
    ).toEqual({ p50: 1, p95: 5, p99: 5 });
  });
});

describe('incidents', () => {
  const incident = (given: Partial<Incident>): Incident => ({
    format: 1,
    id: 'x',
    environment: 'production',
    kind: 'down',
    subject: api,
    title: 'service/api is down',
    began: '2026-11-10T10:00:00Z',
    opened: '2026-11-10T10:10:00Z',
    cause: 'refused',
    resources: [api],
    dependants: [],
    timeline: [],
    failedProbes: 3,
    issue: null,
    ...given,
  });
  const list = [
    incident({ recovered: '2026-11-10T10:30:00Z' }),
    incident({ began: '2026-11-19T10:00:00Z', opened: '2026-11-19T10:05:00Z' }),
    incident({ kind: 'certificate', began: '2026-11-01T00:00:00Z', opened: '2026-11-09T00:00:00Z' }),
    incident({
      began: '2026-02-01T00:00:00Z',
      opened: '2026-02-01T05:00:00Z',
      resources: ['site/web'],
      subject: 'site/web',
    }),
  ];

  test('are counted by when they began, and timed when they are outages', () => {
    const { incidents, secondsToDetect, secondsToRecover, resources } = numbers({ incidents: list });
    expect(incidents).toEqual({ month: 3, year: 4 });
    expect([secondsToDetect, secondsToRecover]).toEqual([450, 1800]);
    expect(resources[api]?.incidents).toEqual({ month: 3, year: 3 });
  });

  test('of none there is no average', () => {
    expect(numbers({})).toMatchObject({
      incidents: { month: 0, year: 0 },
      secondsToDetect: null,
      secondsToRecover: null,
    });
  });

  describe('and deployments', () => {
    let count = 0;
    const event = (at: string, run: string, commit: string, given: Partial<Event> = {}): Event => ({
      id: `e${++count}`,
      at,
      kind: 'step.succeeded',
      environment: 'production',
      actor: 'ada',
      run,
      commit,
      plan: 'p',
      resource: api,
      action: 'update',
      ...given,
    });
    const events = [
      event('2026-11-06T12:30:00Z', 'r1', 'c1', { action: 'create' }),
      event('2026-11-06T12:31:00Z', 'r1', 'c1', { action: 'create', resource: 'site/web' }),
      event('2026-11-10T09:30:00Z', 'r2', 'c2'),
      event('2026-11-11T09:00:00Z', 'r3', 'c3', { kind: 'step.failed' }),
      event('2026-11-11T09:30:00Z', 'r4', 'c3'),
      event('2026-11-12T09:30:00Z', 'r5', 'c3', { action: 'delete', resource: 'site/web' }),
      event('2026-11-12T09:30:00Z', 'r6', 'c3', { kind: 'apply.finished' }),
    ];
    const committed = new Map([
      ['c1', '2026-11-06T12:21:00Z'],
      ['c2', '2026-11-10T09:00:00Z'],
      ['c3', '2026-11-11T08:50:00Z'],
    ]);
    const told = numbers({ incidents: list, events, committed });

    test('are counted by apply for the fleet and by step for a resource', () => {
      expect(told.deploymentsPerWeek).toBe(1.5);
      expect(told.resources[api]?.deploymentsPerWeek).toBe(1.5);
      expect(numbers({ events: [event(now.toISOString(), 'r', 'c')] }).deploymentsPerWeek).toBeNull();
    });

    test('take from the commit to the first time that it is in place', () => {
      expect(told.leadSeconds).toBe(1800);
      expect(numbers({ events }).leadSeconds).toBeNull();
    });

    test('have failed when a step did, or an outage of it followed', () => {
      // The second is followed by an outage within the hour, the third failed.
      expect(told.changeFailureRate).toBe(0.5);
      expect(numbers({ events }).changeFailureRate).toBe(0.25);
      const mended = [...events, event('2026-11-10T09:55:00Z', 'r7', 'c2')].toSorted((a, b) => (a.at < b.at ? -1 : 1));
      expect(numbers({ events: mended, incidents: list }).changeFailureRate).toBe(2 / 5);
    });
  });
});
