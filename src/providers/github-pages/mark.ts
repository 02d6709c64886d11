import { parseAddress, type Address } from '../../model/resource.ts';
import type { Target } from '../../provider-kit/provider.ts';

/**
 * Whose a deployment is and what it was made from: trailers at the end of the message of its commit. They are exact, belong
 * to the one commit, and are not among the files that the world is served.
 */
export interface Mark {
  fleet: string;
  environment: string;
  address: Address;
  hash: string;
  /** Of the repository that it was made from. */
  source: string | null;
}

export type Place = Pick<Target, 'fleet' | 'environment' | 'address'>;

export function messageOf({ fleet, environment, address, hash, source }: Mark): string {
  const trailers = [
    `Flotilla-Fleet: ${fleet}`,
    `Flotilla-Environment: ${environment}`,
    `Flotilla-Resource: ${address}`,
    `Flotilla-Hash: ${hash}`,
    ...(source ? [`Flotilla-Source: ${source}`] : []),
  ];
  return `Deploy ${address} of ${fleet}/${environment}\n\n${trailers.join('\n')}\n`;
}

/** What a message says in its last paragraph; undefined unless all of it is there, and once. */
export function markOf(message: string): Mark | undefined {
  const lines = (
    message
      .trimEnd()
      .split(/\n\s*\n/)
      .at(-1) ?? ''
  ).split('\n');
  const said = (name: string): string | undefined => {
    const head = `Flotilla-${name}: `;
    const found = lines.filter((line) => line.startsWith(head));
    return found.length === 1 ? found[0]?.slice(head.length).trim() || undefined : undefined;
  };
  const [fleet, environment, address, hash] = ['Fleet', 'Environment', 'Resource', 'Hash'].map(said);
  if (!fleet || !environment || !hash || parseAddress(address ?? '')?.kind !== 'site') return undefined;
  return { fleet, environment, address: address as Address, hash, source: said('Source') ?? null };
}

export function isMarkOf(mark: Mark | undefined, { fleet, environment, address }: Place): boolean {
  return mark?.fleet === fleet && mark.environment === environment && mark.address === address;
}
