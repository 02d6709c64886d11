/** A run that is told to stop records what it did, tells GitHub, gives the lease back and ends in time. */
import { execFileSync, type ChildProcess } from 'node:child_process';
import { chmodSync, closeSync, constants, mkdtempSync, openSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startCloud, type Cloud } from '../../src/providers/sandbox/fake.ts';
import { awaitTurn } from '../../src/record/await-turn.ts';
import { startGitHub, type Repository } from '../../src/sandbox/github/index.ts';
import { actionRunner } from '../action-runner.ts';
import { ended, Workplace } from '../surfaces/cli-fixture.ts';
import { proofWorld } from './world.ts';
import { actionWorld, storedLog, workflowWith } from './action-world.ts';

/** Who has not ended by himself after so many milliseconds is killed, and the test sees no exit code. */
const PATIENCE = 10_000;

const config = (endpoint: string, level = 'info') => `fleet: proof
providers: { sandbox: { endpoint: "${endpoint}" } }
databases: { main: { engine: postgres } }
services: { api: { source: { image: nginx }, env: { LEVEL: ${level}, DB: "\${database.main.url}" } } }
sites: { web: { dir: web, env: { API: "\${service.api.url}" } } }
`;

/** A cloud where services never become live; `reached` when one is waited for. */
async function slowCloud(): Promise<Cloud & { reached: Promise<void>; goOn(): void }> {
  const cloud = await startCloud();
  onTestFinished(() => cloud.stop());
  cloud.rollout = ({ kind }) => (kind === 'service' ? ['building'] : ['running']);
  const reached = Promise.withResolvers<void>();
  cloud.faults.add({
    match: ({ method, path }) => method === 'GET' && path.startsWith('/v1/resources/'),
    times: 1,
    act: { kind: 'hook', when: 'before', run: () => reached.resolve() },
  });
  return Object.assign(cloud, {
    reached: reached.promise,
    goOn() {
      cloud.rollout = ['running'];
      for (const { deployments } of cloud.resources.values()) deployments.at(-1)?.ahead.push('running');
    },
  });
}

interface State {
  outcome: string;
  lease: unknown;
}
interface Instance {
  id: string | null;
  hash: string | null;
  intent?: { action: string };
}

/** What the state branch must say after an interruption in the second wave. */
async function expectInterrupted(show: (path: string) => Promise<string | undefined>): Promise<void> {
  const read = async <T>(path: string) => JSON.parse((await show(path)) ?? 'null') as T;
  expect(await read<State>('production/environment.json')).toMatchObject({ outcome: 'interrupted', lease: null });
  const at = async (path: string) =>
    (await read<{ instances: Record<string, Instance> }>(`production/resources/${path}.json`)).instances['sandbox'];
  const [database, service] = [await at('database/main'), await at('service/api')];
  expect(database).toMatchObject({ id: expect.stringMatching(/^res-/), hash: expect.stringMatching(/^\w+$/) });
  expect(database).not.toHaveProperty('intent');
  expect(service).toMatchObject({ id: null, hash: null, intent: { action: 'create' } });
  expect(await show('production/resources/site/web.json')).toBeUndefined();
  const month = new Date().toISOString().slice(0, 7);
  const events = ((await show(`production/events/${month}.ndjson`)) ?? '').trim().split('\n');
  expect(
    events
      .map((line) => JSON.parse(line) as { kind: string; resource?: string })
      .map(({ kind, resource }) => `${kind} ${resource ?? ''}`.trim()),
  ).toEqual([
    'apply.started',
    'step.intended database/main',
    'step.succeeded database/main',
    'step.intended service/api',
    'step.interrupted service/api',
    'step.skipped site/web',
    'apply.finished',
  ]);
}

/** The exit code, or null from who had to be killed. */
function exitCode(child: ChildProcess): Promise<number | null> {
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
  return new Promise((resolve) =>
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve(code);
    }),
  );
}

const fleet = (cloud: Cloud) => new Workplace({ 'flotilla.yml': config(cloud.url), 'web/index.html': 'hello' });

describe('the CLI', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('%s', async (signal) => {
    const cloud = await slowCloud();
    await using place = fleet(cloud);
    const child = place.start('apply', '--yes');
    const printed = ended(child);
    await cloud.reached;
    const exit = exitCode(child);
    child.kill(signal);
    expect(await exit).toBe(130);
    expect((await printed).stderr).toMatch(/service\/api@sandbox: interrupted[^]*site\/web@sandbox: skipped/);
    await expectInterrupted(async (path) => {
      const there = place.git('ls-tree', '-r', '--name-only', 'flotilla').split('\n').includes(path);
      return there ? place.git('show', `flotilla:${path}`) : undefined;
    });
    cloud.goOn();
    expect((await place.run('apply', '--yes')).code).toBe(0);
    expect([...cloud.resources.values()].map(({ kind }) => kind).toSorted()).toEqual(['database', 'service', 'site']);
  });

  test('a second SIGINT ends it at once, whatever it is at', async () => {
    const cloud = await slowCloud();
    await using place = fleet(cloud);
    const held = heldGit(place);
    const child = place.start('apply', '--yes');
    await cloud.reached;
    held.hold();
    child.kill('SIGINT');
    await held.reached;
    // It is recording what was done, which takes for ever, and would give up only later by itself.
    const exit = exitCode(child);
    const timer = setTimeout(() => child.kill('SIGKILL'), 2_000);
    child.kill('SIGINT');
    expect(await exit).toBe(130);
    clearTimeout(timer);
    held.release();
    expect(place.git('show', 'flotilla:production/environment.json')).toContain('"lease": {');
    // Its lease needs no human: the process is gone.
    cloud.goOn();
    expect((await place.run('apply', '--yes')).code).toBe(0);
    expect(cloud.resources.size).toBe(3);
  });
});

/** A git in front of the real one, whose updates of a branch can be held up. */
function heldGit(place: Workplace) {
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  const bin = join(place.base, 'bin');
  execFileSync('mkdir', [bin]);
  const [pipe, seen] = [join(bin, 'pipe'), join(bin, 'seen')];
  writeFileSync(
    join(bin, 'git'),
    `#!/bin/sh
case "$*" in *update-ref*) if [ -p ${pipe} ]; then : > ${seen}; read -r line < ${pipe}; exit 1; fi ;; esac
exec ${real} "$@"
`,
  );
  chmodSync(join(bin, 'git'), 0o755);
  const path = place.env['PATH'];
  place.env = { ...place.env, PATH: `${bin}${delimiter}${path}` };
  const reached = Promise.withResolvers<void>();
  const watcher = watch(bin, (_event, name) => name === 'seen' && reached.resolve());
  return {
    reached: reached.promise,
    hold: () => void execFileSync('mkfifo', [pipe]),
    release() {
      watcher.close();
      closeSync(openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK));
      rmSync(pipe);
    },
  };
}

const WORKFLOW = `name: fleet
on: { push: { branches: [main] }, pull_request: }
permissions: { contents: write, checks: write, deployments: write, actions: read, pull-requests: read }
jobs: { fleet: { runs-on: ubuntu-latest, steps: [{ run: flotilla }] } }
`;

/** The Action's program alone, so that the process that gets the signal is known. */
async function actionScene(cloud: Cloud) {
  const root = mkdtempSync(join(tmpdir(), 'flotilla-interrupt-'));
  const runner = actionRunner(root, () => process.cwd());
  const github = await startGitHub({ runner });
  onTestFinished(async () => {
    await github.close();
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  });
  const files = { 'web/index.html': 'hello', '.github/workflows/fleet.yml': WORKFLOW };
  const repository = await github.createRepository('ada/proof', { files, owner: 'ada' });
  const push = (level = 'info') =>
    github.push('ada/proof', { branch: 'main', files: { 'flotilla.yml': config(cloud.url, level) }, message: level });
  const show = async (path: string) => {
    const head = repository.git.refs.get('refs/heads/flotilla');
    return head === undefined ? undefined : repository.git.fileAt(head, path);
  };
  return { runner, github, repository, push, show };
}

const checksOn = ({ checks }: Repository, sha: string) =>
  [...checks.values()]
    .filter(({ headSha, name }) => headSha === sha && name.startsWith('flotilla /'))
    .map(({ name, status, conclusion }) => `${name} ${status} ${conclusion}`);

describe('the Action', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('%s', async (signal) => {
    const cloud = await slowCloud();
    const { runner, github, repository, push, show } = await actionScene(cloud);
    const { sha } = await push();
    await cloud.reached;
    const child = runner.child as ChildProcess;
    const exit = exitCode(child);
    child.kill(signal);
    expect(await exit).toBe(130);
    await expectInterrupted(show);
    expect(checksOn(repository, sha)).toEqual(['flotilla / apply completed cancelled']);
    expect([...repository.deployments.values()].map(({ statuses }) => statuses.at(-1)?.state)).toEqual(['failure']);
    cloud.goOn();
    const second = await push('debug');
    await github.settled();
    expect(checksOn(repository, second.sha)).toEqual(['flotilla / apply completed success']);
    expect(cloud.resources.size).toBe(3);
  });

  test('while it waits its turn', async () => {
    const cloud = await slowCloud();
    const { runner, repository, github, push, show } = await actionScene(cloud);
    await push();
    await cloud.reached;
    const first = runner.child as ChildProcess;
    const waiting = Promise.withResolvers<void>();
    github.onExchange(({ operationName }) => operationName === 'State' && waiting.resolve());
    const { sha } = await push('debug');
    await waiting.promise;
    const second = runner.child as ChildProcess;
    expect(second).not.toBe(first);
    const exit = exitCode(second);
    second.kill('SIGINT');
    expect(await exit).toBe(130);
    expect(checksOn(repository, sha)).toEqual(['flotilla / apply completed cancelled']);
    // The lease of the first is none of its business.
    expect(await show('production/environment.json')).toContain('"lease": {');
    cloud.goOn();
    await github.settled();
    expect(await show('production/environment.json')).toMatch(/"lease": null[^]*"outcome": "succeeded"/);
  });

  test('in a pause between two looks at the lease, however long', async () => {
    const interrupt = new AbortController();
    const asleep = Promise.withResolvers<void>();
    const delay = () => (asleep.resolve(), new Promise<void>(() => {}));
    await using world = await proofWorld();
    const { store, isRunAlive } = world.open(1).ports;
    const clock = { now: () => new Date(), random: Math.random, delay };
    const waiting = awaitTurn({ store, environment: 'production', clock, signal: interrupt.signal, isRunAlive });
    await asleep.promise;
    interrupt.abort(new Error('SIGINT'));
    await expect(waiting).rejects.toMatchObject({ tag: 'conflict', message: expect.stringContaining('interrupted') });
  });

  test('while the providers are asked', async () => {
    const cloud = await slowCloud();
    const { runner, repository, push } = await actionScene(cloud);
    const reached = Promise.withResolvers<void>();
    cloud.faults.add({
      match: ({ path }) => path === '/v1/resources',
      act: { kind: 'hook', when: 'before', run: () => (reached.resolve(), new Promise(() => {})) },
    });
    const { sha } = await push();
    await reached.promise;
    const child = runner.child as ChildProcess;
    const exit = exitCode(child);
    child.kill('SIGINT');
    expect(await exit).toBe(130);
    expect(checksOn(repository, sha)).toEqual(['flotilla / apply completed cancelled']);
    expect(repository.git.refs.get('refs/heads/flotilla')).toBeUndefined();
  });

  test('a run that is cancelled on GitHub', async () => {
    const world = await actionWorld();
    world.cloud.rollout = ['building'];
    const reached = Promise.withResolvers<void>();
    world.cloud.faults.add({
      match: ({ method }) => method === 'POST',
      times: 1,
      act: { kind: 'hook', when: 'after', run: () => reached.resolve() },
    });
    const sha = await world.push({
      '.github/workflows/flotilla.yml': workflowWith([]),
      'flotilla.yml': config(world.cloud.url),
      'web/index.html': 'hello',
    });
    await reached.promise;
    const [run] = [...world.repository.runs.values()];
    await world.api('POST', `/actions/runs/${run?.id}/cancel`);
    await world.github.settled();
    expect(run?.conclusion).toBe('cancelled');
    expect(storedLog(run)).toContain('database/main@sandbox interrupted');
    expect(world.checksOn(sha).map(({ status, conclusion }) => `${status} ${conclusion}`)).toEqual([
      'completed cancelled',
    ]);
    expect(await world.state('production/environment.json')).toMatch(/"lease": null[^]*"outcome": "interrupted"/);
  });
});
