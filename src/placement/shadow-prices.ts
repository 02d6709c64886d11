import type { Puzzle } from './puzzle.ts';

const ROUNDS = 80;

/** What items are worth at places once they pay for the room that they take there. */
interface Priced {
  /** Items × places: score less the price of what the item takes; `-Infinity` where it may not be or never fits. */
  worth: Float64Array;
  /** The price of all room. With the best worth of each item it is a bound: no packing has a higher sum of scores. */
  base: number;
}

/** Prices of room that make that bound low (Lagrange multipliers, by subgradient steps that get shorter). */
export function shadowPrices({ items, places, dimensions, score, need, room }: Puzzle): Priced {
  const price = new Float64Array(places * dimensions);
  const share = new Float64Array(items * places * dimensions);
  const worth = score.slice();
  for (let item = 0; item < items; item++)
    for (let place = 0; place < places; place++)
      for (let d = 0; d < dimensions; d++) {
        const [amount, free] = [need[item * dimensions + d] as number, room[place * dimensions + d] as number];
        if (amount > free + 1e-9) worth[item * places + place] = -Infinity;
        else if (amount > 0) share[(item * places + place) * dimensions + d] = amount / free;
      }
  const open = worth.slice();
  let best: Priced = { worth: open, base: 0 };
  let lowest = Infinity;
  for (let round = 0; round <= ROUNDS; round++) {
    const over = new Float64Array(price.length).fill(-1);
    let bound = 0;
    let base = 0;
    for (let at = 0; at < price.length; at++) if (room[at] !== Infinity) base += price[at] as number;
    for (let item = 0; item < items; item++) {
      let [top, to] = [-Infinity, -1];
      for (let place = 0, at = item * places; place < places; place++, at++) {
        if (open[at] === -Infinity) continue;
        let value = open[at] as number;
        for (let d = 0; d < dimensions; d++)
          value -= (price[place * dimensions + d] as number) * (share[at * dimensions + d] as number);
        worth[at] = value;
        if (value > top) [top, to] = [value, place];
      }
      if (to < 0) continue;
      bound += top;
      for (let d = 0; d < dimensions; d++)
        over[to * dimensions + d] =
          (over[to * dimensions + d] as number) + (share[(item * places + to) * dimensions + d] as number);
    }
    if (bound + base < lowest) {
      lowest = bound + base;
      best = { worth: worth.slice(), base };
    }
    const step = 0.3 / (1 + round / 4);
    price.forEach((one, at) => (price[at] = Math.max(0, one + step * (over[at] as number))));
  }
  return best;
}
