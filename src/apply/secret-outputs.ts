import type { Step } from '../model/plan.ts';
import { parseAddress } from '../model/resource.ts';
import type { Observed } from '../provider-kit/provider.ts';
import { secretOutputs, type ApplyInput } from './apply-input.ts';

const MADE_ANEW: ReadonlySet<Step['action']> = new Set(['create', 'replace', 'move']);

type Memory = Pick<ApplyInput, 'recorded' | 'connections' | 'seal'>;

/** Secret outputs that a step's provider tells only once and that nobody has. */
export function lostOutputs({ recorded, connections }: Memory, { resource, provider }: Step): readonly string[] {
  const connection = connections.get(provider);
  const kind = parseAddress(resource)?.kind;
  const instance = recorded.resources.get(resource)?.instances[provider];
  // Of one that an earlier run began to make anew, the record has what is no longer good.
  const outdated = instance?.intent !== undefined && MADE_ANEW.has(instance.intent.action);
  if (!connection || !kind || (instance?.sealed !== undefined && !outdated)) return [];
  return connection.provider.toldOnce?.(connection.account.options)[kind] ?? [];
}

/** What the record keeps of a step's secret outputs; what was sealed before stays as it is while it says the same. */
export async function sealOutputs(input: Memory, step: Step, observed: Observed): Promise<string | undefined> {
  const { seal, recorded } = input;
  const told = secretOutputs(observed.address, observed.outputs);
  const before =
    step.action === 'replace' ? undefined : recorded.resources.get(step.resource)?.instances[step.provider]?.sealed;
  if (Object.keys(told).length === 0 || !seal) return before;
  // Without the identity nobody can tell whether it says the same.
  const known = before === undefined ? undefined : await seal.open(before).catch(() => undefined);
  const all = { ...known, ...told };
  const same = known && Object.entries(all).every(([name, value]) => known[name] === value);
  return same ? before : seal.seal(all);
}
