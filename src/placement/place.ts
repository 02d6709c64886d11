import type { Config } from '../model/config.ts';
import type { Problem } from '../model/errors.ts';
import type { Assignment, DesiredResource, Graph, Placement } from '../model/graph.ts';
import type { Offer } from '../model/offer.ts';
import { SECTION, type Address } from '../model/resource.ts';
import { rendezvous } from './rendezvous.ts';

export interface PlacementInput {
  graph: Graph;
  config: Pick<Config, 'position'>;
  /** Configured accounts, in config order. */
  offers: Offer[];
  /** Accounts that hold each resource now. */
  recorded: ReadonlyMap<Address, readonly string[]>;
}

/** Where every resource goes and why, or the problems that leave some without a place. Deterministic: same input, same answer. */
export function place(input: PlacementInput): { placement: Placement; problems: Problem[] } {
  const placement: Placement = new Map();
  const problems: Problem[] = [];
  for (const resource of input.graph.resources) {
    const { fitting, refused } = sift(resource, input.offers);
    if (fitting.length === 0) problems.push(nowhere(resource, refused, input));
    else placement.set(resource.address, assign(resource, fitting, input.recorded.get(resource.address) ?? []));
  }
  return { placement, problems };
}

/** Hard constraints: kind, `on`, region. */
function sift(resource: DesiredResource, offers: Offer[]) {
  const refused: string[] = [];
  const wanted = resource.place.on;
  const asked = wanted ? wanted.map((name) => offers.find(({ account }) => account === name) ?? name) : offers;
  const fitting = asked.filter((offer): offer is Offer => {
    const because =
      typeof offer === 'string' ? `${offer} is not configured under "providers"` : objection(resource, offer);
    if (because) refused.push(because);
    return !because;
  });
  return { fitting, refused };
}

function objection({ kind, place }: DesiredResource, offer: Offer): string | undefined {
  const capability = offer.kinds[kind];
  if (!capability) return `${offer.account} does not offer ${SECTION[kind]}`;
  if (!capability.supported) return `${offer.account}: no, because ${capability.because}`;
  if (place.region && capability.regions && !capability.regions.includes(place.region))
    return `${offer.account} has no region "${place.region}" (it has ${capability.regions.join(', ')})`;
  return undefined;
}

function nowhere(resource: DesiredResource, refused: string[], { config, offers }: PlacementInput): Problem {
  const path = `${SECTION[resource.kind]}.${resource.name}${resource.place.on ? '.place.on' : ''}`;
  const able = offers.filter((offer) => !objection({ ...resource, place: {} }, offer)).map(({ account }) => account);
  return {
    position: config.position(path),
    path,
    message: `no provider can hold ${resource.address}: ${refused.join('; ') || 'none is configured'}`,
    hint: able.length > 0 ? `${able.join(', ')} could` : `configure a provider that offers ${SECTION[resource.kind]}`,
  };
}

/** Stays where it is when it may; otherwise the order of `on`, or a rendezvous hash so that accounts share the load evenly and stably. */
function assign(resource: DesiredResource, fitting: Offer[], held: readonly string[]): Assignment[] {
  const rank = rendezvous(
    resource.address,
    fitting.map(({ account }) => account),
  );
  const order = resource.place.on ? fitting.map(({ account }) => account) : rank;
  const staying = order.filter((account) => held.includes(account));
  const chosen = [...staying, ...order.filter((account) => !held.includes(account))];
  const count = resource.place.spread === 'provider' ? Math.min(resource.replicas, chosen.length) : 1;
  const region = resource.place.region;
  return chosen.slice(0, count).map((account, index) => ({
    provider: account,
    ...(region ? { region } : {}),
    replicas: Math.floor(resource.replicas / count) + (index < resource.replicas % count ? 1 : 0),
    because: reason(resource, account, held, fitting.length, count),
  }));
}

function reason(
  { place }: DesiredResource,
  account: string,
  held: readonly string[],
  candidates: number,
  count: number,
): string {
  if (held.includes(account)) return 'it runs there already';
  if (candidates === 1) return 'the only one that fits';
  if (count > 1) return `replicas spread over ${count} providers`;
  return place.on ? 'first of place.on that fits' : `chosen by hash among ${candidates} that fit`;
}
