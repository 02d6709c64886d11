import { inWords } from '../model/offer.ts';
import type { Block, Notice } from '../model/plan.ts';
import type { Forecast } from '../model/quota-outlook.ts';
import type { PlanInput } from './plan-input.ts';

/** From this share of a limit on it is worth a word. */
const NEAR = 0.8;

/** A warning for each limit that is nearly reached, or passed by what runs already; on the account's line. */
export function quotaWarnings(forecasts: readonly Forecast[]): Notice[] {
  return forecasts.flatMap(({ provider, measure, kinds, used, told, limit, source, position }) => {
    if (used === null || used === 0 || used < limit * NEAR) return [];
    // The only one of its kind is not near a limit: it is what the place is for.
    if (measure === 'instances' && used === 1 && limit === 1) return [];
    const share = limit > 0 ? `${Math.round((used / limit) * 100)} % of` : 'more than';
    const which = kinds ? ` for ${kinds.join(' and ')}` : '';
    const [from, sure] = whence(source);
    const use = told ? `${which} used and planned, as the provider says` : ` used${which}`;
    const message = `${provider}: ${inWords(measure, used)}${use}, ${share} ${inWords(measure, limit)} (${from}${sure})`;
    return [{ message, position }];
  });
}

function whence(source: Forecast['source']): [from: string, sure: string] {
  if (source === 'config') return ['its limit in the config', ''];
  if (source === 'provider') return ['its limit as it says itself', ''];
  return [
    `its limit by ${source.url}, read ${source.date}`,
    source.confidence === 'unverified' ? ' and not verified' : '',
  ];
}

/** What passes a limit and has nowhere else to go. When everything is to go, or one resource back, nothing is placed. */
export function quotaBlocks({ outlook, destroy, restore }: PlanInput): Block[] {
  if (!outlook || destroy || restore) return [];
  return outlook.shortages.map(({ resource, provider, message, position }) => ({
    guard: 'quota',
    message,
    resources: [resource],
    liftable: false,
    lift: `let it run elsewhere, let it take less, or set providers.${provider}.plan or providers.${provider}.limits to what the account really has`,
    position,
  }));
}
