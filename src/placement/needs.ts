import { inWords, type Described, type Measure, type Offer, type Quota } from '../model/offer.ts';
import type { JsonObject, Kind } from '../model/resource.ts';

/** Hours that a month is reckoned to have: what an instance takes that is always on. */
export const HOURS_A_MONTH = 730;
const ALWAYS_ON: ReadonlySet<Kind> = new Set(['service', 'model']);

/** Measures whose use is known from the config and the record; of the others only the limit is. */
export type Counted = Exclude<Measure, 'requests' | 'bandwidth'>;
export const isCounted = (measure: Measure): measure is Counted => measure !== 'requests' && measure !== 'bandwidth';

/** What one replica states that it takes: millicpu, bytes. */
export interface Stated {
  cpu: number | undefined;
  memory: number | undefined;
}

export function stated(spec: JsonObject): Stated {
  const { millicpu, memoryBytes } = (spec['resources'] ?? {}) as { millicpu?: number; memoryBytes?: number };
  return { cpu: millicpu, memory: memoryBytes };
}

/** What so many replicas take, in the measure's unit; what is not stated counts as nothing. */
export function need(measure: Counted, kind: Kind, replicas: number, { cpu = 0, memory = 0 }: Stated): number {
  switch (measure) {
    case 'instances':
      return replicas;
    case 'cpu':
      return replicas * cpu;
    case 'memory':
      return replicas * memory;
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
export function excessive({ kind, spec, replicas }: Described, offer: Offer): string | undefined {
  const states = stated(spec);
  for (const quota of offer.quotas ?? []) {
    const { measure, amount } = quota;
    if (!quota.each || !isCounted(measure) || !concerns(quota, kind)) continue;
    const wanted = need(measure, kind, measure === 'cpu' || measure === 'memory' ? 1 : replicas, states);
    if (wanted > amount)
      return `${offer.account} gives one resource ${inWords(measure, amount)}, and it wants ${inWords(measure, wanted)}`;
  }
  return undefined;
}

/** Whether an account runs so much of one resource, as the config describes it. */
export function takes(resource: Described, offer: Offer): boolean {
  return !excessive(resource, offer) && !offer.refuses?.(resource);
}
