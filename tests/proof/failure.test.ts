/** What goes wrong, goes wrong alone, is told, and harms nothing. */
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  ERROR_TABLE,
  exitOfOutcome,
  parseAllow,
  plan,
  publishApply,
  tagOf,
  unlock,
  type Outcome,
  type PublishedApply,
  type Request,
} from '../../src/index.ts';
import { identity } from '../../src/provider-kit/identity.ts';
import { provider } from '../../src/providers/sandbox/provider.ts';
import { startCloud, type Cloud } from '../../src/providers/sandbox/fake.ts';
import { duplicates } from '../crash/fleet.ts';
import { jumpingClock, proofWorld, requestFor, type ProofWorld } from './world.ts';

type Change = Omit<Partial<Request>, 'commit'> & { env?: Record<string, string> };

/** A world whose waits take no time, and one apply after the other in it. */
async function scene(options: { token?: string } = {}) {
  const clock = jumpingClock();
  const world = await proofWorld({ ...options, clock });
  onTestFinished(() => world[Symbol.asyncDispose]());
  let runs = 0;
  const open = (env?: Record<string, string>) => world.open(++runs, env ? { env } : {});
  return {
    ...world,
    clock,
    open,
    async apply(config: string, { env, ...change }: Change = {}): Promise<PublishedApply & { sha: string }> {
      const sha = await world.push({ 'flotilla.yml': config, 'note.txt': `${runs}` });
      const { ports, target } = open(env);
      return { sha, ...(await publishApply(requestFor({ commit: sha, ...change }), ports, target)) };
    },
    async plan(config: string) {
      const sha = await world.push({ 'flotilla.yml': config, 'note.txt': `${runs}` });
      return plan(requestFor({ commit: sha }), open().ports);
    },
  };
}

const header = (endpoint: string) => `fleet: proof\nproviders: { sandbox: { endpoint: "${endpoint}" } }\n`;
const service = (endpoint: string, level = 'info') =>
  `${header(endpoint)}services: { api: { source: { image: nginx }, env: { LEVEL: ${level} } } }\n`;

const resultsOf = (outcome: Outcome | undefined): Record<string, string> =>
  Object.fromEntries((outcome?.steps ?? []).map(({ step, result }) => [step.id, result]));
const exitOf = ({ outcome, error }: PublishedApply): number =>
  outcome ? exitOfOutcome(outcome) : ERROR_TABLE[tagOf(error)].exit;

function checkOn({ github }: Pick<ProofWorld, 'github'>, sha: string) {
  const [repository] = [...github.state.repositories.values()];
  const checks = [...(repository?.checks.values() ?? [])].filter(({ headSha }) => headSha === sha);
  expect(checks.map(({ status }) => status)).toEqual(['completed']);
  return checks[0];
}

const writesTo = ({ calls }: Cloud): string[] => calls.filter(({ write }) => write).map(({ method }) => method);
const named = ({ resources }: Cloud, title: string) => [...resources.values()].find((at) => at.title === title);

describe('one failure', () => {
  test('stops what depends on it, and nothing else', async () => {
    const at = await scene();
    at.cloud.rollout = ({ name }) => (name.includes('-s1-') ? ['building', 'crashed'] : ['running']);
    const published =
      await at.apply(`${header(at.cloud.url)}databases: { d1: { engine: postgres }, d2: { engine: postgres } }
services:
  s1: { source: { image: nginx }, env: { DB: "\${database.d1.url}" } }
  s2: { source: { image: nginx }, env: { DB: "\${database.d2.url}" } }
sites:
  w1: { dir: web, env: { API: "\${service.s1.url}" } }
  w2: { dir: web, env: { API: "\${service.s2.url}" } }
`);
    expect(resultsOf(published.outcome)).toEqual({
      'database/d1@sandbox': 'succeeded',
      'database/d2@sandbox': 'succeeded',
      'service/s1@sandbox': 'failed',
      'service/s2@sandbox': 'succeeded',
      'site/w1@sandbox': 'skipped',
      'site/w2@sandbox': 'succeeded',
    });
    expect(published.outcome?.result).toBe('failed');
    expect(exitOf(published)).toBe(3);
    const check = checkOn(at, published.sha);
    expect(check?.conclusion).toBe('failure');
    expect(check?.output.summary).toContain('Error: the process ended with code 1');
    expect(check?.annotations.map(({ path, annotation_level }) => `${annotation_level} ${path}`)).toEqual([
      'failure flotilla.yml',
    ]);
    expect(at.cloud.resources.size).toBe(5);
  });

  test('an update that fails leaves the version before serving, and the next good one goes through', async () => {
    const at = await scene();
    await at.apply(service(at.cloud.url));
    at.cloud.rollout = ['building', 'crashed'];
    const bad = await at.apply(service(at.cloud.url, 'debug'));
    expect(bad.outcome?.steps[0]).toMatchObject({ result: 'failed', failure: { tag: 'deploy', restored: true } });
    expect(named(at.cloud, 'api')?.serving?.status).toBe('running');
    at.cloud.rollout = ['running'];
    expect((await at.apply(service(at.cloud.url, 'warn'))).outcome?.result).toBe('succeeded');
  });
});

describe('a provider that cannot be asked', () => {
  test('refuses the token: nothing counts as absent, and the report names the credential', async () => {
    const at = await scene({ token: 'right-token' });
    const first = await at.apply(service(at.cloud.url), { env: { SANDBOX_CLOUD_TOKEN: 'right-token' } });
    expect(first.outcome?.result).toBe('succeeded');
    const before = writesTo(at.cloud);
    // Neither made again nor, now that it left the config, deleted.
    for (const config of [service(at.cloud.url), `${header(at.cloud.url)}databases: { d1: { engine: postgres } }\n`]) {
      const published = await at.apply(config, { env: { SANDBOX_CLOUD_TOKEN: 'wrong-token' } });
      expect(published.outcome?.result).toBe('failed');
      expect(exitOf(published)).toBe(3);
      const check = checkOn(at, published.sha);
      expect(check?.conclusion).toBe('action_required');
      expect(check?.output.summary).toContain('SANDBOX_CLOUD_TOKEN');
    }
    expect(writesTo(at.cloud)).toEqual(before);
    expect(at.cloud.resources.size).toBe(1);
    expect(await at.state('production/resources/service/api.json')).toContain('"id": "res-');
  });

  test('is down: what lives there is left alone, the others go on', async () => {
    const at = await scene();
    const other = await startCloud();
    onTestFinished(() => other.stop());
    const config = (kept: string[], level: string) => `fleet: proof
providers:
  here: { type: sandbox, endpoint: "${at.cloud.url}" }
  there: { type: sandbox, endpoint: "${other.url}" }
services:
${kept.map((name) => `  ${name}: { source: { image: nginx }, place: { on: [${name}] }, env: { L: ${level} } }`).join('\n')}
`;
    // Both services are named as the account that they live in, and one more is there that will leave the config.
    const first = await at.apply(
      `${config(['here', 'there'], 'info')}jobs: { nightly: { source: { image: nginx }, schedule: "5 4 * * *", place: { on: [here] } } }\n`,
    );
    expect(first.outcome?.result).toBe('succeeded');
    at.cloud.faults.add({ match: ({ method }) => method === 'GET', act: { kind: 'status', status: 503 } });
    const before = writesTo(at.cloud);
    const published = await at.apply(config(['here', 'there'], 'debug'));
    expect(resultsOf(published.outcome)).toEqual({ 'service/there@there': 'succeeded' });
    expect(published.outcome?.plan.unread.map(({ provider }) => provider)).toEqual(['here']);
    expect(published.outcome?.result).toBe('failed');
    expect(exitOf(published)).toBe(3);
    expect(checkOn(at, published.sha)?.output.summary).toMatch(/Could not be asked[^]*here/);
    expect(writesTo(at.cloud)).toEqual(before);
    expect(at.cloud.resources.size).toBe(2);
    // Back again: what was left is done.
    at.cloud.faults.clear();
    const later = await at.apply(config(['here', 'there'], 'debug'));
    expect(resultsOf(later.outcome)).toEqual({ 'job/nightly@here': 'succeeded', 'service/here@here': 'succeeded' });
    expect(at.cloud.resources.size).toBe(1);
  });
});

describe('a provider in trouble', () => {
  test('that says when to come back is obeyed', async () => {
    const at = await scene();
    at.cloud.faults.add({
      match: ({ method }) => method === 'POST',
      times: 2,
      act: { kind: 'status', status: 429, headers: { 'retry-after': '7' } },
    });
    const { outcome } = await at.apply(service(at.cloud.url));
    expect(outcome?.steps[0]).toMatchObject({ result: 'succeeded', attempts: 3 });
    const long = at.clock.waits.filter((wait) => wait >= 7_000);
    expect(long).toHaveLength(2);
    expect(Math.max(...long)).toBeLessThan(10_000);
    expect(at.cloud.resources.size).toBe(1);
  });

  test('that stays down is left alone after some failures', async () => {
    const at = await scene();
    const names = Array.from({ length: 40 }, (_, n) => `s${n}`);
    at.cloud.faults.add({ match: ({ method }) => method === 'POST', act: { kind: 'status', status: 503 } });
    const published = await at.apply(
      `${header(at.cloud.url)}services:\n${names.map((name) => `  ${name}: { source: { image: nginx } }\n`).join('')}`,
    );
    expect(exitOf(published)).toBe(3);
    // The fifth that has tried to the end closes the account: those that began until then do try, the others do not begin.
    const begun = provider.concurrency + 4;
    const steps = published.outcome?.steps ?? [];
    const spared = steps.filter(({ failure }) => failure?.message.includes('left alone for now'));
    expect(steps).toHaveLength(40);
    expect(spared).toHaveLength(40 - begun);
    expect(spared.every(({ attempts }) => attempts === 0)).toBe(true);
    expect(writesTo(at.cloud)).toHaveLength(begun * (1 + ERROR_TABLE.transient.retries));
  });

  test('whose answers are lost never makes a thing twice', async () => {
    const at = await scene();
    const names = Array.from({ length: 6 }, (_, n) => `s${n}`);
    for (const name of names)
      at.cloud.faults.add({
        match: ({ method, body }) => method === 'POST' && (body as { title: string }).title === name,
        times: 1,
        act: { kind: 'cut', when: 'after' },
      });
    const published = await at.apply(
      `${header(at.cloud.url)}services:\n${names.map((name) => `  ${name}: { source: { image: nginx } }\n`).join('')}`,
    );
    expect(published.outcome?.result).toBe('succeeded');
    expect(duplicates(at.cloud)).toEqual([]);
    expect(at.cloud.resources.size).toBe(6);
  });
});

describe('what others did', () => {
  test('to our resource is put right', async () => {
    const at = await scene();
    await at.apply(service(at.cloud.url));
    at.cloud.tamper(named(at.cloud, 'api')?.id ?? '', { replicas: 5 });
    const planned = await at.plan(service(at.cloud.url));
    expect(planned.steps).toMatchObject([
      { id: 'service/api@sandbox', action: 'update', diff: [{ path: 'replicas', from: 5, to: 1 }] },
    ]);
    expect((await at.apply(service(at.cloud.url))).outcome?.result).toBe('succeeded');
    expect(named(at.cloud, 'api')?.serving?.replicas).toBe(1);
    expect((await at.plan(service(at.cloud.url))).steps).toEqual([]);
  });

  test('is not ours to take: a foreign resource of that name is refused', async () => {
    const at = await scene();
    const name = identity('proof', 'production', 'service/api');
    const content = { labels: { team: 'others' }, replicas: 3, settings: {}, env: {}, files: null };
    await fetch(`${at.cloud.url}/v1/resources`, {
      method: 'POST',
      body: JSON.stringify({ kind: 'service', name, title: 'theirs', region: 'eu', ...content }),
    });
    const before = writesTo(at.cloud);
    const published = await at.apply(service(at.cloud.url));
    expect(published.outcome).toMatchObject({ result: 'blocked', plan: { blocks: [{ guard: 'foreign' }] } });
    expect(exitOf(published)).toBe(4);
    expect(writesTo(at.cloud)).toEqual(before);
    expect(named(at.cloud, 'theirs')?.serving?.replicas).toBe(3);
  });

  test('since a plan was approved: the plan moved and is refused', async () => {
    const at = await scene();
    await at.apply(service(at.cloud.url));
    const approved = await at.plan(service(at.cloud.url, 'debug'));
    const [sha, { ports, target }] = [approved.commit as string, at.open()];
    await at.apply(`${service(at.cloud.url)}databases: { d1: { engine: postgres } }\n`);
    const before = writesTo(at.cloud);
    const request = requestFor({ commit: sha, expected: approved.hash });
    const moved = await publishApply(request, ports, target);
    expect(moved.outcome).toMatchObject({
      result: 'blocked',
      plan: { blocks: [{ guard: 'delete-protected' }, { guard: 'plan-moved', liftable: false }] },
    });
    expect(exitOf(moved)).toBe(4);
    expect(writesTo(at.cloud)).toEqual(before);
    // Lifting every guard does not lift that one.
    const { allow } = parseAllow(['delete-protected', 'mass-change']);
    const again = at.open();
    expect((await publishApply({ ...request, allow }, again.ports, again.target)).outcome?.result).toBe('blocked');
    expect(writesTo(at.cloud)).toEqual(before);
  });

  test('not since: an approved plan is carried out', async () => {
    const at = await scene();
    await at.apply(service(at.cloud.url));
    const approved = await at.plan(service(at.cloud.url, 'debug'));
    const { ports, target } = at.open();
    const request = requestFor({ commit: approved.commit as string, expected: approved.hash.slice(0, 12) });
    expect((await publishApply(request, ports, target)).outcome?.result).toBe('succeeded');
  });
});

test('a guard blocks, and the words that it prints lift it', async () => {
  const at = await scene();
  const both = `${service(at.cloud.url)}databases: { main: { engine: postgres } }\n`;
  await at.apply(both);
  const blocked = await at.apply(service(at.cloud.url));
  expect(blocked.outcome).toMatchObject({ result: 'blocked', plan: { blocks: [{ guard: 'delete-protected' }] } });
  expect(exitOf(blocked)).toBe(4);
  const check = checkOn(at, blocked.sha);
  expect(check?.conclusion).toBe('action_required');
  expect(at.cloud.resources.size).toBe(2);
  const words = /`flotilla apply ([^`]+)`/.exec(check?.output.summary ?? '')?.[1] ?? '';
  const { allow, unknown } = parseAllow(words.split(' ').filter((word) => word !== '--allow'));
  expect(unknown).toEqual([]);
  const lifted = await at.apply(service(at.cloud.url), { allow });
  expect(resultsOf(lifted.outcome)).toEqual({ 'database/main@sandbox': 'succeeded' });
  expect(at.cloud.resources.size).toBe(1);
});

test('a rollback is not undone by the next apply of the same config; a new config is deployed', async () => {
  const at = await scene();
  await at.apply(service(at.cloud.url, 'one'));
  await at.apply(service(at.cloud.url, 'two'));
  const level = () => named(at.cloud, 'api')?.deployments.at(-1)?.values['LEVEL'];
  const back = await at.apply(service(at.cloud.url, 'two'), { intent: { kind: 'rollback', address: 'service/api' } });
  expect(back.outcome?.result).toBe('succeeded');
  expect(level()).toBe('one');
  const same = await at.apply(service(at.cloud.url, 'two'));
  expect(same.outcome).toMatchObject({
    result: 'unchanged',
    plan: { warnings: [{ message: expect.stringContaining('rolled back') }] },
  });
  expect(level()).toBe('one');
  expect((await at.apply(service(at.cloud.url, 'three'))).outcome?.result).toBe('succeeded');
  expect(level()).toBe('three');
});

/** An apply that hangs in its first call to the provider until `release`. */
async function hanging(
  at: Awaited<ReturnType<typeof scene>>,
  { method: wanted, when }: { method: string; when: 'before' | 'after' } = { method: 'POST', when: 'before' },
) {
  const reached = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  at.cloud.faults.add({
    match: ({ method }) => method === wanted,
    times: 1,
    act: {
      kind: 'hook',
      when,
      run: () => {
        reached.resolve();
        return release.promise;
      },
    },
  });
  const ended = at.apply(service(at.cloud.url, 'hung'));
  await reached.promise;
  return { ended, release: release.resolve };
}

const events = async (at: Awaited<ReturnType<typeof scene>>) =>
  ((await at.state('production/events/2026-11.ndjson')) ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { kind: string; run: string; message?: string });

describe('the lease', () => {
  test('is ended by unlock; the run that lost it stops with exit 5 and leaves no check in progress', async () => {
    const at = await scene();
    const { ended, release } = await hanging(at);
    const { ports } = at.open();
    const { clock, run, store } = ports;
    const lease = await unlock(store, 'production', { ...run, ...clock, clock: clock.now });
    expect(lease?.run).toBe('github:1/1');
    const second = await at.apply(service(at.cloud.url, 'second'));
    expect(second.outcome?.result).toBe('succeeded');
    release();
    const lost = await ended;
    expect(lost.outcome).toBeUndefined();
    expect(tagOf(lost.error)).toBe('conflict');
    expect(exitOf(lost)).toBe(5);
    expect(checkOn(at, lost.sha)).toMatchObject({ conclusion: 'failure' });
    expect((await events(at)).map(({ kind }) => kind)).toEqual([
      'apply.started',
      'step.intended',
      'lease.unlocked',
      'apply.started',
      'step.intended',
      'step.succeeded',
      'apply.finished',
    ]);
    const [repository] = [...at.github.state.repositories.values()];
    for (const { statuses } of repository?.deployments.values() ?? [])
      expect(statuses.at(-1)?.state).not.toBe('in_progress');
  });

  test('of a run of which nothing is heard is taken over when it expires, and the intent is resolved', async () => {
    const at = await scene();
    const { ended, release } = await hanging(at);
    const waited = at.clock.now().getTime();
    const second = await at.apply(service(at.cloud.url, 'second'));
    expect(second.outcome?.result).toBe('succeeded');
    expect(at.clock.now().getTime() - waited).toBeGreaterThanOrEqual(590_000);
    expect(await events(at)).toContainEqual(
      expect.objectContaining({
        kind: 'lease.taken-over',
        run: 'github:2/1',
        message: expect.stringContaining('github:1/1'),
      }),
    );
    release();
    expect(exitOf(await ended)).toBe(5);
  });

  test('of a run that is over is taken over at once', async () => {
    const at = await scene();
    const { ended, release } = await hanging(at);
    const [sha, { ports, target }] = [await at.push({ 'flotilla.yml': service(at.cloud.url, 'second') }), at.open()];
    const waited = at.clock.now().getTime();
    const told = { ...ports, isRunAlive: async (run: string) => (run === 'github:1/1' ? false : undefined) };
    const second = await publishApply(requestFor({ commit: sha }), told, target);
    expect(second.outcome?.result).toBe('succeeded');
    expect(at.clock.now().getTime() - waited).toBeLessThan(60_000);
    release();
    expect(exitOf(await ended)).toBe(5);
  });
});

test('an update whose run died before it could say so is recorded by the next, and can be rolled back', async () => {
  const at = await scene();
  await at.apply(service(at.cloud.url, 'one'));
  const { ended, release } = await hanging(at, { method: 'PATCH', when: 'after' });
  const dead = { isRunAlive: async (run: string) => run !== 'github:2/1' };
  const { ports, target } = at.open();
  const sha = await at.push({ 'note.txt': 'again' });
  const second = await publishApply(requestFor({ commit: sha }), { ...ports, ...dead }, target);
  expect(second.outcome).toMatchObject({
    result: 'succeeded',
    steps: [{ step: { id: 'service/api@sandbox', action: 'adopt' }, result: 'succeeded' }],
  });
  expect(writesTo(at.cloud)).toEqual(['POST', 'PATCH']);
  const recorded = JSON.parse((await at.state('production/resources/service/api.json')) ?? '') as {
    instances: Record<string, { intent?: object; deployments: object[] }>;
  };
  expect(recorded.instances['sandbox']).not.toHaveProperty('intent');
  expect(recorded.instances['sandbox']?.deployments).toHaveLength(2);
  release();
  expect(exitOf(await ended)).toBe(5);
  await at.apply(service(at.cloud.url, 'hung'), { intent: { kind: 'rollback', address: 'service/api' } });
  expect(named(at.cloud, 'api')?.deployments.at(-1)?.values['LEVEL']).toBe('one');
});

test('a newer state format is refused, and nothing is touched', async () => {
  const at = await scene();
  await at.apply(service(at.cloud.url));
  const environment = JSON.parse((await at.state('production/environment.json')) ?? '') as object;
  const newer = JSON.stringify({ ...environment, format: 99 });
  await at.github.push('ada/proof', {
    branch: 'flotilla',
    files: { 'production/environment.json': newer },
    message: 'newer',
  });
  const writes = writesTo(at.cloud);
  const published = await at.apply(service(at.cloud.url, 'debug'));
  expect(tagOf(published.error)).toBe('unsupported');
  expect(exitOf(published)).toBe(1);
  expect(checkOn(at, published.sha)).toMatchObject({
    conclusion: 'failure',
    output: { summary: expect.stringContaining('update Flotilla') },
  });
  expect(await at.state('production/environment.json')).toBe(newer);
  expect(writesTo(at.cloud)).toEqual(writes);
});
