import type { Config } from '../model/config.ts';
import type { Problem } from '../model/errors.ts';
import type { DesiredResource } from '../model/graph.ts';
import type { Offer } from '../model/offer.ts';
import { SECTION } from '../model/resource.ts';
import { takes } from './needs.ts';

/** Replicas that one account is to run, and the accounts that would. */
export interface Share {
  replicas: number;
  able: readonly number[];
}

/**
 * Divides the replicas of a resource over as many accounts as may hold it, as evenly as those let it who take only so many;
 * the largest share first. One share of all when it is not to be spread; fewer replicas than asked for when no more have room.
 */
export function shareOut(resource: DesiredResource, able: readonly number[], offers: readonly Offer[]): Share[] {
  const { replicas, place } = resource;
  if (place.spread !== 'provider' || replicas === 1) return [{ replicas, able }];
  const most = new Map(able.map((index) => [index, mostAt(resource, offers[index] as Offer)]));
  let left = replicas;
  const sizes = [...most.values()]
    .toSorted((a, b) => a - b)
    .map((limit, index) => {
      const size = Math.min(limit, Math.floor(left / (able.length - index)));
      left -= size;
      return size;
    });
  return sizes
    .filter((size) => size > 0)
    .toSorted((a, b) => b - a)
    .map((size) => ({ replicas: size, able: able.filter((index) => (most.get(index) as number) >= size) }));
}

/** How many replicas of it the account takes; it takes one. */
function mostAt(resource: DesiredResource, offer: Offer): number {
  let { replicas } = resource;
  while (replicas > 1 && !takes({ ...resource, replicas }, offer)) replicas--;
  return replicas;
}

/** The problem with replicas for which the accounts that may hold one have no room, if there are such. */
export function crowded(
  resource: DesiredResource,
  able: readonly number[],
  offers: readonly Offer[],
  config: Pick<Config, 'position'>,
): Problem[] {
  const { address, kind, name, place, replicas } = resource;
  if (place.spread !== 'provider') return [];
  const room = shareOut(resource, able, offers).reduce((sum, share) => sum + share.replicas, 0);
  if (room === replicas) return [];
  const path = `${SECTION[kind]}.${name}.replicas`;
  const accounts = able.map((index) => (offers[index] as Offer).account).join(', ');
  const [mend] = able.flatMap((index) => (offers[index] as Offer).refuses?.(resource)?.mend ?? []);
  return [
    {
      position: config.position(path),
      path,
      message: `${address} wants ${replicas} replicas, and ${accounts} can run ${room} of them`,
      hint: mend ?? `set replicas: ${room}, or let it spread over further accounts`,
    },
  ];
}
