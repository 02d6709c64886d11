/** The old place of what moved goes on for a while, and nothing else waits for that. */
import { describe, expect, test } from 'vitest';
import type { ApplyInput } from '../../src/apply/apply-input.ts';
import { runPlan } from '../../src/apply/run-plan.ts';
import type { Graph, Placement } from '../../src/model/graph.ts';
import type { Phase } from '../../src/model/phase.ts';
import type { Address } from '../../src/model/resource.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { Provider } from '../../src/provider-kit/provider.ts';
import { jumpingClock } from '../proof/world.ts';
import { allAt, applied, graphOf, planInput, resource } from './fleet.ts';

const api = resource('service/api', { place: { graceSeconds: 60 } });
const web = resource('site/web', { dependsOn: ['service/api'], spec: { env: { API: '${service.api.url}' } } });

/** The plan that moves these resources of an applied fleet from `one` to `two`. */
function moving(graph: Graph, moved: Address[], before = applied(graph)) {
  const placement: Placement = allAt(graph);
  for (const address of moved) placement.set(address, [{ provider: 'two', replicas: 1, because: 'test' }]);
  return { ...before, graph, placement, plan: makePlan(planInput(graph, { ...before, placement })) };
}

const graces = ({ plan }: ReturnType<typeof moving>) =>
  Object.fromEntries(plan.steps.flatMap((step) => (step.action === 'delete' ? [[step.id, step.graceSeconds]] : [])));

describe('which old places are kept', () => {
  test('those of services and sites, for as long as the config says, and the plan says so', () => {
    const job = resource('job/nightly');
    const moved = moving(graphOf(api, web, job), ['service/api', 'site/web', 'job/nightly']);
    expect(graces(moved)).toEqual({ 'service/api@one': 60, 'site/web@one': 30, 'job/nightly@one': undefined });
    expect(moved.plan.steps.find(({ id }) => id === 'service/api@one')?.because).toBe(
      'moved to two; kept for 1 min more, for those who have its address',
    );
  });

  test.each<[Phase, number | undefined]>([
    ['live', 60],
    ['sleeping', 60],
    ['unknown', 60],
    ['failed', undefined],
    ['removed', undefined],
  ])('one that is %s: %s', (phase, grace) => {
    const before = applied(graphOf(api));
    before.observation.instances.get('service/api@one')!.phase = phase;
    expect(graces(moving(graphOf(api), ['service/api'], before))).toEqual({ 'service/api@one': grace });
  });

  test('none with 0s, and none of which an earlier run has switched away: that one goes at once', () => {
    const none = resource('service/api', { place: { graceSeconds: 0 } });
    expect(graces(moving(graphOf(none), ['service/api']))).toEqual({ 'service/api@one': undefined });
    const placement = allAt(graphOf(api), 'two');
    const before = applied(graphOf(api), placement);
    const old = applied(graphOf(api));
    before.observation.instances.set('service/api@one', old.observation.instances.get('service/api@one')!);
    const { steps } = makePlan(planInput(graphOf(api), { ...before, placement }));
    expect(steps).toMatchObject([{ id: 'service/api@one', action: 'delete', because: 'moved to two' }]);
    expect(steps[0]).not.toHaveProperty('graceSeconds');
  });

  test('what an old place refers to goes after it', () => {
    const { plan } = moving(graphOf(api, web), ['service/api', 'site/web']);
    expect(plan.steps.find(({ id }) => id === 'service/api@one')?.after).toEqual([
      'service/api@two',
      'site/web@one',
      'site/web@two',
    ]);
  });
});

describe('while they are kept', () => {
  test('everything else goes on, and the time counts from the last switch', async () => {
    const chain = ['job/a', 'job/b', 'job/c'] as const;
    const jobs = chain.map((address, index) =>
      resource(address, {
        dependsOn: index ? [chain[index - 1]!] : [],
        spec: { of: index ? `\${service.api.url}` : '' },
      }),
    );
    const old = graphOf(api, web, ...jobs);
    const renewed = graphOf(api, web, ...jobs.map((job) => ({ ...job, spec: { of: 'anew' } })));
    const run = running({ ...moving(renewed, ['service/api'], applied(old)) }, (address) =>
      address.startsWith('job/') ? 40 : 10,
    );
    expect((await run.outcome).result).toBe('succeeded');
    expect(run.log).toEqual([
      '10 made service/api@two',
      '40 made job/a@one',
      '50 made site/web@one', // the last switch: 60 s from here
      '80 made job/b@one',
      '120 made job/c@one',
      '120 removed service/api@one', // due at 110, in the middle of a wave
    ]);
    expect(run.told).toEqual([]);
  });

  test('all that are kept as long go together, with one commit before and one after', async () => {
    const names = ['service/a', 'service/b', 'service/c'] as const;
    const graph = graphOf(...names.map((name) => resource(name)));
    const run = running(moving(graph, [...names]), (address) => 10 + names.indexOf(address as never));
    await run.outcome;
    expect(run.log.slice(3)).toEqual(names.map((name) => `42 removed ${name}@one`));
    expect(run.commits).toEqual(['record 3 0', 'record 0 3', 'finish 3 succeeded']);
    expect(run.told).toEqual([
      'keeping 3 old places for 30 s, so that nobody who still has an address of theirs loses it',
    ]);
  });

  test('an interruption ends it at once: what has switched is recorded, what is old stays for the next run', async () => {
    const stop = new AbortController();
    const run = running(moving(graphOf(api), ['service/api']), () => 10, stop);
    const { result, steps } = await run.outcome;
    expect(result).toBe('interrupted');
    expect(steps.map(({ step, result }) => `${step.id} ${result}`)).toEqual([
      'service/api@two succeeded',
      'service/api@one skipped',
    ]);
    expect(run.commits).toEqual(['record 1 0', 'finish 1 interrupted']);
    expect(run.log).toEqual(['10 made service/api@two']);
    expect(run.told).toEqual([
      'keeping the old service/api at one for 1 min, so that nobody who still has its address loses it',
    ]);
  });
});

/** Carries the plan out at two pretended providers, where each resource takes its seconds, with a clock that jumps. */
function running(found: ReturnType<typeof moving>, seconds: (address: Address) => number, stop?: AbortController) {
  const clock = jumpingClock();
  const start = clock.now().getTime();
  const log: string[] = [];
  const told: string[] = [];
  const commits: string[] = [];
  const say = (text: string) => log.push(`${(clock.now().getTime() - start) / 1000} ${text}`);
  const connection = (name: string) => {
    const handler: Provider['handlers']['service'] = {
      list: async () => [],
      read: async () => undefined,
      diff: () => [],
      async ensure(_, { address, hash, fleet, environment }) {
        await clock.delay(seconds(address) * 1000);
        say(`made ${address}@${name}`);
        const owner = { fleet, environment };
        return {
          id: address,
          address,
          owner,
          hash,
          phase: 'live',
          outputs: { url: `https://${name}` },
          attributes: {},
        };
      },
      async remove(_, { address }) {
        say(`removed ${address}@${name}`);
      },
    } as Provider['handlers']['service'] & object;
    const provider = {
      credentials: [],
      concurrency: 9,
      writer: () => ({}),
      handlers: { service: handler, site: handler, job: handler },
    };
    return [name, { account: { name, credentials: {} }, provider }];
  };
  const input = {
    ...found,
    connections: new Map(['one', 'two'].map(connection) as never),
    recorder: {
      commits: 0,
      inherited: [],
      record: async (done: unknown[], next: unknown[]) => void commits.push(`record ${done.length} ${next.length}`),
      finish: async (done: unknown[], result: string) => void commits.push(`finish ${done.length} ${result}`),
    },
    vault: { secret: () => undefined, learn() {}, mask: (text: string) => text, maskDeep: <T>(value: T) => value },
    redeploy: new Set(),
    restore: undefined,
    outputs: new Map([...found.graph.resources].map(({ address }) => [address, { url: 'https://one' }])),
    watch: { approve: async () => true },
    clock,
    signal: (stop ?? new AbortController()).signal,
    onProgress(progress: { kind: string; message: string }) {
      if (progress.kind !== 'stage') return;
      told.push(progress.message);
      stop?.abort();
    },
  } as unknown as ApplyInput;
  return { outcome: runPlan(input), log, told, commits };
}
