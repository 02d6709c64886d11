import type { PlaceConfig } from '../model/config.ts';
import type { DesiredResource } from '../model/graph.ts';
import { inWords, type Measure, type Offer, type Quota } from '../model/offer.ts';
import type { JsonObject, Kind } from '../model/resource.ts';

/** Hours that a month is reckoned to have: what an instance takes that is always on. */
export const HOURS_A_MONTH = 730;
const ALWAYS_ON: ReadonlySet<Kind> = new Set(['service', 'model']);

/** What only the config can say of a resource. */
export const STATED = ['cpu', 'memory', 'requests', 'bandwidth'] as const;

/** What one replica is said to take, in each measure's unit. */
export type Stated = Record<(typeof STATED)[number], number | undefined>;

/** `replicas`: among how many the traffic of `place` is divided. */
export function stated(spec: JsonObject, { traffic }: PlaceConfig = {}, replicas = 1): Stated {
  const { millicpu, memoryBytes } = (spec['resources'] ?? {}) as { millicpu?: number; memoryBytes?: number };
  return {
    cpu: millicpu,
    memory: memoryBytes,
    requests: share(traffic?.requests, replicas),
    bandwidth: share(traffic?.bandwidthBytes, replicas),
  };
}

const share = (amount: number | undefined, of: number) => (amount === undefined ? undefined : amount / of);

/** What so many replicas take, in the measure's unit; what is not stated counts as nothing. */
export function need(measure: Measure, kind: Kind, replicas: number, states: Stated): number {
  switch (measure) {
    case 'instances':
      return replicas;
    case 'cpu':
    case 'memory':
    case 'requests':
    case 'bandwidth':
      return replicas * (states[measure] ?? 0);
    case 'hours':
      return ALWAYS_ON.has(kind) ? replicas * HOURS_A_MONTH : 0;
    case 'builds':
      return 1;
  }
}

export function concerns({ kinds }: { kinds?: Quota['kinds'] | undefined }, kind: Kind): boolean {
  return kinds === undefined || kinds.includes(kind);
}

/** Why one resource is more than the account gives to any, if it is. */
export function excessive({ kind, spec, replicas, place }: DesiredResource, offer: Offer): string | undefined {
  const states = stated(spec, place, replicas);
  for (const quota of offer.quotas ?? []) {
    const { measure, amount } = quota;
    if (!quota.each || !concerns(quota, kind)) continue;
    const wanted = need(measure, kind, measure === 'cpu' || measure === 'memory' ? 1 : replicas, states);
    if (wanted > amount)
      return `${offer.account} gives one resource ${inWords(measure, amount)}, and it wants ${inWords(measure, wanted)}`;
  }
  return undefined;
}

/** Whether an account runs so much of one resource, as the config describes it. */
export function takes(resource: DesiredResource, offer: Offer): boolean {
  return !excessive(resource, offer) && !offer.refuses?.(resource);
}
