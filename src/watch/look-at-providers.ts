import { offers } from '../connect.ts';
import type { DriftLook } from '../health/other-incidents.ts';
import type { Config } from '../model/config.ts';
import type { InstanceId } from '../model/graph.ts';
import type { Observation } from '../model/observation.ts';
import type { Offer } from '../model/offer.ts';
import type { Plan } from '../model/plan.ts';
import type { SecretAddress } from '../model/renewal.ts';
import type { Address } from '../model/resource.ts';
import type { RecordedState } from '../model/state.ts';
import { candidatesFor } from '../placement/candidates.ts';
import type { Ports } from '../ports.ts';
import { prepare } from '../reconcile.ts';
import { changeLines } from '../report/plan-words.ts';
import type { Request } from '../request.ts';
import type { Store } from '../record/store.ts';

/** What the providers themselves say: a second vantage beside the probes. */
export interface ProviderView {
  confirmedBy: Map<InstanceId, boolean>;
  /** Accounts that could hold each resource, in config order. */
  alternatives: Map<Address, string[]>;
  /** Absent when it cannot be told: the last apply did not succeed. */
  drift?: DriftLook;
  /** Secrets that are to be issued anew, or of which an earlier value is to be ended yet. */
  renewals: { resource: SecretAddress; because: string; from: string }[];
  /** Where a run died at work: what is there is neither as it was nor as it was to be. */
  unsettled: { resource: Address; provider: string }[];
  /** Accounts that were asked: whether they answered, a refusal being an answer. */
  answered: Map<string, boolean>;
}

/**
 * Plans the commit that was applied last, which should come to nothing: every step is a difference that nobody asked for.
 * Errors as `plan`.
 */
export async function lookAtProviders(
  request: Request,
  recorded: RecordedState,
  config: Config,
  ports: Ports,
): Promise<ProviderView> {
  const found = await prepareAsApplied(request, recorded, ports);
  const accounts = offers(found.connections, config);
  const able = candidatesFor(accounts);
  const alternatives = found.graph.resources.map((resource): [Address, string[]] => [
    resource.address,
    able(resource).map((index) => (accounts[index] as Offer).account),
  ]);
  return {
    confirmedBy: verdicts(found.observation),
    alternatives: new Map(alternatives),
    renewals: renewalsIn(found, ports.clock.now()),
    unsettled: unsettledIn(recorded),
    answered: answersOf(found, ports),
    ...(recorded.environment?.outcome === 'succeeded' ? { drift: driftOf(found.plan, recorded) } : {}),
  };
}

/** Everything of a plan of what was applied last: with the folders as they were deployed, and quietly. Errors as `plan`. */
export function prepareAsApplied(request: Request, recorded: RecordedState, ports: Ports): ReturnType<typeof prepare> {
  const store = withRecordedSources(ports.store, recorded);
  return prepare(request, { ...ports, store, onProgress: () => {} });
}

function driftOf(plan: Plan, recorded: RecordedState): DriftLook {
  const unread = new Set(plan.unread.map(({ provider }) => provider));
  const steps = plan.steps.filter(({ resource, provider, action }) => {
    const instance = recorded.resources.get(resource)?.instances[provider];
    const isSettled = instance !== undefined && instance.intent === undefined && instance.error === undefined;
    // A move, and what is left of one, is what a failover asked for.
    return isSettled && (action === 'create' || action === 'update' || action === 'replace');
  });
  const findings = steps.flatMap(({ resource, provider, action, diff }) => {
    if (action === 'create') return [{ resource, provider, lines: [] }];
    // That it does not run is no change of what it is: the probes see to that.
    const lines = diff.filter(({ path }) => path !== 'status').flatMap(changeLines);
    return lines.length > 0 ? [{ resource, provider, lines }] : [];
  });
  const unsettled = new Set(unsettledIn(recorded).map(({ resource }) => resource));
  const checked = [...recorded.resources].flatMap(([address, { instances }]): Address[] =>
    unsettled.has(address) || Object.keys(instances).some((provider) => unread.has(provider)) ? [] : [address],
  );
  return { checked: new Set(checked), findings };
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

function answersOf(
  { placement, recorded, observation: { unread } }: Prepared,
  { resting }: Ports,
): ProviderView['answered'] {
  const placed = [...placement.values()].flatMap((assignments) => assignments.map(({ provider }) => provider));
  const held = [...recorded.resources.values()].flatMap(({ instances }) => Object.keys(instances));
  const asked = [...new Set([...placed, ...held])].filter((account) => !resting?.has(account));
  return new Map(asked.map((account) => [account, unread.get(account)?.tag !== 'transient']));
}

/** What could not be issued is tried again, but not by every run. Milliseconds. */
const ISSUE_AGAIN = 3_600_000;

function renewalsIn({ renewals, plan, recorded }: Prepared, now: Date): ProviderView['renewals'] {
  const { applied, outcome } = recorded.environment ?? {};
  const isFresh = outcome !== 'succeeded' && now.getTime() - Date.parse(applied ?? '') < ISSUE_AGAIN;
  if (isFresh) return [];
  const ending = new Set(plan.steps.flatMap(({ resource, action }) => (action === 'delete' ? resource : [])));
  return renewals.flatMap(({ address, due, use = '' }) =>
    due === undefined && !ending.has(address)
      ? []
      : [{ resource: address, because: due ?? 'an earlier value is to be ended', from: use }],
  );
}

function unsettledIn({ resources }: RecordedState): ProviderView['unsettled'] {
  return [...resources].flatMap(([resource, { instances }]) =>
    Object.entries(instances).flatMap(([provider, { intent }]) => (intent ? [{ resource, provider }] : [])),
  );
}

function verdicts({ instances }: Observation): Map<InstanceId, boolean> {
  const known = new Map<InstanceId, boolean>();
  for (const [id, { phase }] of instances) {
    if (phase === 'failed' || phase === 'removed') known.set(id, true);
    if (phase === 'live') known.set(id, false);
  }
  return known;
}

/** The folders as they were deployed: what was pushed since is no drift, and asking for it costs a request. */
function withRecordedSources(store: Store, { resources }: RecordedState): Store {
  const trees = new Map<string, string>([['', '']]);
  for (const { instances } of resources.values())
    for (const { source } of Object.values(instances)) if (source) trees.set(source.dir, source.tree);
  // One that was never deployed has no other side to compare it with.
  const tree = Object.assign(new Map(trees), { get: (folder: string) => trees.get(folder) ?? 'never deployed' });
  return {
    read: (request) => store.read(request),
    readState: (environment, what) => store.readState(environment, what),
    readFolder: (folder) => store.readFolder(folder),
    commit: (request) => store.commit(request),
    commits: () => store.commits(),
    blobs: (ids) => store.blobs(ids),
    tree: async () => tree,
  };
}
