import type { Outcome } from '../model/outcome.ts';

/** The one address to show for an environment: its first site's, else its first service's. */
export function environmentUrl({ outputs }: Outcome): string | undefined {
  const addresses = Object.keys(outputs).toSorted();
  const first = ['site/', 'service/'].map((kind) =>
    addresses.find((address) => address.startsWith(kind) && outputs[address]?.['url']),
  );
  const chosen = first.find((address) => address !== undefined);
  return chosen && outputs[chosen]?.['url'];
}
