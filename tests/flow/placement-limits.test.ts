import { expect, test } from 'vitest';
import { offers } from '../../src/connect.ts';
import type { Config, ProviderConfig } from '../../src/model/config.ts';
import type { Forecast, QuotaOutlook } from '../../src/model/quota-outlook.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { Connections } from '../../src/provider-kit/connection.ts';
import type { Limit } from '../../src/provider-kit/provider.ts';
import { planReport } from '../../src/report/plan-report.ts';
import { errors, read as readConfig } from '../config/reading.ts';
import { graphOf, planInput, resource } from './fleet.ts';

const read = { source: 'https://cloud.test/limits', date: '2026-11-20', confidence: 'unverified' } as const;
const limits: Limit[] = [
  { what: 'instance time', amount: 750, unit: 'hours', per: 'month', ...read, measure: 'hours', kinds: ['service'] },
  {
    what: 'instances of a service',
    amount: 1,
    unit: 'instances',
    per: 'service',
    ...read,
    measure: 'instances',
    each: true,
  },
  { what: 'instance time', amount: 3000, unit: 'hours', per: 'month', ...read, measure: 'hours', plan: 'pro' },
  { what: 'API requests', amount: 100, unit: 'requests', per: 'hour', ...read },
];

function quotasOf(config: Partial<ProviderConfig>) {
  const provider = { type: 'cloud', title: 'Cloud', kinds: {}, limits };
  const connections = new Map([['cloud', { provider }]]) as unknown as Connections;
  const providers: Config['providers'] = { cloud: { type: 'cloud', options: {}, ...config } };
  return offers(connections, { providers })[0]?.quotas?.map(({ measure, amount, each }) => [measure, amount, each]);
}

test('the limits that count are those of the account’s plan, and what the config says instead', () => {
  expect(quotasOf({})).toEqual([
    ['hours', 750, undefined],
    ['instances', 1, true],
  ]);
  expect(quotasOf({ options: { plan: 'pro' } })).toEqual([['hours', 3000, undefined]]);
  expect(quotasOf({ options: { plan: 'unheard-of' } })).toBeUndefined();
  expect(quotasOf({ limits: { hours: 1500, memory: 1e9 } })).toEqual([
    ['instances', 1, true],
    ['hours', 1500, undefined],
    ['memory', 1e9, undefined],
  ]);
  expect(quotasOf({ limits: { hours: null } })).toEqual([['instances', 1, true]]);
});

test('the config states limits and weights in its own units, and wrong ones are told on their line', async () => {
  const { providers, placement } = await readConfig(
    [
      'fleet: acme',
      'providers:',
      '  render: { plan: starter, limits: { cpu: 0.5, memory: 2GB, hours: null, builds: 500 } }',
      'placement: { weights: { latency: 50 } }',
    ].join('\n'),
  );
  expect(providers['render']).toEqual({
    type: 'render',
    options: { plan: 'starter' },
    limits: { cpu: 500, memory: 2e9, hours: null, builds: 500 },
  });
  expect(placement).toEqual({ weights: { latency: 50 } });
  const wrong = await errors('fleet: acme\nproviders:\n  render: { limits: { memory: 2, machines: 3 } }\n');
  expect(wrong.join('\n')).toMatch(/flotilla\.yml:3:\d+.*size such as 512MB/);
  expect(wrong.join('\n')).toContain('machines');
});

const position = { file: 'flotilla.yml', line: 3, column: 3 };
const forecast = (used: number | null, limit = 750): Forecast => ({
  provider: 'cloud',
  measure: 'hours',
  used,
  limit,
  unstated: 0,
  source: { url: read.source, date: read.date, confidence: read.confidence },
  position,
});
const shortages = [
  { resource: 'service/api', provider: 'cloud', message: 'no account has room', position },
] satisfies QuotaOutlook['shortages'];

test('a plan warns from 80 % of a limit on, on the line of the account', () => {
  const warned = (used: number | null) =>
    makePlan(planInput(graphOf(resource('service/api')), { outlook: { forecasts: [forecast(used)], shortages: [] } }))
      .warnings;
  expect(warned(599)).toEqual([]);
  expect(warned(null)).toEqual([]);
  expect(warned(600)).toEqual([
    {
      message:
        'cloud: 600 instance hours a month used, 80 % of 750 instance hours a month (its limit by https://cloud.test/limits, read 2026-11-20 and not verified)',
      position,
    },
  ]);
});

test('a limit that would be passed blocks the plan, and only the config lifts it', () => {
  const graph = graphOf(resource('service/api'));
  const input = planInput(graph, {
    outlook: { forecasts: [forecast(1460)], shortages },
    allow: new Map([['quota', 'all']]),
  });
  expect(makePlan(input).blocks).toMatchObject([
    { guard: 'quota', resources: ['service/api'], liftable: false, position },
  ]);
  expect(makePlan({ ...input, destroy: true }).blocks).toEqual([]);
});

test('the check says what is used of each limit, how places were judged, and what would be next', () => {
  const parts = { cpu: 0.5, memory: null, latency: null, load: 0.9, success: 1 };
  const assignment = { provider: 'cloud', replicas: 1, because: 'the best score of 2 that fit' };
  const placed = { ...assignment, score: { total: 0.7, parts }, next: { provider: 'other', total: 0.6 } };
  const plan = makePlan(
    planInput(graphOf(resource('service/api')), {
      placement: new Map([['service/api', [placed]]]),
      outlook: { forecasts: [forecast(730), { ...forecast(null), measure: 'requests' }], shortages: [] },
    }),
  );
  const { text } = planReport(plan);
  expect(text).toContain(
    'the best score of 2 that fit; score 0.7 (cpu 0.5, load 0.9, success 1; neutral, as not known: memory, latency); next would be other with 0.6',
  );
  expect(text).toContain('#### Limits');
  expect(text).toContain('| 730 instance hours a month (estimated) | 750 instance hours a month | 97 % |');
  expect(text).toContain('| not known | 750 requests a month |  |');
});
