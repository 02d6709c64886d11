import { Packing } from './packing.ts';

const HOTTEST = 0.06;
const COLDEST = 0.003;
/** Changes that are tried: more for each pair of items. */
const ROUNDS_A_PAIR = 250;
const LEAST = 2000;
const MOST = 150_000;
/** What one average need too much in a place costs; seeds take turns. */
const PRICES = [
  { early: 0.2, late: 10 },
  { early: 0.4, late: 4 },
];

/**
 * Simulated annealing from a packing: moves one item, or lets two change places, and lets losses pass the less the later
 * it is. Places may be overfull on the way, at a price that rises; only what fits counts. Everyone has a place in the
 * result, or it is the packing that it began with. Seeded.
 */
export function anneal(start: Packing, seed: number): Packing {
  const { puzzle } = start;
  const { items, places, dimensions, score, need, group } = puzzle;
  const random = generator(seed);
  const price = prices(puzzle);
  const at = start.at.slice();
  const left = start.left.slice();
  const open = candidates(puzzle);
  const shift = (item: number, place: number, sign: number) => {
    for (let n = item * dimensions, r = place * dimensions, end = n + dimensions; n < end; n++, r++)
      left[r] = (left[r] as number) + sign * (need[n] as number);
  };
  let overfull = 0;
  const excess = (place: number) => {
    let sum = 0;
    for (let d = 0, r = place * dimensions; d < dimensions; d++, r++)
      if ((left[r] as number) < -1e-9) sum -= (left[r] as number) * (price[d] as number);
    return sum;
  };
  const companions = start.companions;
  const clash = (item: number, place: number) => {
    const mine = group[item] as number;
    return mine >= 0 && (companions.get(mine) as number[]).some((one) => one !== item && at[one] === place);
  };
  for (let item = 0; item < items; item++)
    if ((at[item] as number) < 0) {
      const free = (open[item] as number[]).filter((place) => !clash(item, place));
      const place = free[Math.floor(random() * free.length)];
      if (place === undefined) return start;
      at[item] = place;
      shift(item, place, -1);
    }
  for (let place = 0; place < places; place++) overfull += excess(place);
  let value = 0;
  for (let item = 0; item < items; item++) value += score[item * places + (at[item] as number)] as number;
  let best: Int32Array | undefined = overfull < 1e-9 ? at.slice() : undefined;
  let most = best ? value : -Infinity;
  const rounds = Math.min(MOST, Math.max(LEAST, items * items * ROUNDS_A_PAIR));
  const cooling = (COLDEST / HOTTEST) ** (1 / rounds);
  const { early, late } = PRICES[seed % PRICES.length] as (typeof PRICES)[number];
  const rising = (late / early) ** (1 / rounds);
  let heat = HOTTEST;
  let strict = early;
  for (let round = 0; round < rounds; round++, heat *= cooling, strict *= rising) {
    const item = Math.floor(random() * items);
    const from = at[item] as number;
    let to: number;
    let other = -1;
    if (random() < 0.5) {
      const list = open[item] as number[];
      to = list[Math.floor(random() * list.length)] as number;
    } else {
      other = Math.floor(random() * items);
      to = at[other] as number;
    }
    if (to === from) continue;
    let gain = (score[item * places + to] as number) - (score[item * places + from] as number);
    if (other >= 0) gain += (score[other * places + from] as number) - (score[other * places + to] as number);
    if (gain === -Infinity) continue;
    if (clash(item, to) || (other >= 0 && clash(other, from))) continue;
    const before = excess(from) + excess(to);
    shift(item, from, 1);
    shift(item, to, -1);
    if (other >= 0) {
      shift(other, to, 1);
      shift(other, from, -1);
    }
    const change = excess(from) + excess(to) - before;
    const total = gain - strict * change;
    if (total >= 0 || random() < Math.exp(total / heat)) {
      at[item] = to;
      if (other >= 0) at[other] = from;
      value += gain;
      overfull += change;
      if (overfull < 1e-9 && value > most + 1e-9) {
        most = value;
        best = best ? (best.set(at), best) : at.slice();
      }
    } else {
      shift(item, to, 1);
      shift(item, from, -1);
      if (other >= 0) {
        shift(other, from, 1);
        shift(other, to, -1);
      }
    }
  }
  return best ? Packing.of(puzzle, best) : start;
}

function prices({ items, dimensions, need }: { items: number; dimensions: number; need: Float64Array }): Float64Array {
  const mean = new Float64Array(dimensions);
  need.forEach((amount, index) => (mean[index % dimensions] = (mean[index % dimensions] as number) + amount / items));
  return mean.map((one) => (one > 0 ? 1 / one : 0));
}

function candidates({ items, places, score }: { items: number; places: number; score: Float64Array }): number[][] {
  return Array.from({ length: items }, (_, item) =>
    Array.from({ length: places }, (_, place) => place).filter((place) => score[item * places + place] !== -Infinity),
  );
}

function generator(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b9) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
}
