import type { ServiceSpec, SiteSpec } from '../../model/config.ts';
import type { Described, Refusal } from '../../model/offer.ts';
import type { JsonObject } from '../../model/resource.ts';
import { canaryRefused, domainsRefused } from '../../provider-kit/refusal.ts';

/** What Render, or this release at Render, does not do. */
export function refuses({ spec, replicas }: Described, { plan = 'free' }: JsonObject): Refusal | undefined {
  const { redirects = [], ...either } = spec as unknown as Partial<ServiceSpec & SiteSpec>;
  const refused = domainsRefused('Render', either) ?? canaryRefused('Render', either, 'use rolling or all_at_once');
  if (refused) return refused;
  if (plan === 'free' && replicas > 1)
    return {
      at: 'replicas',
      because: 'a free service has one instance',
      mend: 'set providers.<account>.plan, or replicas: 1',
    };
  const index = redirects.findIndex(({ status }) => status !== 301);
  if (index < 0) return undefined;
  return {
    at: `redirects.${index}.status`,
    because: `Render redirects with 301 only, not ${redirects[index]?.status}`,
    mend: 'leave out the status',
  };
}
