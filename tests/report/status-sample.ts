import type { HealthState, InstanceHealth } from '../../src/model/health.ts';
import type { Incident } from '../../src/model/incident.ts';
import {
  WINDOWS,
  type FleetNumbers,
  type Numbers,
  type ResourceNumbers,
  type Uptime,
} from '../../src/model/numbers.ts';
import type { Address } from '../../src/model/resource.ts';
import type { Event, ResourceState } from '../../src/model/state.ts';
import type { StatusInput } from '../../src/report/status/status-input.ts';
import { instance } from './sample.ts';

export const NOW = '2026-11-20T12:30:00.000Z';
const before = (days: number, minutes = 0): string =>
  new Date(Date.parse(NOW) - days * 86_400_000 - minutes * 60_000).toISOString();

interface Sampled {
  address: Address;
  provider: string;
  dependsOn?: Address[];
  status?: InstanceHealth['status'] | 'unwatched';
  /** Minutes out of health, by days ago. */
  outages?: Record<number, number>;
  /** First day with data, days ago. */
  known?: number;
  base?: number;
  error?: string;
}

const FLEET: Sampled[] = [
  {
    address: 'service/api',
    provider: 'render',
    dependsOn: ['database/main', 'bucket/media'],
    outages: { 3: 4, 41: 130 },
    base: 84,
  },
  {
    address: 'service/checkout',
    provider: 'fly',
    dependsOn: ['service/api', 'database/main'],
    status: 'down',
    outages: { 0: 26, 12: 9 },
    base: 210,
  },
  {
    address: 'service/worker',
    provider: 'koyeb',
    dependsOn: ['database/main'],
    known: 30,
    base: 61,
    error: 'the image acme/worker:latest-with-a-long-tag-that-nobody-shortened does not exist, or may not be read',
  },
  {
    address: 'service/search',
    provider: 'fly',
    dependsOn: ['service/api'],
    status: 'flapping',
    outages: { 0: 18, 1: 11 },
    base: 480,
  },
  { address: 'site/web', provider: 'vercel', dependsOn: ['service/api', 'service/checkout'], base: 38 },
  { address: 'site/docs', provider: 'netlify', outages: { 41: 22 }, base: 44 },
  { address: 'database/main', provider: 'neon', status: 'unwatched' },
  { address: 'bucket/media', provider: 'cloudflare', status: 'unwatched' },
  { address: 'model/ranker', provider: 'huggingface', status: 'unknown', known: 0 },
  { address: 'domain/acme.dev', provider: 'cloudflare', dependsOn: ['site/web'], base: 22 },
];

/** A fleet of ten with something of everything. */
export function statusInput(given: Partial<StatusInput> = {}): StatusInput {
  return inputOf(FLEET, given);
}

/** A fleet of so many, as real ones are: most of it quiet. */
export function largeInput(count: number, given: Partial<StatusInput> = {}): StatusInput {
  const fleet = Array.from({ length: count }, (_, index): Sampled => {
    const outages = index % 3 === 0 ? { [(index * 7) % 90]: 5 + index, [(index * 11) % 90]: 90 } : {};
    return {
      address: `${index % 4 === 0 ? 'site' : 'service'}/component-${index}`,
      provider: `account-${index % 5}`,
      dependsOn:
        index > 4 && index % 5 === 0 ? [`service/component-${index - 2}`, `service/component-${index - 3}`] : [],
      base: 30 + ((index * 37) % 400),
      outages,
    };
  });
  return inputOf(fleet, given);
}

function inputOf(fleet: Sampled[], given: Partial<StatusInput>): StatusInput {
  const resources = Object.fromEntries(
    fleet.filter(({ status }) => status !== 'unwatched').map((one) => [one.address, numbersOf(one)]),
  );
  return {
    fleet: 'acme',
    environment: 'production',
    generated: NOW,
    status: {
      title: 'Acme status',
      description: 'How the shop, its interfaces and its documentation are doing.',
      url: 'https://status.acme.dev',
    },
    health: healthOf(fleet),
    numbers: { ...fleetFigures(Object.values(resources)), resources } as FleetNumbers,
    incidents: INCIDENTS,
    maintenance: [
      {
        from: '2026-12-01T22:00:00Z',
        to: '2026-12-02T02:00:00Z',
        resources: ['database/main'],
        reason: 'The database moves to a larger machine',
      },
    ],
    recorded: {
      environment: {
        format: 1,
        fleet: 'acme',
        environment: 'production',
        serial: 7,
        commit: '0123456789abcdef0123456789abcdef01234567',
        plan: 'abcd1234abcd1234',
        applied: before(0, 200),
        outcome: 'succeeded',
        lease: null,
      },
      secrets: new Map(),
      resources: new Map(fleet.map((one) => [one.address, stateOf(one)])),
    },
    events: EVENTS,
    placement: {
      'service/api': [
        {
          provider: 'render',
          region: 'eu',
          replicas: 1,
          because: 'the best of three that fit',
          score: { total: 0.82, parts: { cpu: 0.9, memory: 0.75, latency: 0.8, load: 0.7, success: 1 } },
          next: { provider: 'fly', total: 0.74 },
        },
      ],
      'site/web': [{ provider: 'vercel', replicas: 1, because: 'it is there already' }],
    },
    forecasts: [
      { provider: 'render', measure: 'hours', used: 730, limit: 750, unstated: 0, source: 'config', position: AT },
      { provider: 'fly', measure: 'memory', used: 256e6, limit: 768e6, unstated: 1, source: 'config', position: AT },
      {
        provider: 'vercel',
        measure: 'bandwidth',
        used: null,
        limit: 100e9,
        unstated: 0,
        source: 'config',
        position: AT,
      },
    ],
    repository: 'https://github.com/acme/shop',
    audience: 'operators',
    ...given,
  };
}

const AT = { file: 'flotilla.yml', line: 1, column: 1 };

function stateOf({ address, provider, error, dependsOn = [] }: Sampled): ResourceState {
  const [kind, name] = address.split('/') as [string, string];
  const isOpen = kind === 'service' || kind === 'site' || kind === 'model';
  return {
    format: 1,
    address,
    protect: kind === 'database',
    dependsOn,
    instances: {
      [provider]: instance({
        region: 'eu',
        ...(error === undefined ? {} : { error }),
        outputs: isOpen
          ? { url: `https://${name}.acme.example`, host: `${name}.acme.example` }
          : { host: 'db.acme.example' },
        deployments: [
          { id: 'd1', hash: 'h', commit: '0123456789abcdef', at: before(0, 200), spec: {}, references: {} },
        ],
      }),
    },
  };
}

function healthOf(fleet: Sampled[]): HealthState {
  const instances = fleet.flatMap(({ address, provider, status = 'up', base = 50 }) =>
    status === 'unwatched'
      ? []
      : [
          [
            `${address}@${provider}`,
            {
              status,
              since: status === 'up' ? before(40) : before(0, 26),
              failures: status === 'down' || status === 'flapping' ? 5 : 0,
              successes: status === 'up' ? 900 : 0,
              turns: [],
              latency: base,
              last: {
                at: NOW,
                ok: status === 'up',
                milliseconds: status === 'up' ? base : null,
                tries: 1,
                ...(status === 'down' ? { problem: 'connection refused' } : {}),
              },
            } satisfies InstanceHealth,
          ] as const,
        ],
  );
  return {
    format: 1,
    checked: NOW,
    rolledUp: '2026-11-20T12:00:00.000Z',
    instances: Object.fromEntries(instances),
    beats: {},
    breakers: { koyeb: { failures: 5, until: '2026-11-20T13:00:00.000Z' } },
    avoid: {
      'service/search': [
        {
          provider: 'railway',
          since: before(1),
          because: 'it was down there for an hour',
          incident: 'x',
          back: 'manual',
        },
      ],
    },
    heals: [
      {
        at: before(0, 20),
        resource: 'service/checkout',
        action: 'restart',
        from: 'fly',
        incident: 'x',
        result: 'succeeded',
      },
    ],
  };
}

const uptime = (known: number, down: number): Uptime => ({
  known,
  down,
  share: known === 0 ? null : (known - down) / known,
});

function numbersOf({ outages = {}, known = 90, base = 50 }: Sampled): ResourceNumbers {
  const days = Array.from({ length: 90 }, (_, index) => {
    const ago = 89 - index;
    return ago > known || known === 0 ? uptime(0, 0) : uptime(ago === 0 ? 750 : 1440, outages[ago] ?? 0);
  });
  const sum = (count: number): Uptime => {
    const last = days.slice(-count);
    return uptime(
      last.reduce((total, day) => total + day.known, 0),
      last.reduce((total, day) => total + day.down, 0),
    );
  };
  const hours = Array.from({ length: 24 }, (_, hour) =>
    known === 0 || (hour < 3 && base === 61)
      ? null
      : Math.round(base * (1 + 0.3 * Math.sin(hour * 1.7) + (hour === 17 ? 0.9 : 0))),
  );
  const latency = known === 0 ? null : { p50: base, p95: base * 2, p99: base * 5 };
  return {
    ...figures(
      Object.fromEntries(Object.entries(WINDOWS).map(([name, count]) => [name, sum(count)])) as Numbers['uptime'],
      latency,
    ),
    days,
    hours,
  };
}

function figures(uptime: Numbers['uptime'], latency: Numbers['latency']['day']): Numbers {
  return {
    uptime,
    latency: { day: latency, month: latency },
    incidents: { month: 4, year: 19 },
    secondsToDetect: 260,
    secondsToRecover: 1980,
    deploymentsPerWeek: 11.5,
    leadSeconds: 214,
    changeFailureRate: 0.043,
  };
}

function fleetFigures(all: ResourceNumbers[]): Numbers {
  const windows = Object.keys(WINDOWS) as (keyof typeof WINDOWS)[];
  const sum = (name: keyof typeof WINDOWS, field: 'known' | 'down') =>
    all.reduce((total, one) => total + one.uptime[name][field], 0);
  const entries = windows.map((name) => [name, uptime(sum(name, 'known'), sum(name, 'down'))]);
  return figures(Object.fromEntries(entries) as Numbers['uptime'], { p50: 82, p95: 340, p99: 1240 });
}

function incident(given: Partial<Incident>): Incident {
  return {
    format: 1,
    id: `${given.began}-down-service-checkout`,
    environment: 'production',
    kind: 'down',
    subject: 'service/checkout',
    title: 'checkout does not answer',
    began: before(0, 26),
    opened: before(0, 15),
    cause: 'connection refused on 3 tries',
    resources: ['service/checkout'],
    dependants: [],
    timeline: [],
    failedProbes: 5,
    issue: 41,
    ...given,
  };
}

export const INCIDENTS: Incident[] = [
  incident({
    dependants: ['site/web'],
    timeline: [
      { at: before(0, 26), text: 'first failed probe: connection refused' },
      { at: before(0, 15), text: 'confirmed: down' },
      { at: before(0, 14), text: 'restarted on fly' },
      { at: before(0, 4), text: 'the restart did not help; moving to render' },
    ],
  }),
  incident({
    kind: 'drift',
    subject: 'service/worker',
    title: 'worker was changed behind our back',
    began: before(2),
    opened: before(2),
    cause: 'env.LEVEL is debug, recorded is info',
    resources: ['service/worker'],
  }),
  incident({
    subject: 'service/api',
    title: 'api answered too slowly',
    began: before(3, 60),
    opened: before(3, 55),
    recovered: before(3, 56),
    closed: before(3, 50),
    cause: 'no answer within 10 s',
    resources: ['service/api'],
    timeline: [
      { at: before(3, 60), text: 'first failed probe' },
      { at: before(3, 50), text: 'recovered after 4 min' },
    ],
  }),
  incident({
    title: 'checkout does not answer',
    began: before(12, 30),
    opened: before(12, 25),
    recovered: before(12, 21),
    closed: before(12, 15),
    muted: 'during maintenance',
  }),
  incident({
    kind: 'provider',
    subject: 'provider/fly',
    title: 'fly is out: 2 resources do not answer',
    began: before(12, 300),
    opened: before(12, 295),
    recovered: before(12, 200),
    closed: before(12, 190),
    resources: ['service/checkout', 'service/search'],
  }),
];

const event = (ago: number, kind: Event['kind'], given: Partial<Event> = {}): Event => ({
  id: `e-${ago}-${kind}`,
  at: before(0, ago),
  kind,
  environment: 'production',
  actor: 'octocat',
  run: 'github:7001/1',
  commit: '0123456789abcdef0123456789abcdef01234567',
  plan: 'abcd1234abcd1234',
  ...given,
});

const EVENTS: Event[] = [
  event(3000, 'apply.started', { run: 'github:6990/1', message: '1 steps' }),
  event(2999, 'step.intended', { run: 'github:6990/1', resource: 'service/search', provider: 'fly', action: 'create' }),
  event(2990, 'step.failed', {
    run: 'github:6990/1',
    resource: 'service/search',
    provider: 'fly',
    action: 'create',
    message: 'the health check did not pass within 5 min',
  }),
  event(2989, 'apply.finished', { run: 'github:6990/1', message: 'failed' }),
  event(205, 'apply.started', { message: '2 steps' }),
  event(204, 'step.intended', { resource: 'service/api', provider: 'render', action: 'update' }),
  event(201, 'step.succeeded', { resource: 'service/api', provider: 'render', action: 'update' }),
  event(200, 'step.succeeded', { resource: 'site/web', provider: 'vercel', action: 'update' }),
  event(200, 'apply.finished', { message: 'succeeded' }),
];
