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
    const others = able
      .filter((place) => place !== at)
      .map((place) => ({ place, total: judge.total(place, resource.kind, needs) }));
    let next: (typeof others)[number] | undefined;
    for (const one of others)
      if (
        (!next || one.total > next.total || (one.total === next.total && prefers(one.place) > prefers(next.place))) &&
        ledger.fits(one.place, needs)
      )
        next = one;
    const score = held === at ? {} : { score: judge.explain(at, resource.kind, needs) };
    const after = next ? { next: { provider: name(next.place), total: Math.round(next.total * 1000) / 1000 } } : {};
    return { because: reason(part, others, judge, name), ...score, ...after };
  };
}

const HELD = 'it runs there already';

function reason(
  { resource, able, needs, at, held, of, moved }: Part,
  others: readonly { place: number; total: number }[],
  judge: Judge,
  name: (account: number) => string,
): string {
  if (held === at) return HELD;
  if (moved) return `${name(held)} has no room for it: ${moved}`;
  if (of > 1) return `replicas spread over ${of} providers`;
  const own = judge.total(at, resource.kind, needs);
  const better = others.filter(({ total }) => total > own);
  if (better.length > 0)
    return `the best that has room; ${better.map(({ place }) => name(place)).join(', ')} would score higher`;
  const ties = others.filter(({ total }) => total === own).length;
  if (ties === 0) return `the best score of ${able.length} that fit`;
  if (resource.place.on) return 'first of place.on that fits';
  return `chosen by hash among ${ties + 1} that fit`;
}
