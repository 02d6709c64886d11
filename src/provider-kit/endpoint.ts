import { UnsupportedError } from '../model/errors.ts';
import type { Account } from './provider.ts';

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * The `endpoint` option of a provider whose API has one official address: only a stand-in on this machine may take its
 * place, because whoever can edit the config could otherwise have tokens and secrets sent elsewhere.
 */
export function endpointOption(official: string) {
  return {
    about: `address of a stand-in for ${official} on this machine, as the sandbox starts it`,
    check(value: unknown): string | undefined {
      if (value === official) return undefined;
      const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
      const local = url && /^https?:$/.test(url.protocol) && LOOPBACK.has(url.hostname);
      return local ? undefined : `expected ${official} or an address on this machine, such as http://127.0.0.1:4000`;
    },
  };
}

/** Where an account's API is. @throws UnsupportedError when the option is not acceptable. */
export function endpointOf({ name, options }: Account, official: string): string {
  const endpoint = options['endpoint'] ?? official;
  const wrong = endpointOption(official).check(endpoint);
  if (wrong === undefined) return endpoint as string;
  throw new UnsupportedError(`providers.${name}.endpoint: ${wrong}`, { mend: 'leave the option out' });
}
