import type { ServiceSpec } from '../../model/config.ts';
import type { Described, Refusal } from '../../model/offer.ts';
import type { JsonObject } from '../../model/resource.ts';
import { canaryRefused, domainsRefused } from '../../provider-kit/refusal.ts';

/** What Koyeb, or this release at Koyeb, does not do. */
export function refuses({ spec, replicas }: Described, { instance = 'free' }: JsonObject): Refusal | undefined {
  const service = spec as unknown as ServiceSpec;
  const refused = domainsRefused('Koyeb', service) ?? canaryRefused('Koyeb', service, 'use rolling or all_at_once');
  if (refused || instance !== 'free' || replicas === 1) return refused;
  return {
    at: 'replicas',
    because: 'a free service has one instance',
    mend: 'set providers.<account>.instance, or replicas: 1',
  };
}
