import type { Config } from '../model/config.ts';
import type { Problem } from '../model/errors.ts';
import type { DesiredResource } from '../model/graph.ts';
import type { Offer, Refusal } from '../model/offer.ts';
import { SECTION, type Kind } from '../model/resource.ts';
import { excessive, takes } from './needs.ts';

/** The accounts that may hold a resource by the hard constraints that hold whatever else is placed: `on`, kind, region, what one resource may have. */
export function candidatesFor(offers: readonly Offer[]): (resource: DesiredResource) => readonly number[] {
  const known = new Map<string, readonly number[]>();
  const byKind = new Map<Kind, readonly number[]>();
  const picky = offers.some(({ quotas = [], refuses }) => refuses ?? quotas.some(({ each }) => each));
  return (resource) => {
    const { on, region = '' } = resource.place;
    const anywhere = on === undefined && region === '' && !picky ? byKind.get(resource.kind) : undefined;
    if (anywhere) return anywhere;
    const key = on ? `${resource.kind} ${region} ${on.join(' ')}` : `${resource.kind} ${region}`;
    let able = known.get(key);
    if (!able) {
      const asked = on ? on.map((name) => offers.findIndex(({ account }) => account === name)) : offers.keys();
      able = [...new Set(asked)].filter((index) => index >= 0 && !unable(resource, offers[index] as Offer));
      known.set(key, able);
      if (on === undefined && region === '') byKind.set(resource.kind, able);
    }
    if (!picky) return able;
    const least = atLeast(resource);
    return able.filter((index) => takes(least, offers[index] as Offer));
  };
}

/** The least of it that an account would have to run. */
const atLeast = (resource: DesiredResource): DesiredResource =>
  resource.place.spread && resource.replicas > 1 ? { ...resource, replicas: 1 } : resource;

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
  const least = atLeast(resource);
  const refusals: Refusal[] = [];
  const objection = (offer: Offer) => {
    const refusal = unable(resource, offer) ? undefined : offer.refuses?.(least);
    if (refusal) refusals.push(refusal);
    return unable(resource, offer) ?? (refusal && `${offer.account}: ${refusal.because}`) ?? excessive(least, offer);
  };
  const refused = (resource.place.on ?? offers.map(({ account }) => account)).map((name) => {
    const offer = offers.find(({ account }) => account === name);
    return offer ? objection(offer) : `${name} is not configured under "providers"`;
  });
  const [refusal] = refusals;
  // The line that all of them refuse, where it is one.
  const isOne = refusal && refusals.length === refused.length && refusals.every(({ at }) => at === refusal.at);
  const path = `${SECTION[resource.kind]}.${resource.name}${isOne ? `.${refusal.at}` : resource.place.on ? '.place.on' : ''}`;
  const free = { ...least, place: {} };
  const able = offers.filter((offer) => !unable(free, offer) && takes(free, offer)).map(({ account }) => account);
  const tight = offers.filter((offer) => !unable(resource, offer) && excessive(least, offer));
  const hint = () => {
    const others = able.length > 0 ? `${able.join(', ')} could` : undefined;
    if (refusal) return [refusal.mend, ...(others ? [others] : [])].join('; ');
    if (others) return others;
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
