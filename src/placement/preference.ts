import type { DesiredResource } from '../model/graph.ts';
import type { Offer } from '../model/offer.ts';
import { affinity, hashOf } from './rendezvous.ts';

const hashes = new WeakMap<Offer, number>();

/** What decides between places of the same score, from 0 to 1, the higher first: the order of `place.on`, else a hash of both names. */
export function preference(
  { address, place }: DesiredResource,
  able: readonly number[],
  offers: readonly Offer[],
): (account: number) => number {
  if (place.on) return (account) => 1 - able.indexOf(account) / able.length;
  const key = hashOf(address);
  return (account) => affinity(key, hashOfOffer(offers[account] as Offer));
}

function hashOfOffer(offer: Offer): number {
  const known = hashes.get(offer);
  if (known !== undefined) return known;
  const hash = hashOf(offer.account);
  hashes.set(offer, hash);
  return hash;
}
