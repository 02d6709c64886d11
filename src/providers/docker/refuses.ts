import type { ServiceSpec } from '../../model/config.ts';
import type { Described, Refusal } from '../../model/offer.ts';

/** What a container on one machine cannot be. */
export function refuses({ spec, replicas }: Described): Refusal | undefined {
  const { source } = spec as unknown as ServiceSpec;
  if (replicas > 1)
    return {
      at: 'replicas',
      because: 'one engine runs one replica, because one port leads to one container',
      mend: 'set replicas: 1, or spread it over further accounts',
    };
  if (source.build === undefined) return undefined;
  return {
    at: 'source.build',
    because: 'source.build is not run for an image',
    mend: 'move the command into the Dockerfile',
  };
}
