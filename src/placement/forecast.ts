import type { Config } from '../model/config.ts';
import { inWords, type Offer, type Quota } from '../model/offer.ts';
import type { Forecast, Shortage } from '../model/quota-outlook.ts';
import type { Ledger } from './ledger.ts';
import { concerns, isCounted, stated } from './needs.ts';
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
      const states = measure === 'cpu' || measure === 'memory' ? measure : undefined;
      const unstated = states
        ? counted.filter(({ resource }) => resource.kind === 'service' && stated(resource.spec)[states] === undefined)
        : [];
      return [
        {
          provider: account,
          measure,
          ...(kinds ? { kinds: [...kinds] } : {}),
          used: usedOf(quota, index, ledger),
          limit,
          unstated: unstated.length,
          source,
          position: config.position(`providers.${account}`),
        },
      ];
    });
  });
}

function usedOf({ measure, kinds }: Quota, account: number, ledger: Ledger): number | null {
  if (!isCounted(measure)) return null;
  const index = ledger.dimensions.findIndex(
    (dimension) => dimension.measure === measure && String(dimension.kinds?.toSorted()) === String(kinds?.toSorted()),
  );
  return ledger.used[account * ledger.dimensions.length + index] as number;
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
