import { instanceId, type Assignment, type DesiredResource } from '../model/graph.ts';
import type { Observed } from '../model/observation.ts';
import type { Action, Block, Change, Notice, Step } from '../model/plan.ts';
import { generationOf, instanceHash, resolve, type Resolved } from '../model/resolve.ts';
import { parseAddress, STATEFUL, type Address } from '../model/resource.ts';
import type { InstanceState, Restore } from '../model/state.ts';
import { diffValues } from './diff-values.ts';
import type { PlanInput } from './plan-input.ts';

export type UnlinkedStep = Omit<Step, 'after'>;

interface Difference {
  steps: UnlinkedStep[];
  blocks: Block[];
  warnings: Notice[];
  unchanged: number;
}

/** What each resource needs, in dependency order; then what is to go. */
export function diffResources(input: PlanInput): Difference {
  const result: Difference = { steps: [], blocks: [], warnings: [], unchanged: 0 };
  if (input.restore) return { ...result, steps: restoration(input, input.restore) };
  /** Resources whose outputs a step of this plan will make anew. */
  const renewed = new Set<Address>();
  for (const resource of input.graph.resources) {
    const resolved = resolve(resource, (address) => (renewed.has(address) ? undefined : knownOutputs(input, address)));
    // A secret output is never filled in here; that it will be another is known all the same.
    resolved.pending = [...new Set([...resolved.pending, ...resource.dependsOn.filter((one) => renewed.has(one))])];
    for (const assignment of input.placement.get(resource.address) ?? []) {
      const id = instanceId(resource.address, assignment.provider);
      if (input.observation.unread.has(assignment.provider)) continue;
      const verdict = judge(input, resource, assignment, resolved);
      if (verdict === 'unchanged') result.unchanged++;
      else if ('guard' in verdict) result.blocks.push(verdict);
      else if ('message' in verdict) result.warnings.push(verdict);
      else {
        if (verdict.action !== 'update' && verdict.action !== 'adopt') renewed.add(resource.address);
        const { provider } = assignment;
        result.steps.push({ id, resource: resource.address, provider, position: resource.position, ...verdict });
      }
    }
  }
  result.steps.push(...departures(input));
  return result;
}

type Verdict = 'unchanged' | Block | Notice | { action: Action; because: string; diff: Change[] };

function judge(input: PlanInput, resource: DesiredResource, assignment: Assignment, resolved: Resolved): Verdict {
  const { observation, recorded } = input;
  const id = instanceId(resource.address, assignment.provider);
  const foreign = observation.foreign.get(id);
  if (foreign) return foreignBlock(resource, assignment, foreign);

  const instances = recorded.resources.get(resource.address)?.instances ?? {};
  const instance = instances[assignment.provider];
  const observed = observation.instances.get(id);
  if (!observed) return appearance(resource, assignment, resolved, instances, instance);

  const redeploy = input.redeploy.has(resource.address);
  const hash = instanceHash(resource, assignment, resolved, generationOf(instance, redeploy));
  const known = observed.hash ?? instance?.hash ?? null;
  if (known === hash && resolved.pending.length === 0) {
    if (!isRecorded(instance))
      return { action: 'adopt', because: 'found at the provider, not in the record', diff: [] };
    if (instance?.hash !== hash || instance.intent)
      return { action: 'adopt', because: 'an earlier run did this and could not record it', diff: [] };
    if (instance.heldBack !== undefined)
      return { action: 'adopt', because: 'the config says again what it was rolled back to', diff: [] };
  } else if (instance?.heldBack === hash) {
    return {
      message: `${resource.address} stays at the version it was rolled back to; this version was rolled back from. Push a change, or apply with --redeploy ${resource.address}`,
      position: resource.position,
    };
  }
  const drift = observation.basis === 'live' ? input.drift(resource, assignment, resolved, observed) : [];
  const edits = known === hash ? [] : specChanges(resource, assignment, resolved, instance);
  const diff = [...edits, ...drift];
  if (!isRecorded(instance)) return { action: 'adopt', because: 'found at the provider, not in the record', diff };
  const because = whyUpdate({
    edits,
    drift,
    resolved,
    changed: known !== hash,
    observed,
    redeploy,
  });
  if (!because) return 'unchanged';
  return { action: diff.some(({ replaces }) => replaces) ? 'replace' : 'update', because, diff };
}

/** Nothing is there yet: new, moved from elsewhere, or gone behind our back. */
function appearance(
  resource: DesiredResource,
  assignment: Assignment,
  resolved: Resolved,
  instances: Record<string, InstanceState>,
  instance: InstanceState | undefined,
): Verdict {
  const diff = specChanges(resource, assignment, resolved, undefined);
  if (instance?.id) return { action: 'create', because: `it is gone from ${assignment.provider}`, diff };
  const elsewhere = Object.keys(instances).filter(
    (account) => account !== assignment.provider && instances[account]?.id,
  );
  if (elsewhere.length > 0)
    return { action: 'move', because: `from ${elsewhere.join(', ')}: ${assignment.because}`, diff };
  return { action: 'create', because: instance ? 'an earlier run did not finish it' : 'new', diff };
}

function whyUpdate(facts: {
  edits: Change[];
  drift: Change[];
  resolved: Resolved;
  changed: boolean;
  observed: Observed;
  redeploy: boolean;
}): string | undefined {
  const { edits, drift, resolved, changed, observed, redeploy } = facts;
  if (resolved.pending.length > 0) return `${resolved.pending.join(', ')} will have new outputs`;
  const secrets = edits.filter(({ path }) => path.startsWith('${secret.'));
  if (changed && secrets.length > 0 && secrets.length === edits.length) return 'its secrets changed';
  if (changed && edits.some(({ path }) => path !== 'source')) return 'the config changed';
  if (changed && edits.length > 0) return 'its files changed';
  if (redeploy) return 'asked for';
  if (changed) return 'the provider has another version than the record';
  if (drift.length > 0) return 'it was changed at the provider';
  if (observed.phase === 'failed' || observed.phase === 'removed') return `it is ${observed.phase} at the provider`;
  return undefined;
}

function specChanges(
  resource: DesiredResource,
  assignment: Assignment,
  resolved: Resolved,
  instance?: InstanceState,
): Change[] {
  const shape = (
    spec: unknown,
    replicas: number | undefined,
    region: string | undefined,
    tree: string | undefined,
  ) => ({
    ...(spec as object),
    ...(replicas === undefined || replicas === 1 ? {} : { replicas }),
    ...(region ? { region } : {}),
    ...(tree ? { source_files: tree.slice(0, 12) } : {}),
  });
  const before = instance ? shape(instance.spec, instance.replicas, instance.region, instance.source?.tree) : {};
  const after = shape(resource.spec, assignment.replicas, assignment.region, resource.source?.tree);
  const references = instance
    ? diffValues(instance.references, resolved.references).filter(
        ({ path, from, to }) => (from !== undefined && to !== undefined) || path.startsWith('secret.'),
      )
    : [];
  const named = references.map((change) => ({ ...change, path: `\${${change.path}}` }));
  return [...diffValues(before, after).map(asSource), ...named];
}

const asSource = (change: Change): Change => (change.path === 'source_files' ? { ...change, path: 'source' } : change);

/** A rollback touches its one resource and nothing else. */
function restoration({ graph, placement, recorded }: PlanInput, { address, deployment }: Restore): UnlinkedStep[] {
  const resource = graph.resources.find((candidate) => candidate.address === address);
  return (placement.get(address) ?? []).map(({ provider }) => {
    const instance = recorded.resources.get(address)?.instances[provider];
    const files = (source: { tree: string } | undefined) => (source ? { source: source.tree.slice(0, 12) } : {});
    const diff = diffValues(
      { ...instance?.spec, ...files(instance?.source) },
      { ...deployment.spec, ...files(deployment.source) },
    );
    const because = `back to ${deployment.id}, deployed ${deployment.at}`;
    const position = resource ? { position: resource.position } : {};
    return {
      id: instanceId(address, provider),
      resource: address,
      provider,
      action: 'update',
      because,
      diff,
      ...position,
    };
  });
}

/** A create that never finished left an intent but no id. */
function isRecorded(instance: InstanceState | undefined): boolean {
  return instance !== undefined && instance.id !== null;
}

function knownOutputs(
  { observation, recorded, placement }: PlanInput,
  address: Address,
): Record<string, string> | undefined {
  const account = placement.get(address)?.[0]?.provider;
  if (account === undefined) return undefined;
  return (
    observation.instances.get(instanceId(address, account))?.outputs ??
    recorded.resources.get(address)?.instances[account]?.outputs
  );
}

function foreignBlock(resource: DesiredResource, { provider }: Assignment, { id, owner }: Observed): Block {
  const whose = owner
    ? `belongs to fleet ${owner.fleet}, environment ${owner.environment}`
    : 'was not made by Flotilla';
  return {
    guard: 'foreign',
    message: `${provider} already has what ${resource.address} would be called (${id}), and it ${whose}`,
    resources: [resource.address],
    liftable: false,
    lift: owner
      ? `rename ${resource.address}, or remove the other one at ${provider}`
      : `adopt it with flotilla import ${provider} ${id}=${resource.address}, or rename ${resource.address}`,
    position: resource.position,
  };
}

/** Everything recorded or marked as ours that the placement no longer has. */
function departures({ recorded, observation, placement }: PlanInput): UnlinkedStep[] {
  const gone = new Map<string, UnlinkedStep>();
  const consider = (resource: Address, provider: string, because: string) => {
    const id = instanceId(resource, provider);
    const assigned = placement.get(resource);
    if (gone.has(id) || observation.unread.has(provider) || assigned?.some((at) => at.provider === provider)) return;
    const moved = assigned ? `moved to ${assigned.map((at) => at.provider).join(', ')}` : because;
    gone.set(id, { id, resource, provider, action: 'delete', because: moved, diff: [] });
  };
  for (const [address, { instances }] of recorded.resources)
    for (const account of Object.keys(instances)) consider(address, account, 'no longer in the config');
  for (const [id, { address }] of observation.instances)
    consider(address, id.slice(address.length + 1), 'left over at the provider');
  return [...gone.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** Whether losing it loses data or was forbidden. */
export function isProtected(input: Pick<PlanInput, 'recorded'>, address: Address): boolean {
  const kind = parseAddress(address)?.kind;
  return input.recorded.resources.get(address)?.protect ?? (kind !== undefined && STATEFUL.has(kind));
}
