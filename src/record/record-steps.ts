import type { Action, Step } from '../model/plan.ts';
import type { ResourceFacts, StepRecord } from '../model/recorder.ts';
import type { Address } from '../model/resource.ts';
import { STATE_FORMAT, type InstanceState, type RecordedState, type ResourceState } from '../model/state.ts';

/** Longest error text that is remembered of a step, in characters. */
const ERROR_LENGTH = 2_000;

type Resources = Map<Address, ResourceState>;

/** Remembers what became of steps; resources without an instance left are forgotten. Gives the addresses that it touched. */
export function recordOutcomes(resources: Resources, done: readonly StepRecord[]): Set<Address> {
  const touched = new Set<Address>();
  for (const { outcome, instance } of done) {
    const { resource, provider } = outcome.step;
    const known = resources.get(resource);
    if (!known && !instance) continue;
    touched.add(resource);
    const { [provider]: old, ...others } = known?.instances ?? {};
    const base = instance === undefined ? old : instance;
    const instances = base ? { ...others, [provider]: settled(base, outcome, old) } : others;
    if (Object.keys(instances).length === 0) resources.delete(resource);
    else resources.set(resource, { ...(known ?? blank(resource)), instances });
  }
  return touched;
}

/** An outcome clears the intent and an old error; an interrupted step's intent stays open, for the next run to resolve. */
function settled(base: InstanceState, outcome: StepRecord['outcome'], old: InstanceState | undefined): InstanceState {
  const { intent, error, ...rest } = base;
  if (outcome.result === 'succeeded') return rest;
  if (outcome.result === 'interrupted') {
    const open = intent ?? old?.intent;
    return { ...base, ...(open ? { intent: open } : {}) };
  }
  const message = outcome.failure?.message ?? error;
  return { ...rest, ...(message ? { error: message.slice(0, ERROR_LENGTH) } : {}) };
}

/** Opens the intents of the steps that are about to start. `names`: what is being imported is found by if the run dies. */
export function recordIntents(
  resources: Resources,
  next: readonly Step[],
  run: string,
  at: string,
  names: ReadonlyMap<Address, string> = new Map(),
): Set<Address> {
  for (const { resource, provider, action } of next) {
    const known = resources.get(resource) ?? blank(resource);
    const name = names.get(resource);
    const instance = { ...(known.instances[provider] ?? expected()), ...(name === undefined ? {} : { name }) };
    const intent: { action: Action; run: string; at: string } = { action, run, at };
    resources.set(resource, { ...known, instances: { ...known.instances, [provider]: { ...instance, intent } } });
  }
  return new Set(next.map(({ resource }) => resource));
}

/** What the plan knows of the touched resources besides their instances. */
export function recordFacts(
  resources: Resources,
  touched: ReadonlySet<Address>,
  facts: ReadonlyMap<Address, ResourceFacts>,
): void {
  for (const address of touched) {
    const resource = resources.get(address);
    const fact = facts.get(address);
    if (resource && fact) resources.set(address, { ...resource, protect: fact.protect, dependsOn: fact.dependsOn });
  }
}

/** Whether an apply without steps would leave the record as it is: nothing failed before, and what the config says besides is known. */
export function isSettled(
  { environment, resources }: RecordedState,
  facts: ReadonlyMap<Address, ResourceFacts>,
  ways?: string,
): boolean {
  if (environment && environment.outcome !== 'succeeded' && environment.outcome !== null) return false;
  if (ways !== undefined && environment?.ways !== undefined && environment.ways !== ways) return false;
  return [...resources.values()].every((resource) => !isBehind(resource, facts.get(resource.address)));
}

/** After an apply that succeeded: no old error stays, and every fact is up to date. Gives the addresses that it touched. */
export function settle(resources: Resources, facts: ReadonlyMap<Address, ResourceFacts>): Set<Address> {
  const behind = [...resources.values()].filter((resource) => isBehind(resource, facts.get(resource.address)));
  for (const resource of behind) {
    const instances = Object.entries(resource.instances).map(([account, { error: _cleared, ...instance }]) => [
      account,
      instance,
    ]);
    resources.set(resource.address, { ...resource, instances: Object.fromEntries(instances) });
  }
  return new Set(behind.map(({ address }) => address));
}

function isBehind({ instances, protect, dependsOn }: ResourceState, fact: ResourceFacts | undefined): boolean {
  const differs = fact !== undefined && (fact.protect !== protect || fact.dependsOn.join() !== dependsOn.join());
  return differs || Object.values(instances).some(({ error }) => error !== undefined);
}

const blank = (address: Address): ResourceState => ({
  format: STATE_FORMAT,
  address,
  protect: false,
  dependsOn: [],
  instances: {},
});

/** An instance of which only the intent is known. */
const expected = (): InstanceState => ({
  id: null,
  hash: null,
  replicas: 0,
  spec: {},
  references: {},
  outputs: {},
  phase: 'queued',
  deployments: [],
});
