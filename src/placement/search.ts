import { Packing } from './packing.ts';
import { shadowPrices } from './shadow-prices.ts';

/** An answer nearer to the best than this share of it is as good as the best. */
const CLOSE_ENOUGH = 1e-3;
const HAIR = 1e-9;

interface Effort {
  /** How often at most it is asked what an item is worth at a place. */
  looks: number;
  /** Which place of an item is tried first: the one that it is worth most at, or the one whose room has its shape. */
  first: 'worth' | 'shape';
}

/**
 * Depth-first search for the best packing that gives everyone a place. The item with the fewest places left comes first;
 * a branch ends where its bound is no better than the best so far, where an item has no place, or where the room that
 * those still to come can use is less than they take. Proved: nothing better was left to find when it ended. Same puzzle, same answer.
 */
export function search(start: Packing, { looks, first }: Effort): { packing: Packing; proved: boolean } {
  const { puzzle } = start;
  const { items, places, dimensions, score, need } = puzzle;
  const { worth, base } = shadowPrices(puzzle);
  const trial = new Packing(puzzle);
  const open = Array.from({ length: items }, (_, item) => item);
  const usable = new Float64Array(places * dimensions);
  const asked = new Float64Array(dimensions);
  const ask = (item: number, sign: number) => {
    for (let d = 0; d < dimensions; d++)
      asked[d] = (asked[d] as number) + sign * (need[item * dimensions + d] as number);
  };
  for (const item of open) ask(item, 1);
  let best = start.at.includes(-1) ? undefined : start.at.slice();
  let most = best ? best.reduce((sum, place, item) => sum + (score[item * places + place] as number), 0) : -Infinity;
  let left = looks;

  /** Where in `open` the item is that is decided next; undefined when this branch leads nowhere. */
  const next = (bound: number): number | undefined => {
    usable.fill(0);
    let [chosen, fewest, reach] = [-1, Infinity, bound];
    for (let index = 0; index < open.length; index++) {
      const item = open[index] as number;
      let [count, top] = [0, -Infinity];
      for (let place = 0; place < places; place++) {
        const value = worth[item * places + place] as number;
        if (value === -Infinity || !trial.fits(item, place)) continue;
        count++;
        if (value > top) top = value;
        for (let d = 0, at = place * dimensions; d < dimensions; d++, at++)
          usable[at] = (usable[at] as number) + (need[item * dimensions + d] as number);
      }
      if (count === 0) return undefined;
      reach += top;
      const larger = count === fewest && (trial.size[item] as number) > (trial.size[open[chosen] as number] as number);
      if (count < fewest || larger) [chosen, fewest] = [index, count];
    }
    if (best && reach <= most * (1 + CLOSE_ENOUGH)) return undefined;
    for (let d = 0; d < dimensions; d++) {
      let sum = 0;
      for (let at = d; at < usable.length; at += dimensions)
        sum += Math.min(usable[at] as number, trial.left[at] as number);
      if (sum < (asked[d] as number) * (1 - HAIR)) return undefined;
    }
    return chosen;
  };

  const descend = (value: number, bound: number): void => {
    if (open.length === 0) {
      if (value > most) [best, most] = [trial.at.slice(), value];
      return;
    }
    left -= open.length * places;
    const index = left > 0 ? next(bound) : undefined;
    if (index === undefined) return;
    const item = open[index] as number;
    open[index] = open.at(-1) as number;
    open.pop();
    const row = worth.subarray(item * places, (item + 1) * places);
    const rank = first === 'worth' ? row : row.map((_, place) => trial.likeness(item, place));
    const order = [...row.keys()].filter((place) => row[place] !== -Infinity && trial.fits(item, place));
    ask(item, -1);
    for (const place of order.toSorted((a, b) => (rank[b] as number) - (rank[a] as number) || a - b)) {
      trial.put(item, place);
      descend(value + (score[item * places + place] as number), bound + (row[place] as number));
      trial.take(item);
    }
    ask(item, 1);
    open.push(open[index] as number);
    open[index] = item;
  };
  descend(0, base);
  return { packing: best ? Packing.of(puzzle, best) : start, proved: left > 0 };
}
