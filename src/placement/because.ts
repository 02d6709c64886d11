import type { Assignment } from '../model/graph.ts';
import type { Offer } from '../model/offer.ts';
import type { Ledger } from './ledger.ts';
import type { Part } from './part.ts';
import { preference } from './preference.ts';
import type { Judge } from './score.ts';

interface Market {
  offers: readonly Offer[];
  ledger: Ledger;
  judge: Judge;
}

/** Says of a placed part why it is there, how that was judged, and what would be chosen next. */
export function because({
  offers,
  ledger,
  judge,
}: Market): (part: Part) => Pick<Assignment, 'because' | 'score' | 'next'> {
  const name = (account: number) => (offers[account] as Offer).account;
  return (part) => {
    const { resource, able, needs, at, held } = part;
    if (able.length === 1) return { because: held === at ? HELD : 'the only one that fits' };
    const prefers = preference(resource, able, offers);
    const own = judge.total(at, resource.kind, needs);
    const better: string[] = [];
    let ties = 0;
    let next = -1;
    let total = -Infinity;
    for (const place of able) {
      if (place === at) continue;
      const worth = judge.total(place, resource.kind, needs);
      if (worth > own) better.push(name(place));
      else if (worth === own) ties++;
      const wins = worth > total || (worth === total && prefers(place) > prefers(next));
      if (!wins || !ledger.fits(place, needs)) continue;
      next = place;
      total = worth;
    }
    const told: Pick<Assignment, 'because' | 'score' | 'next'> = { because: reason(part, better, ties, name) };
    if (held !== at) told.score = judge.explain(at, resource.kind, needs);
    if (next >= 0) told.next = { provider: name(next), total: Math.round(total * 1000) / 1000 };
    return told;
  };
}

const HELD = 'it runs there already';

function reason(
  { resource, able, at, held, of, moved }: Part,
  better: readonly string[],
  ties: number,
  name: (account: number) => string,
): string {
  if (held === at) return HELD;
  if (moved) return `${name(held)} has no room for it: ${moved}`;
  if (of > 1) return `replicas spread over ${of} providers`;
  if (better.length > 0) return `the best that has room; ${better.join(', ')} would score higher`;
  if (ties === 0) return `the best score of ${able.length} that fit`;
  if (resource.place.on) return 'first of place.on that fits';
  return `chosen by hash among ${ties + 1} that fit`;
}
