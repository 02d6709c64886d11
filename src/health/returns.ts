import type { Avoidance } from '../model/health.ts';
import type { Address } from '../model/resource.ts';
import { earlierHeals, isAccountOut, type Decision, type HealInput, type Lifted } from './heal-input.ts';
import { STABLE } from './next-instance.ts';
import { isSick, type Outages } from './outages.ts';
import { between } from './words.ts';

/**
 * Which resources may go back to where they were. Only with `back: auto`, one at a time for each resource, and only when the
 * provider has been well for the cool-down and half an hour on top, all is quiet around the resource, and its budget allows:
 * going back is an action like any other. Where nothing of ours is left at the provider, nobody can say how it fares: then
 * the time since the resource left counts, and its open incident and circuit speak for it.
 */
export function returns(
  input: HealInput,
  outages: Outages,
  busy: ReadonlySet<Address>,
): { decisions: Decision[]; lifted: Lifted[] } {
  const decisions: Decision[] = [];
  const lifted: Lifted[] = [];
  for (const resource of Object.keys(input.health.avoid).toSorted() as Address[]) {
    const avoided = input.health.avoid[resource] ?? [];
    if (!input.facts.has(resource)) {
      for (const { provider } of avoided) lifted.push({ resource, provider, because: 'it left the config' });
      continue;
    }
    if (busy.has(resource) || isTroubled(resource, input, outages)) continue;
    for (const [left, ...closed] of departures(avoided)) {
      const way = left && wayBack(resource, left, input, outages);
      if (!way) continue;
      for (const { provider } of [left, ...closed]) lifted.push({ resource, provider, because: way.because });
      if (way.decision) decisions.push(way.decision);
      break;
    }
  }
  return { decisions, lifted };
}

/** Avoidances by the move that made them: the place it left, then those that it was not allowed to go to. */
function departures(avoided: readonly Avoidance[]): Avoidance[][] {
  return [...Map.groupBy(avoided, ({ since }) => since).values()];
}

function isTroubled(resource: Address, { open, places }: HealInput, outages: Outages): boolean {
  if ((places.get(resource) ?? []).length === 0 || outages.sick.has(resource)) return true;
  return open.some(({ kind, resources }) => (kind === 'down' || kind === 'provider') && resources.includes(resource));
}

function wayBack(
  resource: Address,
  { provider, since, back, incident }: Avoidance,
  input: HealInput,
  outages: Outages,
): { because: string; decision?: Decision } | undefined {
  const { health, open, policies, places, now } = input;
  if (back !== 'auto' || since >= now || open.some(({ id }) => id === incident)) return undefined;
  const policy = policies.get(resource);
  const wellFrom = wellSince(provider, since, input, outages);
  const quiet = STABLE + (policy?.coolDownSeconds ?? 0) * 1000;
  if (wellFrom === undefined || Date.parse(now) - Date.parse(wellFrom) < quiet) return undefined;
  const because = `${provider} has been well for ${between(wellFrom, now)}`;
  const here = places.get(resource) ?? [];
  const from = here[0]?.provider;
  if (!policy || from === undefined || here.some((place) => place.provider === provider)) return { because };
  const history = earlierHeals(health.heals, resource, now);
  const last = history.at(-1);
  if (history.length >= policy.budget) return undefined;
  if (last && Date.parse(now) - Date.parse(last.at) < policy.coolDownSeconds * 1000) return undefined;
  const counted = `${history.length + 1} of ${policy.budget} today`;
  const decision: Decision = {
    resource,
    action: 'return',
    from,
    to: provider,
    incident,
    because: `${resource} returns to ${provider}: ${because}; ${counted}`,
  };
  return { because, decision };
}

/** Since when the account is well as far as what runs there shows, and not before the resource left it. */
function wellSince(account: string, left: string, input: HealInput, outages: Outages): string | undefined {
  if (isAccountOut(input, account)) return undefined;
  const watched = outages.byAccount.get(account) ?? [];
  if (watched.filter(isSick).length * 2 > watched.length) return undefined;
  return watched.reduce(
    (latest, { health }) => (health?.status === 'up' && health.since > latest ? health.since : latest),
    left,
  );
}
