/** Fleets that are watched by runs on GitHub, in this process: what people see, what is recorded, and what it costs. */
import { expect } from 'vitest';
import {
  apply,
  publishHealth,
  type Event,
  type HealthOutcome,
  type HealthRequest,
  type PublishedHealth,
} from '../../src/index.ts';
import type { Incident } from '../../src/model/incident.ts';
import { startCloud, type Cloud } from '../../src/providers/sandbox/fake.ts';
import { FULL_NAME, jumpingClock, proofWorld, requestFor, type ProofRun, type ProofWorld } from './world.ts';

export const MINUTE = 60_000;

export type Round = PublishedHealth & { outcome: HealthOutcome; requests: string[]; commits: number };

export interface WatchedWorld extends AsyncDisposable {
  world: ProofWorld;
  /** Two clouds of the same kind. */
  east: Cloud;
  west: Cloud;
  sha: string;
  /** So many waits end at once (see `jumpingClock`). */
  together(count: number): void;
  now(): Date;
  /** Lets time pass. Milliseconds. */
  pass(milliseconds: number): void;
  /** A run of its own. Runs that died are known to be over. */
  open(): ProofRun;
  /** Of runs from now on: their environment variables, and what their token may do. */
  given: Parameters<ProofWorld['open']>[1];
  /** The next scheduled run, five minutes after the one before. */
  round(change?: Partial<Omit<HealthRequest, 'commit'>>): Promise<Round>;
  rounds(count: number): Promise<void>;
  /** Another commit, applied. */
  change(services: string, more?: string): Promise<void>;
  issues(): { number: number; title: string; body: string; state: string; labels: string[] }[];
  checks(): { name: string; conclusion: string | null; title: string }[];
  /** Incidents that are over, as they are kept. */
  closed(): Promise<Incident[]>;
  api<T>(method: string, path: string, body?: unknown): Promise<T>;
}

/** `services` and `more` are the config's; the accounts are `east` and `west`. It is applied once, and well. */
export async function watched(services: string, more = ''): Promise<WatchedWorld> {
  const clock = jumpingClock();
  let offset = 0;
  const now = () => new Date(clock.now().getTime() + offset);
  const shifted = { now, random: clock.random, delay: (milliseconds: number) => clock.delay(milliseconds) };
  const world = await proofWorld({ clock: shifted, serves: true });
  const west = await startCloud({ serves: true });
  const providers = `providers:\n  east: { type: sandbox, endpoint: "${world.cloud.url}" }\n  west: { type: sandbox, endpoint: "${west.url}" }\n`;
  let runs = 0;
  const { token } = world.github.createUser('ada');
  const repository = world.github.state.repositories.get(FULL_NAME.toLowerCase())!;
  const watched: WatchedWorld = {
    world,
    east: world.cloud,
    west,
    sha: '',
    now,
    together: (count) => void (clock.together = count),
    pass: (milliseconds) => void (offset += milliseconds),
    given: {},
    open() {
      const run = world.open((runs += 1), watched.given);
      return { ...run, ports: { ...run.ports, isRunAlive: async () => false } };
    },
    async change(services, more = '') {
      const text = `fleet: proof\n${providers}services:\n${services}\n${more}`;
      watched.sha = await world.push({ 'flotilla.yml': text });
      const { result } = await apply(requestFor({ commit: watched.sha }), watched.open().ports);
      expect(['succeeded', 'unchanged']).toContain(result);
    },
    async round(change) {
      offset += 5 * MINUTE;
      const { ports, target, traffic } = watched.open();
      const what = { environment: 'production', basis: 'live', heal: true, every: 5 * MINUTE } as const;
      const published = await publishHealth({ commit: watched.sha, ...what, ...change }, ports, target);
      if (!published.outcome) throw published.error;
      const requests = traffic().map(({ method, route, operationName }) => operationName ?? `${method} ${route}`);
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
    async closed() {
      const files = await watched.open().ports.store.readFolder('production/incidents/closed');
      return [...files.values()].map((text) => JSON.parse(text) as Incident);
    },
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
  await watched.change(services, more);
  return watched;
}

/** What a resource is called at the cloud where it is. */
export const nameOf = (cloud: Cloud, title: string) =>
  [...cloud.resources.values()].find((one) => one.title === title)!.name;

/** The events of this month. */
export const journal = async ({ world, now }: WatchedWorld): Promise<Event[]> =>
  ((await world.state(`production/events/${now().toISOString().slice(0, 7)}.ndjson`)) ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Event);
