import type { Config } from '../model/config.ts';
import type { Problem } from '../model/errors.ts';
import type { Assignment, DesiredResource, Graph, Placement } from '../model/graph.ts';
import type { Avoidance } from '../model/health.ts';
import type { Offer } from '../model/offer.ts';
import type { QuotaOutlook } from '../model/quota-outlook.ts';
import type { Address } from '../model/resource.ts';
import type { RecordedState } from '../model/state.ts';
import { candidatesFor, nowhere } from './candidates.ts';
import { because } from './because.ts';
import { findPlaces } from './find-places.ts';
import { forecast, shortage } from './forecast.ts';
import { historiesOf } from './histories.ts';
import { keepPlaces } from './keep-places.ts';
import { latenciesOf } from './latencies.ts';
import { Ledger } from './ledger.ts';
import type { Part } from './part.ts';
import { Judge, weightsOf } from './score.ts';
import { crowded } from './share-out.ts';

export interface PlacementInput {
  graph: Graph;
  config: Pick<Config, 'position'> & Partial<Pick<Config, 'placement'>>;
  /** Configured accounts, in config order. */
  offers: readonly Offer[];
  /** What the last apply wrote: what is where, and how that went. */
  recorded: Pick<RecordedState, 'resources' | 'health'>;
  /** The month that builds are counted in, `2026-11`. */
  month: string;
}

/** Where every resource goes and why, how near that comes to the limits of each account, and the problems that leave some without a place. */
export interface Placed extends QuotaOutlook {
  placement: Placement;
  problems: Problem[];
}

/**
 * Hard constraints first, then what is recorded stays, then the best sum of scores for what is new, within the limits.
 * Only where that leaves somebody out are others moved. Deterministic: same input, same answer.
 */
export function place(input: PlacementInput): Placed {
  const { graph, config, offers, recorded } = input;
  const candidates = candidatesFor(offers);
  const [avoided, preferred] = [noted(recorded.health?.avoid), noted(recorded.health?.prefer)];
  const problems: Problem[] = [];
  const able: (readonly number[])[] = graph.resources.map((resource) => {
    const found = candidates(resource);
    if (found.length === 0) problems.push(nowhere(resource, offers, config));
    else problems.push(...crowded(resource, found, offers, config));
    return allowed(found, offers, preferred(resource), avoided(resource) ?? NOTHING);
  });

  const ledger = new Ledger(offers);
  const histories = historiesOf(input, ledger);
  const parts = keepPlaces({ resources: graph.resources, able, offers, recorded, ledger });
  const latencies = latenciesOf(recorded.health);
  const judge = new Judge({ offers, ledger, histories, latencies, weights: weightsOf(config.placement?.weights) });
  const lacking = findPlaces(parts, { offers, ledger, judge });

  const placement: Placement = new Map();
  const told = because({ offers, judge, ledger });
  for (const part of parts) {
    const assignment = assignmentOf(part, offers, told, avoided(part.resource) ?? NOTHING);
    const others = placement.get(part.resource.address);
    if (others) others.push(assignment);
    else placement.set(part.resource.address, [assignment]);
  }
  return {
    placement,
    problems,
    forecasts: forecast(parts, { offers, ledger, config }),
    shortages: lacking.map((part) => shortage(part, { offers, ledger })),
  };
}

function assignmentOf(
  part: Part,
  offers: readonly Offer[],
  told: (part: Part) => Pick<Assignment, 'because' | 'score' | 'next'>,
  avoided: readonly Avoidance[],
): Assignment {
  const { resource, replicas, at } = part;
  const { region } = resource.place;
  const words = told(part);
  for (const { provider, because } of avoided) words.because += `; not at ${provider} for now: ${because}`;
  return { provider: (offers[at] as Offer).account, ...(region ? { region } : {}), replicas, ...words };
}

const NOTHING: readonly Avoidance[] = [];

/** What a health run noted of each resource; a record that is empty is not searched for every one. */
function noted<T>(record: Readonly<Record<Address, T>> = {}): (resource: DesiredResource) => T | undefined {
  return Object.keys(record).length === 0 ? () => undefined : ({ address }) => record[address];
}

/**
 * What is left when the avoided ones are taken away; where nothing is left, a bad place is better than none. One that is to
 * go back goes there and nowhere else.
 */
function allowed(
  able: readonly number[],
  offers: readonly Offer[],
  preferred: string | undefined,
  avoided: readonly Avoidance[],
): readonly number[] {
  const back = preferred === undefined ? [] : able.filter((index) => (offers[index] as Offer).account === preferred);
  if (back.length > 0) return back;
  if (avoided.length === 0) return able;
  const left = able.filter((index) => !avoided.some(({ provider }) => provider === (offers[index] as Offer).account));
  return left.length > 0 ? left : able;
}
