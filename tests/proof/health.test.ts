/** A fleet that is watched by runs on GitHub: what people see, what is recorded, and what it costs. */
import { describe, expect, test } from 'vitest';
import { apply, publishHealth, type HealthOutcome, type PublishedHealth } from '../../src/index.ts';
import { startCloud, type Cloud } from '../../src/providers/sandbox/fake.ts';
import { FULL_NAME, jumpingClock, proofWorld, requestFor, type ProofWorld } from './world.ts';

const MINUTE = 60_000;

interface Watched extends AsyncDisposable {
  world: ProofWorld;
  /** Two clouds of the same kind. */
  east: Cloud;
  west: Cloud;
  sha: string;
  /** The next scheduled run, five minutes after the one before. */
  round(): Promise<PublishedHealth & { outcome: HealthOutcome; requests: string[]; commits: number }>;
  rounds(count: number): Promise<void>;
  issues(): { number: number; title: string; body: string; state: string; labels: string[] }[];
  checks(): { name: string; conclusion: string | null; title: string }[];
  api<T>(method: string, path: string, body?: unknown): Promise<T>;
}

async function watched(services: string, more = ''): Promise<Watched> {
  const clock = jumpingClock();
  let offset = 0;
  const shifted = { ...clock, now: () => new Date(clock.now().getTime() + offset) };
  const world = await proofWorld({ clock: shifted, serves: true });
  const west = await startCloud({ serves: true });
  const providers = `providers:\n  east: { type: sandbox, endpoint: "${world.cloud.url}" }\n  west: { type: sandbox, endpoint: "${west.url}" }\n`;
  const sha = await world.push({ 'flotilla.yml': `fleet: proof\n${providers}services:\n${services}\n${more}` });
  const first = await apply(requestFor({ commit: sha }), world.open(1).ports);
  expect(first.result).toBe('succeeded');
  let runs = 100;
  const { token } = world.github.createUser('ada');
  const repository = world.github.state.repositories.get(FULL_NAME.toLowerCase())!;
  const watched: Watched = {
    world,
    east: world.cloud,
    west,
    sha,
    async round() {
      offset += 5 * MINUTE;
      const run = world.open((runs += 1));
      const request = { commit: sha, environment: 'production', basis: 'live', heal: true, every: 5 * MINUTE } as const;
      const published = await publishHealth(request, run.ports, run.target);
      if (!published.outcome) throw published.error;
      const requests = run.traffic().map(({ method, route, operationName }) => operationName ?? `${method} ${route}`);
      return { ...published, outcome: published.outcome, requests, commits: published.outcome.commits };
    },
    async rounds(count) {
      for (let left = count; left > 0; left -= 1) await watched.round();
    },
    issues: () =>
      [...repository.issues.values()].map(({ number, title, body, state, labels }) => ({
        number,
        title,
        body: body ?? '',
        state,
        labels: labels.map(({ name }) => name),
      })),
    checks: () =>
      [...repository.checks.values()]
        .filter(({ name }) => name.includes('health'))
        .map(({ name, conclusion, output }) => ({ name, conclusion, title: output?.title ?? '' })),
    async api(method, path, body) {
      const response = await fetch(`${world.github.apiUrl}/repos/${FULL_NAME}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as never;
    },
    async [Symbol.asyncDispose]() {
      await west.stop();
      await world[Symbol.asyncDispose]();
    },
  };
  return watched;
}

const nameOf = (cloud: Cloud, title: string) => [...cloud.resources.values()].find((one) => one.title === title)!.name;

const API = '  api: { source: { image: nginx }, place: { on: [east] } }';

describe('a fleet that is well', () => {
  test('costs one request a run, and one commit an hour', async () => {
    await using world = await watched(API);
    const first = await world.round();
    expect(first.requests).toEqual(['Snapshot', 'Commit']);
    await world.round(); // until it is known for good
    const costs: string[] = [];
    for (let left = 12; left > 0; left -= 1) {
      const { requests } = await world.round();
      costs.push(requests.join(' '));
    }
    expect(costs.filter((cost) => cost === 'Snapshot')).toHaveLength(11);
    expect(costs.filter((cost) => cost === 'Snapshot Commit')).toHaveLength(1);
    expect(world.issues()).toEqual([]);
  });
});

describe('an outage', () => {
  test('is one issue from its confirmation to its end, and a check on the deployed commit', async () => {
    await using world = await watched(API);
    await world.round();
    world.east.outages.add(nameOf(world.east, 'api'));
    await world.rounds(2);
    expect(world.issues()).toEqual([]);
    const { outcome } = await world.round();
    expect(outcome.opened.map(({ subject }) => subject)).toEqual(['service/api']);
    const [issue] = world.issues();
    expect(issue).toMatchObject({ state: 'open', labels: ['flotilla', 'outage'] });
    expect(issue?.title).toContain('service/api');
    expect(issue?.body).toContain('503');
    expect(world.checks().at(-1)).toMatchObject({ name: 'flotilla / health', conclusion: 'failure' });

    await world.rounds(3);
    expect(world.issues()).toHaveLength(1);
    world.east.outages.clear();
    await world.rounds(2);
    expect(world.issues()).toMatchObject([{ number: issue?.number, state: 'closed' }]);
    expect(world.issues()[0]?.body).toContain('Ended');
    expect(world.checks().at(-1)).toMatchObject({ conclusion: 'success' });
    const [record] = await closed(world);
    expect(record).toMatchObject({ subject: 'service/api', issue: issue?.number });
  });

  test('is muted by a label, and nobody is called for it again', async () => {
    await using world = await watched(API);
    await world.round();
    world.east.outages.add('*');
    await world.rounds(3);
    const [issue] = world.issues();
    await world.api('POST', `/issues/${issue?.number}/labels`, { labels: ['muted'] });
    const { outcome } = await world.round();
    expect(outcome.open).toMatchObject([{ muted: 'by label' }]);
  });
});

describe('failover', () => {
  const MOVING = '  api: { source: { image: nginx }, failover: { after: 3, do: [move] } }';

  test('leaves the provider that fails, by an apply like any other, and tells so in the issue', async () => {
    await using world = await watched(MOVING);
    await world.round();
    const [from, to] = world.east.resources.size > 0 ? [world.east, world.west] : [world.west, world.east];
    from.outages.add('*');
    await world.rounds(3);
    expect([from.resources.size, to.resources.size]).toEqual([0, 1]);
    const [issue] = world.issues();
    expect(issue?.body).toContain('moves to');
    await world.rounds(2);
    expect(world.issues()).toMatchObject([{ state: 'closed' }]);
  });
});

async function closed({ world }: Watched): Promise<object[]> {
  const files = await world.open(9_999).ports.store.readFolder('production/incidents/closed');
  return [...files.values()].map((text) => JSON.parse(text) as object);
}
