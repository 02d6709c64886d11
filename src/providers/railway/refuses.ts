import type { ServiceSpec } from '../../model/config.ts';
import type { Described, Refusal } from '../../model/offer.ts';
import { canaryRefused, domainsRefused } from '../../provider-kit/refusal.ts';

/** What Railway, or this release at Railway, does not do. */
export function refuses({ spec }: Described): Refusal | undefined {
  const service = spec as unknown as ServiceSpec;
  return domainsRefused('railway', service) ?? canaryRefused('railway', service, 'use all_at_once');
}
