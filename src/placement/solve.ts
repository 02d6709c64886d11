import { anneal } from './anneal.ts';
import { Packing } from './packing.ts';
import type { Puzzle } from './puzzle.ts';
import { repair } from './repair.ts';
import { search } from './search.ts';

/** Up to so many items the best answer is looked for and proved, unless that takes more looks. */
const FEW = { items: 32, looks: 2_000_000 };
/** Above this many items, one pass of improvement and no more: what is left to gain is not worth the time. */
const MANY = 2000;
/** Annealings, each with its own seed: these always, and more while somebody has no place. */
const SEEDS = { least: 3, lacking: 12 };
/** What it is worth to find a place for everyone before somebody is told that there is none. */
const LAST_LOOKS = 20_000_000;

/**
 * The place of each item, -1 for those without one. Greedy by regret, which is the best when nobody had to take less than
 * that; else an exact search of few items, seeded annealing of more, and another search around whoever is left over.
 * Same puzzle, same answer.
 */
export function solve(puzzle: Puzzle): Int32Array {
  const start = new Packing(puzzle);
  const contested = placeByRegret(start);
  if (!contested) return start.at;
  for (const item of unplaced(start)) makeRoom(start, item);
  start.improve(puzzle.items > MANY ? 1 : undefined);
  if (puzzle.items > MANY) return start.at;
  if (isOverfull(puzzle)) return repair(start).at;
  let best = start;
  if (puzzle.items <= FEW.items) {
    const { packing, proved } = search(start, { looks: FEW.looks, first: 'worth' });
    if (proved) return repair(packing).at;
    best = isWhole(packing) ? packing : search(packing, { looks: FEW.looks, first: 'shape' }).packing;
  }
  best = repair(annealed(best));
  return isWhole(best) ? best.at : search(best, { looks: LAST_LOOKS, first: 'shape' }).packing.at;
}

const isWhole = ({ at }: Packing): boolean => !at.includes(-1);

/** Whether all together take more of something than there is. */
function isOverfull({ dimensions, need, room }: Puzzle): boolean {
  const balance = new Float64Array(dimensions);
  room.forEach((amount, at) => (balance[at % dimensions] = (balance[at % dimensions] as number) + amount));
  need.forEach((amount, at) => (balance[at % dimensions] = (balance[at % dimensions] as number) - amount));
  return balance.some((one) => one < -1e-3);
}

/** The best of several annealings and what they began with. */
function annealed(start: Packing): Packing {
  let best = start;
  for (let seed = 1; seed <= (isWhole(best) ? SEEDS.least : SEEDS.lacking); seed++) {
    const found = anneal(start, seed);
    found.improve();
    if (value(found) > value(best)) best = found;
  }
  return best;
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
  const patient = items <= MANY;
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
