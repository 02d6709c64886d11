import type { ServiceSpec } from '../../model/config.ts';
import type { Described, Refusal } from '../../model/offer.ts';
import { canaryRefused, domainsRefused } from '../../provider-kit/refusal.ts';
import { guestOf } from './guest.ts';

/** What Fly.io, or this release at Fly.io, does not do. */
export function refuses({ spec }: Described): Refusal | undefined {
  const service = spec as unknown as ServiceSpec;
  const refused = domainsRefused('fly', service) ?? canaryRefused('fly', service, 'use rolling');
  if (refused || guestOf(service)) return refused;
  return {
    at: 'resources',
    because: 'it does not fit: shared machines of fly have at most 8 CPUs and 16 GB',
    mend: 'ask for less under resources, or place it elsewhere',
  };
}
