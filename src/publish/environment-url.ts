import type { Outcome } from '../model/outcome.ts';

/** The one address to show for an environment: its first site's, else its first service's; none that is no plain address of the web. */
export function environmentUrl({ outputs }: Outcome): string | undefined {
  const addresses = Object.keys(outputs).toSorted();
  const first = ['site/', 'service/'].map((kind) =>
    addresses.find((address) => address.startsWith(kind) && outputs[address]?.['url']),
  );
  const chosen = first.find((address) => address !== undefined);
  const url = (chosen && outputs[chosen]?.['url']) ?? '';
  // A provider may answer anything, and people press what is shown.
  return /^https?:\/\/[^\s@\p{C}]+$/u.test(url) && URL.canParse(url) ? url : undefined;
}
