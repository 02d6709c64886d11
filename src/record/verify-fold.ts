import type { Address } from '../model/resource.ts';
import { isSecretAddress } from '../model/renewal.ts';
import type { EnvironmentState, Event, RecordedState, ResourceState } from '../model/state.ts';
import type { Violation } from '../model/verification.ts';
import { environmentPath, resourcePath } from './state-paths.ts';

type Finding = Omit<Violation, 'commit'>;

/**
 * What a journal says of the snapshot beside it: which instances exist, how the last apply ended, and who approved what. That is all: what an
 * instance is (its spec, ids, addresses, phase), health, incidents, the lease and the serial are not in the journal.
 */
export interface Told {
  /** Accounts that hold a resource, or may since a run began to make it there. */
  instances: ReadonlyMap<Address, ReadonlySet<string>>;
  last: Pick<EnvironmentState, 'plan' | 'commit' | 'outcome'>;
  /** By plan, who approved it. */
  approved: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Folds events, oldest first. */
export function tell(events: readonly Event[]): Told {
  const instances = new Map<Address, Set<string>>();
  const approved = new Map<string, Set<string>>();
  let last: Told['last'] = { plan: null, commit: null, outcome: null };
  /** Runs that apply; those that import say only what they did with each resource. */
  const applies = new Set<string>();
  /** What an intent was the first word of. */
  const begun = new Map<string, string>();
  for (const event of events) {
    const { kind, resource, provider = '', action, run, plan } = event;
    const apply = `${run} ${plan}`;
    if (kind === 'apply.started') applies.add(apply);
    else if (kind === 'apply.finished') {
      const { result } = event.data ?? {};
      const outcome = result === 'failed' || result === 'interrupted' ? result : 'succeeded';
      last = { plan: plan ?? null, commit: event.commit, outcome };
    } else if (kind === 'plan.approved') {
      approved.set(plan ?? '', (approved.get(plan ?? '') ?? new Set()).add(event.actor));
    } else if (resource && kind.startsWith('step.')) {
      const accounts = instances.get(resource) ?? new Set();
      const instance = `${resource}@${provider}`;
      if (kind === 'step.intended' && !accounts.has(provider)) begun.set(instance, apply);
      if (kind === 'step.intended' || (kind === 'step.succeeded' && action !== 'delete')) accounts.add(provider);
      // What could not be imported is not remembered.
      const unimported = kind === 'step.failed' && !applies.has(apply) && begun.get(instance) === apply;
      if ((kind === 'step.succeeded' && action === 'delete') || unimported) accounts.delete(provider);
      if (kind !== 'step.intended') begun.delete(instance);
      if (accounts.size > 0) instances.set(resource, accounts);
      else instances.delete(resource);
    }
  }
  return { instances, last, approved };
}

/** Where the snapshot of an environment says something else than its journal. */
export function disagreements(
  environment: string,
  told: Told,
  { environment: now, resources, secrets }: Pick<RecordedState, 'environment' | 'resources' | 'secrets'>,
): Finding[] {
  const things = new Map<Address, ResourceState>([...resources, ...secrets]);
  const found: Finding[] = [];
  const say = (file: string, what: string) => void found.push({ file, line: null, what });
  for (const address of new Set([...told.instances.keys(), ...things.keys()])) {
    const journal = told.instances.get(address) ?? new Set();
    const snapshot = new Set(held(things.get(address)));
    const file = resourcePath(environment, address);
    for (const account of journal.difference(snapshot))
      say(file, `the journal says that ${address} is on ${account}, and the snapshot does not`);
    for (const account of snapshot.difference(journal))
      say(file, `the snapshot says that ${address} is on ${account}, and the journal does not`);
  }
  const file = environmentPath(environment);
  for (const { plan, actor } of now?.approvals ?? [])
    if (!told.approved.get(plan)?.has(actor))
      say(file, `the snapshot says that ${actor} approved plan ${plan}, and the journal does not`);
  const snapshot = now ?? { plan: null, commit: null, outcome: null };
  for (const fact of ['outcome', 'plan', 'commit'] as const)
    if (snapshot[fact] !== told.last[fact])
      say(file, `the last apply's ${fact} is ${told.last[fact]} by the journal and ${snapshot[fact]} by the snapshot`);
  return found;
}

/** Who holds a resource. Of a secret the record may keep which value was ended, so that it is never taken for another. */
function held({ address, instances }: Pick<ResourceState, 'address' | 'instances'> = NOTHING): string[] {
  return Object.keys(instances).filter((name) => !isSecretAddress(address) || instances[name]?.phase !== 'removed');
}

const NOTHING = { address: 'service/none', instances: {} } as const;
