import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { withQuietRuns } from '../../src/health/quiet.ts';
import { readSeries } from '../../src/health/series-file.ts';
import type { HealthState } from '../../src/model/health.ts';
import type { Incident } from '../../src/model/incident.ts';
import { startCloud, type Cloud } from '../../src/providers/sandbox/fake.ts';
import { startGitHub, type SandboxGitHub } from '../../src/sandbox/github/index.ts';
import { actionRunner } from '../action-runner.ts';
import { watched, type WatchedWorld } from '../proof/watched.ts';
import { duplicates, journalFaults } from './fleet.ts';

/** A run that stops at a request for good, as one that is killed there: what it left is all that the next ones know. */
interface Death {
  at: 'github' | 'cloud';
  index: number;
  when: 'before' | 'after';
}

interface Story {
  services: string;
  more?: string;
  /** All is well before; afterwards the next run has the work in which it dies. */
  trouble(world: WatchedWorld): void;
  /** What ends the trouble, when it does not end by itself. */
  end?(world: WatchedWorld): void;
  /** What is wrong at the end, besides what always would be. */
  faults(world: WatchedWorld): Promise<string[]> | string[];
}

const OUT = 'fail_after: 1, recover_after: 1';

const opening: Story = {
  services: `  api: { source: { image: nginx }, health: { path: /, ${OUT} }, place: { on: [east] } }`,
  trouble: ({ east }) => void east.outages.add('*'),
  end: ({ east }) => east.outages.clear(),
  faults: ({ east }) => (east.resources.size === 1 ? [] : [`${east.resources.size} resources`]),
};

const failover: Story = {
  services: `  api: { source: { image: nginx }, health: { path: /, ${OUT} }, failover: { after: 1, do: [move] } }`,
  trouble: ({ east, west }) => void (east.resources.size > 0 ? east : west).outages.add('*'),
  faults({ east, west }) {
    const [from, to] = east.outages.size > 0 ? [east, west] : [west, east];
    const sizes = `${from.resources.size} where it was, ${to.resources.size} where it went`;
    return [...duplicates(from), ...duplicates(to), ...(sizes === '0 where it was, 1 where it went' ? [] : [sizes])];
  },
};

const repair: Story = {
  services: '  api: { source: { image: nginx }, place: { on: [east] } }',
  more: 'drift: repair',
  trouble({ east }) {
    const [service] = east.resources.values();
    east.tamper(service!.id, { replicas: 4 });
  },
  faults: ({ east }) =>
    [...east.resources.values()].map(({ serving }) => serving?.replicas).join() === '1' ? [] : ['it is as it was left'],
};

async function quietRun(story: Story): Promise<Death[]> {
  await using world = await watched(story.services, story.more);
  await world.round();
  const [requests, calls] = [world.world.github.traffic.length, callsOf(world).length];
  story.trouble(world);
  await world.round();
  const { traffic } = world.world.github;
  return [
    ...traffic.slice(requests).flatMap(({ method, operationName }, index) => {
      const isRead = method === 'GET' || operationName === 'Snapshot';
      return deaths('github', index, isRead);
    }),
    ...callsOf(world)
      .slice(calls)
      .flatMap(({ method }, index) => deaths('cloud', index, method === 'GET')),
  ];
}

const callsOf = ({ east, west }: WatchedWorld) => [...east.calls, ...west.calls].filter(isApi);
const isApi = ({ path }: { path: string }) => path.startsWith('/v1/');
const deaths = (at: Death['at'], index: number, isRead: boolean): Death[] =>
  (isRead ? (['before'] as const) : (['before', 'after'] as const)).map((when) => ({ at, index, when }));

/** Enough to end what is left of the trouble. */
const ROUNDS = 3;

async function faultsAfter(story: Story, death: Death): Promise<string[]> {
  await using world = await watched(story.services, story.more);
  await world.round();
  story.trouble(world);
  const dead = dieAt(world, death);
  await Promise.race([dead, world.round().then(() => Promise.reject(new Error(`nothing died ${told(death)}`)))]);
  clearFaults(world);
  const before = (await journal(world)) ?? '';
  await world.rounds(ROUNDS);
  const during = world.issues();
  story.end?.(world);
  if (story.end) await world.rounds(ROUNDS);

  const issues = world.issues();
  const records = await world.closed();
  const health = JSON.parse((await world.world.state('production/health.json')) ?? '{}') as HealthState;
  const { lease } = JSON.parse((await world.world.state('production/environment.json')) ?? '{}') as { lease?: unknown };
  const left = (await world.open().ports.store.readFolder('production/incidents/open')).size;
  const faults = [
    ...(issues.length === 1 ? [] : [`${issues.length} issues`]),
    ...(story.end && during[0]?.state !== 'open' ? ['its issue was not open meanwhile'] : []),
    ...(issues[0]?.state === 'closed' ? [] : ['its issue is not closed']),
    ...(records.length === 1 ? [] : [`${records.length} incidents are kept`]),
    ...recordFaults(records[0], issues[0]?.number),
    ...(left === 0 ? [] : [`${left} incidents are open`]),
    ...(lease === null ? [] : ['a lease is held']),
    ...(Object.values(health.instances).every(({ status }) => status === 'up') ? [] : ['not all is well']),
    ...journalFaults(before, (await journal(world)) ?? ''),
    ...(await story.faults(world)),
  ];
  return faults.map((fault) => `killed ${told(death)}: ${fault}`);
}

const told = ({ at, index, when }: Death) => `${when} ${at} request ${index}`;

function recordFaults(record: Incident | undefined, issue: number | undefined): string[] {
  if (!record) return [];
  return [
    ...(record.issue === issue ? [] : [`the record names issue ${record.issue}`]),
    ...(record.publisher ? ['somebody still has the issue in hand'] : []),
    ...(record.closed ? [] : ['the record has no end']),
  ];
}

/** Never answers that request, and says so when it comes. */
function dieAt({ world, east, west }: WatchedWorld, { at, index, when }: Death): Promise<void> {
  const reached = Promise.withResolvers<void>();
  let seen = -1;
  const run = (): Promise<void> => {
    reached.resolve();
    return new Promise(() => {});
  };
  const act = { kind: 'hook', when, run } as const;
  if (at === 'github') world.github.faults.add({ match: () => ++seen === index, act });
  else for (const cloud of [east, west]) cloud.faults.add({ match: (call) => isApi(call) && ++seen === index, act });
  return reached.promise;
}

function clearFaults({ world, east, west }: WatchedWorld): void {
  for (const { faults } of [world.github, east, west]) faults.clear();
}

const journal = (world: WatchedWorld) =>
  world.world.state(`production/events/${world.now().toISOString().slice(0, 7)}.ndjson`);

describe.each(Object.entries({ opening, failover, repair }))('a health run that dies: %s', (name, story) => {
  test('at whichever request, the next ones end it: one issue, one record, one resource, no lease', async () => {
    const all = await quietRun(story);
    const faults: string[] = [];
    for (const death of all) faults.push(...(await faultsAfter(story, death)));
    console.log(`${name}: ${all.length} deaths`);
    expect(faults).toEqual([]);
  }, 120_000);
});

describe('a health run that dies as the hour turns', () => {
  const SERVICES = '  api: { source: { image: nginx }, place: { on: [east] } }';
  /** Three hours of runs; the one that turns the second may die. Hours as they are rolled up: when, minutes known, minutes down. */
  async function hours(death?: Death): Promise<number[][]> {
    await using world = await watched(SERVICES);
    await world.rounds(12);
    if (death) {
      const dead = dieAt(world, death);
      while ((await Promise.race([dead, world.round()])) !== undefined);
      clearFaults(world);
    }
    await world.rounds(24);
    const path = 'production/series/service.api.json';
    const written = readSeries(path, (await world.world.state(path)) ?? '');
    const { quiet } = JSON.parse((await world.world.state('production/health.json')) ?? '') as HealthState;
    const { hours, raw } = withQuietRuns(written, quiet, 'service/api');
    const minutes = raw.map(([minute]) => minute);
    expect(minutes).toEqual([...new Set(minutes)].toSorted((a, b) => a - b));
    return hours.map(([at, known, down]) => [at, known, down]);
  }

  test('no hour is lost, or counted twice', async () => {
    const control = await hours();
    expect(control.length).toBeGreaterThan(1);
    for (const death of [...deaths('github', 0, true), ...deaths('github', 1, false)]) {
      const found = await hours(death);
      expect([told(death), ...found.slice(0, control.length)]).toEqual([told(death), ...control]);
    }
  }, 60_000);
});

const root = mkdtempSync(join(tmpdir(), 'flotilla-crash-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The Action's own process, on a GitHub and clouds in this one. */
interface Scene extends AsyncDisposable {
  github: SandboxGitHub;
  east: Cloud;
  west: Cloud;
  health(): Promise<void>;
  /** The process that runs next is killed when it has sent this to one of the servers. */
  killAt(
    where: 'github' | 'cloud',
    match: (request: { method: string; path: string; operationName?: string | undefined }) => boolean,
  ): void;
  file(path: string): Promise<string | undefined>;
}

const WORKFLOW = `name: fleet
on:
  push: { branches: [main] }
  workflow_dispatch: { inputs: { command: { type: string } } }
permissions: { contents: write, checks: write, deployments: write, actions: read, issues: write }
jobs: { fleet: { runs-on: ubuntu-latest, steps: [{ run: flotilla }] } }
`;

async function scene(services: string, more = ''): Promise<Scene> {
  const [east, west] = [await startCloud({ serves: true }), await startCloud({ serves: true })];
  const runner = actionRunner(root, () => process.cwd());
  const github = await startGitHub({ runner });
  const name = 'ada/watch';
  const { token } = github.createUser('ada');
  const repository = await github.createRepository(name, { owner: 'ada' });
  const config = `fleet: watch
providers: { east: { type: sandbox, endpoint: "${east.url}" }, west: { type: sandbox, endpoint: "${west.url}" } }
incidents: { allow_private: true }
services:
${services}
${more}`;
  await github.push(name, {
    branch: 'main',
    files: { 'flotilla.yml': config, '.github/workflows/fleet.yml': WORKFLOW },
    message: 'the fleet',
  });
  await github.settled();
  return {
    github,
    east,
    west,
    async health() {
      const response = await fetch(`${github.apiUrl}/repos/${name}/actions/workflows/fleet.yml/dispatches`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ ref: 'main', inputs: { command: 'health' } }),
      });
      expect(response.status).toBeLessThan(300);
      await github.settled();
    },
    killAt(where, match) {
      const run = (): Promise<void> => {
        runner.child?.kill('SIGKILL');
        return new Promise(() => {});
      };
      const fault = { match, act: { kind: 'hook', when: 'after', run } } as const;
      if (where === 'github') github.faults.add(fault);
      else for (const cloud of [east, west]) cloud.faults.add(fault);
    },
    async file(path) {
      const head = repository.git.refs.get('refs/heads/flotilla');
      return head === undefined ? undefined : repository.git.fileAt(head, path);
    },
    async [Symbol.asyncDispose]() {
      await github.close();
      await Promise.all([east.stop(), west.stop()]);
    },
  };
}

describe('the Action, killed by SIGKILL', () => {
  test('when its issue is open, when the service stands elsewhere, when the first look is recorded', async () => {
    const api = '  api: { source: { image: nginx }, place: { on: [east] } }';
    await Promise.all([opened(), moved(), rolledUp()]);

    async function opened(): Promise<void> {
      await using world = await scene(api, 'drift: report');
      const [service] = world.east.resources.values();
      world.east.tamper(service!.id, { replicas: 4 });
      world.killAt('github', ({ method, path }) => method === 'POST' && path.endsWith('/issues'));
      await world.health();
      expect(issuesOf(world.github)).toHaveLength(1);
      world.github.faults.clear();
      await world.health();
      world.east.tamper(service!.id, { replicas: 1 });
      await world.health();
      expect(issuesOf(world.github)).toHaveLength(1);
    }

    async function moved(): Promise<void> {
      const moving = `  api: { source: { image: nginx }, health: { path: /, ${OUT} }, failover: { after: 1, do: [move] } }`;
      await using world = await scene(moving);
      const [from, to] = world.east.resources.size > 0 ? [world.east, world.west] : [world.west, world.east];
      from.outages.add('*');
      world.killAt('cloud', ({ method, path }) => method === 'POST' && path === '/v1/resources');
      await world.health();
      expect([from.resources.size, to.resources.size]).toEqual([1, 1]);
      for (const { faults } of [world.east, world.west]) faults.clear();
      await world.health();
      await world.health();
      expect([from.resources.size, to.resources.size]).toEqual([0, 1]);
      expect(issuesOf(world.github)).toHaveLength(1);
      const { lease } = JSON.parse((await world.file('production/environment.json')) ?? '{}') as { lease?: unknown };
      expect(lease).toBeNull();
    }

    async function rolledUp(): Promise<void> {
      await using world = await scene(api);
      world.killAt('github', ({ operationName }) => operationName === 'Commit');
      await world.health();
      world.github.faults.clear();
      const path = 'production/series/service.api.json';
      const first = await world.file(path);
      expect(first).toBeDefined();
      await world.health();
      expect(await world.file(path)).toBe(first);
      expect(issuesOf(world.github)).toEqual([]);
    }
  }, 90_000);
});

const issuesOf = ({ state }: SandboxGitHub) =>
  [...state.repositories.values()].flatMap(({ issues }) => [...issues.values()].map(({ number }) => number));
