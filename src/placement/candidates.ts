import type { Config } from '../model/config.ts';
import type { Problem } from '../model/errors.ts';
import type { DesiredResource } from '../model/graph.ts';
import type { Offer } from '../model/offer.ts';
import { SECTION, type Kind } from '../model/resource.ts';
import { excessive } from './needs.ts';

/** The accounts that may hold a resource by the hard constraints that hold whatever else is placed: `on`, kind, region, what one resource may have. */
export function candidatesFor(offers: readonly Offer[]): (resource: DesiredResource) => readonly number[] {
  const known = new Map<string, readonly number[]>();
  const byKind = new Map<Kind, readonly number[]>();
  const single = offers.some(({ quotas = [] }) => quotas.some(({ each }) => each));
  return (resource) => {
    const { on, region = '' } = resource.place;
    const anywhere = on === undefined && region === '' && !single ? byKind.get(resource.kind) : undefined;
    if (anywhere) return anywhere;
    const key = on ? `${resource.kind} ${region} ${on.join(' ')}` : `${resource.kind} ${region}`;
    let able = known.get(key);
    if (!able) {
      const asked = on ? on.map((name) => offers.findIndex(({ account }) => account === name)) : offers.keys();
      able = [...new Set(asked)].filter((index) => index >= 0 && !unable(resource, offers[index] as Offer));
      known.set(key, able);
      if (on === undefined && region === '') byKind.set(resource.kind, able);
    }
    return single ? able.filter((index) => !excessive(resource, offers[index] as Offer)) : able;
  };
}

function unable({ kind, place }: DesiredResource, offer: Offer): string | undefined {
  const capability = offer.kinds[kind];
  if (!capability) return `${offer.account} does not offer ${SECTION[kind]}`;
  if (!capability.supported) return `${offer.account}: no, because ${capability.because}`;
  if (place.region && capability.regions && !capability.regions.includes(place.region))
    return `${offer.account} has no region "${place.region}" (it has ${capability.regions.join(', ')})`;
  return undefined;
}

/** Why no account may hold it, each with its reason. */
export function nowhere(
  resource: DesiredResource,
  offers: readonly Offer[],
  config: Pick<Config, 'position'>,
): Problem {
  const objection = (offer: Offer) => unable(resource, offer) ?? excessive(resource, offer);
  const refused = (resource.place.on ?? offers.map(({ account }) => account)).map((name) => {
    const offer = offers.find(({ account }) => account === name);
    return offer ? objection(offer) : `${name} is not configured under "providers"`;
  });
  const path = `${SECTION[resource.kind]}.${resource.name}${resource.place.on ? '.place.on' : ''}`;
  const free = { ...resource, place: {} };
  const able = offers.filter((offer) => !unable(free, offer) && !excessive(free, offer)).map(({ account }) => account);
  const tight = offers.filter((offer) => !unable(resource, offer) && excessive(resource, offer));
  const hint = () => {
    if (able.length > 0) return `${able.join(', ')} could`;
    const [first] = tight;
    return first
      ? `ask for less, or say by providers.${first.account}.plan which plan the account is on`
      : `configure a provider that offers ${SECTION[resource.kind]}`;
  };
  return {
    position: config.position(path),
    path,
    message: `no provider can hold ${resource.address}: ${refused.join('; ') || 'none is configured'}`,
    hint: hint(),
  };
}
