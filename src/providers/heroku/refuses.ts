import type { ServiceSpec } from '../../model/config.ts';
import type { Described, Refusal } from '../../model/offer.ts';
import { canaryRefused, domainsRefused } from '../../provider-kit/refusal.ts';

/** What Heroku, or this release at Heroku, does not do. */
export function refuses({ spec }: Described): Refusal | undefined {
  const service = spec as unknown as ServiceSpec;
  const refused = domainsRefused('heroku', service) ?? canaryRefused('heroku', service, 'use all_at_once');
  if (refused || service.source.build === undefined) return refused;
  return {
    at: 'source.build',
    because: 'heroku has no build command',
    mend: 'put it into the build script of package.json, or into a Dockerfile',
  };
}
