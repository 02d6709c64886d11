import type { RunningApp } from '../../app/start-app.ts';
import { createGitHub } from '../../src/github/github.ts';
import { apply, openGitHub } from '../../src/index.ts';
import type { Clock } from '../../src/model/clock.ts';
import { startCloud, type Cloud } from '../../src/providers/sandbox/fake.ts';
import { jumpingClock, requestFor } from '../proof/world.ts';
import { appWorld, repository, WORKFLOW, type AppWorld } from './app-fixture.ts';

const FULL_NAME = 'acme/fleet';
/** Milliseconds. */
const HOUR = 3_600_000;

export interface WatchWorld extends AsyncDisposable {
  world: AppWorld;
  app: RunningApp;
  cloud: Cloud;
  clock: Clock;
  /** So many milliseconds go by. */
  pass(milliseconds: number): void;
  /** Half a minute each, and a heartbeat at its end. */
  beats(count: number): Promise<void>;
  /** Another process in the place of this one. */
  restart(): Promise<void>;
  /** Deploys what the default branch says. */
  deploy(environment?: string): Promise<void>;
  /** API requests as an installation since the last call, by what they did. */
  requests(): string[];
  /** Files of the state branch. */
  state(path: string): Promise<string | undefined>;
  health(): Promise<Record<string, { status: string; failures: number }> | undefined>;
  stateCommits(): number;
  issues(): { number: number; title: string; state: string }[];
  /** Inputs of the workflow's runs that were dispatched. */
  dispatched(): Record<string, unknown>[];
  /** How often the fleet's own addresses were asked. */
  probes(): number;
}

/** A fleet that runs on a pretend cloud, and an App whose time is ours. */
export async function watchWorld(
  services: string,
  { env = {}, more = '' }: { env?: Record<string, string>; more?: string } = {},
): Promise<WatchWorld> {
  const cloud = await startCloud({ serves: true });
  // Twenty past the hour, whenever that is: what is due by the hour is then due at the same moment of every test.
  const jumping = jumpingClock(new Date(Math.ceil(Date.now() / HOUR) * HOUR + HOUR / 3));
  let passed = 0;
  const clock: Clock = { ...jumping, now: () => new Date(jumping.now().getTime() + passed) };
  const config = `fleet: acme\nproviders:\n  east: { type: sandbox, endpoint: "${cloud.url}" }\nservices:\n${services}\n${more}`;
  const world = await appWorld(
    { 'flotilla.yml': config, '.github/workflows/flotilla.yml': WORKFLOW },
    // The timer is not waited for: tests beat by themselves.
    { FLOTILLA_HEARTBEAT_SECONDS: '30', FLOTILLA_ALLOW_PRIVATE: 'true', ...env },
  );
  const { github } = world;
  const repo = github.state.repositories.get(FULL_NAME)!;
  const record = () => repo.git.refs.get('refs/heads/flotilla');
  const state = async (path: string) => {
    const head = record();
    return head === undefined ? undefined : repo.git.fileAt(head, path);
  };
  let runs = 500;
  const watched: WatchWorld = {
    world,
    app: undefined as never,
    cloud,
    clock,
    pass(milliseconds) {
      passed += milliseconds;
    },
    async beats(count) {
      for (let left = count; left > 0; left -= 1) {
        passed += 30_000;
        await watched.app.beat();
        await world.settled(watched.app);
      }
    },
    async restart() {
      await watched.app?.close(1_000);
      watched.app = await world.start({ clock });
      await watched.app.sweep();
      await world.settled(watched.app);
    },
    async deploy(environment = 'production') {
      const auth = github.actionsToken(FULL_NAME, undefined, (runs += 1));
      const client = createGitHub({ auth, apiUrl: github.apiUrl, ...clock });
      const ports = openGitHub(
        { github: client, repository, run: { run: `github:${runs}/1`, actor: 'ada' } },
        { env: {}, home: '/nowhere', signal: new AbortController().signal, clock },
      );
      const commit = repo.git.refs.get('refs/heads/main')!;
      const { result } = await apply(requestFor({ commit, environment }), ports);
      if (result !== 'succeeded' && result !== 'unchanged') throw new Error(`the fleet was not deployed: ${result}`);
      if (watched.app) await world.settled(watched.app);
    },
    requests: () => world.requests().map(({ method, route, operationName }) => operationName ?? `${method} ${route}`),
    state,
    async health() {
      const text = await state('production/health.json');
      return text === undefined ? undefined : (JSON.parse(text) as { instances: never }).instances;
    },
    stateCommits: () => github.traffic.filter(({ operationName }) => operationName === 'Commit').length,
    issues: () => [...repo.issues.values()].map(({ number, title, state: open }) => ({ number, title, state: open })),
    dispatched: () =>
      world.runner.asked.filter(({ event }) => event === 'workflow_dispatch').map(({ inputs }) => ({ ...inputs })),
    probes: () => cloud.calls.filter(({ path }) => path.startsWith('/at/')).length,
    async [Symbol.asyncDispose]() {
      await world.close();
      await cloud.stop();
      world.watched.expectNone();
    },
  };
  await watched.deploy();
  await watched.restart();
  watched.requests();
  return watched;
}
