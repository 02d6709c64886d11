import type { ServiceSpec } from '../../model/config.ts';
import type { Described, Refusal } from '../../model/offer.ts';

/** Records that Cloudflare takes in parts, not as the line of a zone file. */
const STRUCTURED = new Set(['SRV', 'CAA']);

/** What Cloudflare, or this release at Cloudflare, does not do. */
export function refuses({ kind, spec }: Described): Refusal | undefined {
  if (kind === 'service') return container(spec as unknown as ServiceSpec);
  const { records = [] } = spec as { records?: { type: string }[] };
  const index = kind === 'domain' ? records.findIndex(({ type }) => STRUCTURED.has(type)) : -1;
  if (index < 0) return undefined;
  return {
    at: `records.${index}.type`,
    because: `records of type ${records[index]?.type} are not written at Cloudflare yet`,
    mend: 'make that record by hand',
  };
}

function container({ source: { image, dockerfile } }: ServiceSpec): Refusal | undefined {
  if (image === undefined && dockerfile === undefined) return undefined;
  return {
    at: image === undefined ? 'source.dockerfile' : 'source.image',
    because: 'Cloudflare runs modules in JavaScript, no containers',
    mend: 'place it elsewhere, or name a folder whose build makes a module',
  };
}
