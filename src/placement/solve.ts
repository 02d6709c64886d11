import { anneal } from './anneal.ts';
import { Packing } from './packing.ts';
import type { Puzzle } from './puzzle.ts';

/** Above this many items, one pass of improvement and no search: what is left to gain is not worth the time. */
const MOST_SEARCHED = 2000;
/** Searches, each with its own seed: these always, few items more often, and more while somebody has no place. */
const SEARCHES = { few: 6, many: 3, lacking: 12 };
const FEW = 50;

/** The place of each item, -1 for those without one. Greedy by regret, then repair, then a seeded search; same puzzle, same answer. */
export function solve(puzzle: Puzzle): Int32Array {
  const packing = new Packing(puzzle);
  const contested = placeByRegret(packing);
  if (!contested) return packing.at;
  for (const item of unplaced(packing)) makeRoom(packing, item);
  packing.improve(puzzle.items > MOST_SEARCHED ? 1 : undefined);
  if (puzzle.items > MOST_SEARCHED) return packing.at;
  let best = packing;
  const searches = puzzle.items < FEW ? SEARCHES.few : SEARCHES.many;
  for (let seed = 1; seed <= (unplaced(best).length > 0 ? SEARCHES.lacking : searches); seed++) {
    const found = anneal(packing, seed);
    found.improve();
    if (value(found) > value(best)) best = found;
  }
  return best.at;
}

/**
 * Rounds: who would lose most by not getting its best place comes first. In a round everyone is given its best place
 * or waits for the next, when its choice is made afresh; of very many, it takes the best that is left at once. Returns whether anyone had to take less than its best.
 */
function placeByRegret(packing: Packing): boolean {
  const { items } = packing.puzzle;
  const first = new Int32Array(items);
  const regret = new Float64Array(items);
  let waiting = Array.from({ length: items }, (_, item) => item);
  const patient = items <= MOST_SEARCHED;
  let contested = false;
  for (let round = 0; waiting.length > 0; round++) {
    const able = waiting.filter((item) => {
      const { place, lead } = packing.choice(item);
      first[item] = place;
      regret[item] = lead;
      return place >= 0;
    });
    contested ||= round > 0 || able.length < waiting.length;
    if (packing.isLimited) able.sort((a, b) => (regret[b] as number) - (regret[a] as number) || a - b);
    waiting = able.filter((item) => {
      const wanted = first[item] as number;
      const place = packing.fits(item, wanted) ? wanted : patient ? -1 : packing.choice(item).place;
      if (place >= 0) packing.put(item, place);
      contested ||= place !== wanted;
      return patient && place < 0;
    });
  }
  return contested;
}

/** The sum of scores; a missing place outweighs them all. */
function value({ at, puzzle: { items, places, score } }: Packing): number {
  return at.reduce((sum, place, item) => sum + (place < 0 ? -items : (score[item * places + place] as number)), 0);
}

/** Those without a place, the ones that take most first. */
function unplaced({ at, size }: Packing): number[] {
  const found: number[] = [];
  for (let item = 0; item < at.length; item++) if (at[item] === -1) found.push(item);
  return found.toSorted((a, b) => (size[b] as number) - (size[a] as number) || a - b);
}

/** Gives an item a place by moving one other away from there, at the least loss. */
function makeRoom(packing: Packing, item: number): void {
  const { at, puzzle } = packing;
  const { places, items, score } = puzzle;
  const direct = packing.choice(item).place;
  if (direct >= 0) return packing.put(item, direct);
  let best = { gain: -Infinity, other: -1, from: -1, to: -1 };
  for (let other = 0; other < items; other++) {
    const from = at[other] as number;
    const wins = from === -1 ? -Infinity : (score[item * places + from] as number);
    if (wins === -Infinity) continue;
    packing.take(other);
    if (packing.fits(item, from)) {
      packing.put(item, from);
      const to = packing.choice(other).place;
      packing.take(item);
      const gain =
        to < 0 ? -Infinity : wins + (score[other * places + to] as number) - (score[other * places + from] as number);
      if (gain > best.gain) best = { gain, other, from, to };
    }
    packing.put(other, from);
  }
  if (best.other === -1) return;
  packing.take(best.other);
  packing.put(item, best.from);
  packing.put(best.other, best.to);
}
