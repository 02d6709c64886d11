import type { ServiceSpec } from '../../model/config.ts';
import type { Described, Refusal } from '../../model/offer.ts';

/** What this machine does not run by itself. */
export function refuses({ kind, spec }: Described): Refusal | undefined {
  if (kind !== 'service') return undefined;
  const { source } = spec as unknown as ServiceSpec;
  const other = source.image ? 'image' : source.dockerfile ? 'dockerfile' : undefined;
  if (!other) return undefined;
  return {
    at: `source.${other}`,
    because: `the local provider does not run ${other === 'image' ? 'an image' : 'a Dockerfile'}`,
    mend: 'it runs a folder: set source.command, or have a start script in its package.json',
  };
}
