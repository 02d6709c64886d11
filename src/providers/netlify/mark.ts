import type { Address } from '../../model/resource.ts';
import type { Target } from '../../provider-kit/provider.ts';

/**
 * Whose a deploy is and what it was made from. Netlify has no labels; a deploy's title is the one text that is set when it
 * is made and comes back in every list. People read it too.
 */
export interface Mark {
  fleet: string;
  environment: string;
  address: Address;
  hash: string;
}

export function titleOf({ fleet, environment, address, hash }: Mark, commit: string | null): string {
  return `${address} of ${fleet}/${environment} by Flotilla, hash ${hash}${commit ? `, commit ${commit}` : ''}`;
}

const TITLE = /^(site\/\S+) of ([^\s/]+)\/([^\s/]+) by Flotilla, hash ([^\s,]+)(?:, |$)/;

export function markOf(title: string | null | undefined): Mark | undefined {
  const [, address, fleet, environment, hash] = TITLE.exec(title ?? '') ?? [];
  if (address === undefined || fleet === undefined || environment === undefined || hash === undefined) return undefined;
  return { address: address as Address, fleet, environment, hash };
}

export function isMarkOf(
  mark: Mark | undefined,
  { fleet, environment, address }: Pick<Target, keyof Mark & keyof Target>,
): boolean {
  return mark?.fleet === fleet && mark.environment === environment && mark.address === address;
}
