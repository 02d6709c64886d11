import type { InstanceId } from '../../src/model/graph.ts';
import type { Action, Step } from '../../src/model/plan.ts';
import type { StepRecord } from '../../src/model/recorder.ts';
import type { Address } from '../../src/model/resource.ts';
import type { InstanceState } from '../../src/model/state.ts';
import { openRecorder, type RecorderOptions } from '../../src/record/recorder.ts';
import type { Store } from '../../src/record/store.ts';

export const step = (resource: Address, action: Action = 'create', provider = 'local'): Step => ({
  id: `${resource}@${provider}` as InstanceId,
  resource,
  provider,
  action,
  because: 'test',
  diff: [],
  after: [],
});

export const instance = (id: string): InstanceState => ({
  id,
  hash: `hash-of-${id}`,
  replicas: 1,
  spec: { port: 80 },
  references: {},
  outputs: { url: `http://${id}.test` },
  phase: 'live',
  deployments: [],
});

export const succeeded = (of: Step, state: InstanceState | null = instance(of.resource)): StepRecord => ({
  outcome: { step: of, result: 'succeeded', duration: 5, attempts: 1 },
  instance: state,
});

/** A time that stands still until it is moved. */
export function testClock(start = '2026-11-20T12:00:00.000Z') {
  let time = Date.parse(start);
  return {
    now: () => new Date(time),
    advance: (seconds: number): void => {
      time += seconds * 1000;
    },
  };
}

/** Numbers from 0 to 1 in an order that is the same each time. */
export function testRandom(seed: number): () => number {
  let state = seed * 7919 + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

export interface TestRun {
  store: Store;
  environment?: string;
  run?: string;
  seed?: number;
  steps: Step[];
  options?: Partial<RecorderOptions>;
}

/** A recorder as an apply opens it: the state read, then the record opened on it. */
export async function openRun({
  store,
  environment = 'production',
  run = 'test:1',
  seed = 1,
  steps,
  options,
}: TestRun) {
  const state = await store.readState(environment, 'all');
  return openRecorder({
    store,
    state,
    plan: { fleet: 'acme', environment, commit: 'c0ffee', hash: 'feedfacefeedface', steps },
    facts: new Map(),
    run,
    actor: 'ada',
    clock: () => new Date('2026-11-20T12:00:00.000Z'),
    random: testRandom(seed),
    // Turns are given to others, nothing is waited for.
    delay: () => new Promise((resolve) => setImmediate(resolve)),
    isRunAlive: async () => undefined,
    schedule: () => () => {},
    ...options,
  });
}
