import type { Config } from '../model/config.ts';
import type { Problem } from '../model/errors.ts';
import type { Assignment, Graph, Placement } from '../model/graph.ts';
import type { Offer } from '../model/offer.ts';
import type { QuotaOutlook } from '../model/quota-outlook.ts';
import type { RecordedState } from '../model/state.ts';
import { candidatesFor, nowhere } from './candidates.ts';
import { because } from './because.ts';
import { findPlaces } from './find-places.ts';
import { forecast, shortage } from './forecast.ts';
import { historiesOf } from './histories.ts';
import { keepPlaces } from './keep-places.ts';
import { Ledger } from './ledger.ts';
import type { Part } from './part.ts';
import { Judge, weightsOf } from './score.ts';

export interface PlacementInput {
  graph: Graph;
  config: Pick<Config, 'position'> & Partial<Pick<Config, 'placement'>>;
  /** Configured accounts, in config order. */
  offers: readonly Offer[];
  /** What the last apply wrote: what is where, and how that went. */
  recorded: Pick<RecordedState, 'resources'>;
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
  const problems: Problem[] = [];
  const able: (readonly number[])[] = graph.resources.map((resource) => {
    const found = candidates(resource);
    if (found.length === 0) problems.push(nowhere(resource, offers, config));
    return found;
  });

  const ledger = new Ledger(offers);
  const histories = historiesOf(input, ledger);
  const parts = keepPlaces({ resources: graph.resources, able, offers, recorded, ledger });
  const judge = new Judge(offers, ledger, histories, weightsOf(config.placement?.weights));
  const lacking = findPlaces(parts, { offers, ledger, judge });

  const placement: Placement = new Map();
  const told = because({ offers, judge, ledger });
  for (const part of parts) {
    const assignment = assignmentOf(part, offers, told);
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
): Assignment {
  const { resource, replicas, at } = part;
  const { region } = resource.place;
  return { provider: (offers[at] as Offer).account, ...(region ? { region } : {}), replicas, ...told(part) };
}
