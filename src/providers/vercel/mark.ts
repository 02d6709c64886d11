import type { Address } from '../../model/resource.ts';
import type { Desired, Target } from '../../provider-kit/provider.ts';

/** Whose a deployment is and what it was made from, in its `meta`, which comes back in every list. */
export type Meta = Record<string, string>;

export type Place = Pick<Target, 'fleet' | 'environment' | 'address'>;

export function metaOf({ fleet, environment, address, hash, commit }: Desired): Meta {
  return {
    flotillaFleet: fleet,
    flotillaEnvironment: environment,
    flotillaAddress: address,
    flotillaHash: hash,
    ...(commit ? { flotillaCommit: commit } : {}),
  };
}

export function placeOf(meta: Meta | null | undefined): Place | undefined {
  const { flotillaFleet: fleet, flotillaEnvironment: environment, flotillaAddress: address } = meta ?? {};
  return fleet && environment && address ? { fleet, environment, address: address as Address } : undefined;
}

export function isMarkOf(meta: Meta | null | undefined, { fleet, environment, address }: Place): boolean {
  const place = placeOf(meta);
  return place?.fleet === fleet && place.environment === environment && place.address === address;
}

export function hashOf(meta: Meta | null | undefined): string | null {
  return meta?.['flotillaHash'] ?? null;
}

/** The variable that marks a project which was imported and has no deployment of ours yet. */
export const MARK = 'FLOTILLA_MARK';

export function markText({ fleet, environment, address }: Place): string {
  return `${address} of ${fleet}/${environment}`;
}

export function placeIn(text: string | null | undefined): Place | undefined {
  const [, address, fleet, environment] = /^(site\/\S+) of ([^\s/]+)\/([^\s/]+)$/.exec(text ?? '') ?? [];
  return fleet && environment && address ? { fleet, environment, address: address as Address } : undefined;
}
