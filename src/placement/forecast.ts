import type { Config } from '../model/config.ts';
import type { DesiredResource } from '../model/graph.ts';
import { inWords, type Measure, type Offer, type Quota } from '../model/offer.ts';
import type { Forecast, Shortage } from '../model/quota-outlook.ts';
import type { Ledger } from './ledger.ts';
import { concerns, STATED, stated, type Stated } from './needs.ts';
import type { Part } from './part.ts';

interface Market {
  offers: readonly Offer[];
  ledger: Ledger;
}

/** Each limit of each account that holds something, with what is used of it. In the order of the config. */
export function forecast(
  parts: readonly Part[],
  { offers, ledger, config }: Market & { config: Pick<Config, 'position'> },
): Forecast[] {
  if (offers.every(({ quotas = [] }) => quotas.length === 0)) return [];
  const byAccount = Map.groupBy(parts, ({ at }) => at);
  return offers.flatMap(({ account, quotas = [] }, index) => {
    const here = byAccount.get(index) ?? [];
    return quotas.flatMap((quota): Forecast[] => {
      const counted = here.filter(({ resource }) => concerns(quota, resource.kind));
      if (quota.each || counted.length === 0) return [];
      const { measure, amount: limit, kinds, source } = quota;
      const told = STATED.find((one) => one === measure);
      const silent = counted.filter(({ resource }) => told && isSilent(resource, told));
      const nothing = isTraffic(measure) && silent.length === counted.length;
      return [
        {
          provider: account,
          measure,
          ...(kinds ? { kinds: [...kinds] } : {}),
          ...useOf(quota, nothing ? null : usedOf(quota, index, ledger), () => comingOf(quota, counted, index, ledger)),
          limit,
          unstated: nothing ? 0 : silent.length,
          source,
          position: config.position(`providers.${account}`),
        },
      ];
    });
  });
}

const isTraffic = (measure: Measure): boolean => measure === 'requests' || measure === 'bandwidth';

/** Whether a resource that could say how much it takes of a measure does not. Of processor and memory services can. */
function isSilent({ kind, spec, place }: DesiredResource, measure: keyof Stated): boolean {
  return (kind === 'service' || isTraffic(measure)) && stated(spec, place)[measure] === undefined;
}

/** What the provider says is used, and what newly comes there; where it does not say, what the fleet takes by itself. */
function useOf({ used: told }: Quota, estimate: number | null, coming: () => number): Pick<Forecast, 'used' | 'told'> {
  return told === undefined ? { used: estimate } : { used: told + coming(), told: true };
}

function usedOf(quota: Quota, account: number, ledger: Ledger): number {
  return ledger.used[account * ledger.dimensions.length + dimensionOf(quota, ledger)] as number;
}

/** What those take that do not run there yet. */
function comingOf(quota: Quota, parts: readonly Part[], account: number, ledger: Ledger): number {
  const index = dimensionOf(quota, ledger);
  return parts.reduce((sum, { needs, held }) => sum + (held === account ? 0 : (needs[index] as number)), 0);
}

function dimensionOf({ measure, kinds }: Quota, { dimensions }: Ledger): number {
  return dimensions.findIndex(
    (dimension) => dimension.measure === measure && String(dimension.kinds?.toSorted()) === String(kinds?.toSorted()),
  );
}

/** Why a part has no room anywhere; asked after it was charged to the account that it would go to. */
export function shortage({ resource, able, needs, at }: Part, { offers, ledger }: Market): Shortage {
  ledger.charge(at, needs, -1);
  const reasons = able.map((account) => {
    const lacking = ledger.lacking(account, needs).map((index) => {
      const { measure } = ledger.dimensions[index] as (typeof ledger.dimensions)[number];
      const from = account * ledger.dimensions.length + index;
      const left = Math.max(0, (ledger.limits[from] as number) - (ledger.used[from] as number));
      return `${inWords(measure, left)} left of ${inWords(measure, ledger.limits[from] as number)}, and it takes ${inWords(measure, needs[index] as number)}`;
    });
    const { account: name } = offers[account] as Offer;
    return `${name} has ${lacking.join(' and ') || 'other replicas of it already'}`;
  });
  ledger.charge(at, needs);
  return {
    resource: resource.address,
    provider: (offers[at] as Offer).account,
    message: `no account has room for ${resource.address}: ${reasons.join('; ')}`,
    position: resource.position,
  };
}
