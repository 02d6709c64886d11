import { type Decision, type Healing } from '../health/heal.ts';
import type { Avoidance, HealthState } from '../model/health.ts';
import type { Address } from '../model/resource.ts';
import type { Findings } from './findings.ts';

/** Decisions are recorded before they are carried out: what was begun is known to the next run, whatever becomes of this one. */
export function withHealing(
  health: HealthState,
  { decisions, lifted }: Healing,
  { now, healing }: Findings,
  places: Places,
): HealthState {
  const avoid = new Map(Object.entries(health.avoid) as [Address, Avoidance[]][]);
  for (const { resource, provider } of lifted)
    avoid.set(
      resource,
      (avoid.get(resource) ?? []).filter((one) => one.provider !== provider),
    );
  for (const decision of decisions) {
    if (!decision.avoid) continue;
    const others = ruledOut(decision, decision.avoid, healing);
    const kept = (avoid.get(decision.resource) ?? []).filter(({ provider }) => provider !== decision.from);
    avoid.set(decision.resource, [...kept, decision.avoid, ...others]);
  }
  const heals = decisions.map(({ resource, action, from, incident }) => ({
    at: now,
    resource,
    action,
    from,
    incident,
  }));
  const prefer = new Map(Object.entries(health.prefer ?? {}) as [Address, string][]);
  for (const [resource, account] of prefer) if (isAt(places, resource, account)) prefer.delete(resource);
  for (const { resource, action, from, to } of decisions) {
    prefer.delete(resource);
    if (action === 'return' && to !== undefined && to !== from) prefer.set(resource, to);
  }
  const { prefer: _, ...rest } = health;
  const day = new Date(Date.parse(now) - 24 * 3_600_000).toISOString();
  return {
    ...rest,
    ...(prefer.size > 0 ? { prefer: Object.fromEntries(prefer) } : {}),
    avoid: Object.fromEntries([...avoid].filter(([, all]) => all.length > 0)),
    heals: [...health.heals.filter(({ at }) => at > day && at !== now), ...heals],
  };
}

export type Places = ReadonlyMap<Address, readonly { provider: string }[]>;

const isAt = (places: Places, resource: Address, account: string): boolean =>
  places.get(resource)?.some(({ provider }) => provider === account) ?? false;

/** Those that were asked back and are not there yet. */
export function notBackYet({ prefer = {} }: HealthState, places: Places): Address[] {
  const wanted = Object.entries(prefer) as [Address, string][];
  return wanted
    .filter(([resource, account]) => places.has(resource) && !isAt(places, resource, account))
    .map(([resource]) => resource);
}

/** Accounts that `failover.to` does not name are no place to go either. */
function ruledOut({ resource, from }: Decision, avoid: Avoidance, healing: Findings['healing']): Avoidance[] {
  const to = healing?.policies.get(resource)?.to ?? 'auto';
  if (to === 'auto') return [];
  return (healing?.alternatives.get(resource) ?? [])
    .filter((account) => account !== from && !to.includes(account))
    .map((provider) => ({ ...avoid, provider, because: 'failover.to names others' }));
}
