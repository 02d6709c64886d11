import type { ServiceSpec } from '../model/config.ts';
import { UnsupportedError } from '../model/errors.ts';
import type { Described, Refusal } from '../model/offer.ts';

/** @throws UnsupportedError when the provider refuses the resource; before anything is made. */
export function requireOffered({ address }: Pick<Described, 'address'>, refusal: Refusal | undefined): void {
  if (refusal) throw new UnsupportedError(`${address}: ${refusal.because}`, { mend: refusal.mend });
}

/** Domains of its own, at a provider for which this release does not set them. */
export function domainsRefused(title: string, { domains }: { domains?: readonly string[] }): Refusal | undefined {
  if (!domains?.length) return undefined;
  return { at: 'domains', because: `domains at ${title} are not offered yet`, mend: 'add them in its dashboard' };
}

/** Shares of the traffic, at a provider that cannot divide it. `mend` names the strategies that it has. */
export function canaryRefused(title: string, { rollout }: Partial<ServiceSpec>, mend: string): Refusal | undefined {
  if (rollout?.strategy !== 'canary') return undefined;
  return { at: 'rollout.strategy', because: `${title} has no canary rollout`, mend };
}
