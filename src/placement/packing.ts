import type { Puzzle } from './puzzle.ts';

/** An item counts as fitting although sums of fractions came out a hair too high. */
const HAIR = 1e-9;

/** Which item is where, and what room that leaves. */
export class Packing {
  readonly puzzle: Puzzle;
  /** Place of each item, -1 for none. */
  readonly at: Int32Array;
  /** Places × dimensions: what is left. */
  readonly left: Float64Array;
  /** How much an item takes, as a share of all the room there is: the scarcest dimension counts. */
  readonly size: Float64Array;
  /** Whether anything limits anyone. */
  readonly isLimited: boolean;
  /** Items by group; empty when there are no groups. */
  readonly companions: ReadonlyMap<number, readonly number[]>;

  constructor(puzzle: Puzzle) {
    const { items, group } = puzzle;
    this.puzzle = puzzle;
    this.at = new Int32Array(items).fill(-1);
    this.left = puzzle.room.slice();
    this.size = sizes(puzzle);
    this.isLimited = puzzle.dimensions > 0 || group.some((one) => one >= 0);
    this.companions = companions(group);
  }

  /** The packing with every item at the given place. */
  static of(puzzle: Puzzle, at: Int32Array): Packing {
    const packing = new Packing(puzzle);
    at.forEach((place, item) => place >= 0 && packing.put(item, place));
    return packing;
  }

  fits(item: number, place: number): boolean {
    const { need, dimensions, group } = this.puzzle;
    for (let n = item * dimensions, r = place * dimensions, end = n + dimensions; n < end; n++, r++)
      if ((need[n] as number) > (this.left[r] as number) + HAIR && (need[n] as number) > 0) return false;
    const mine = group[item] as number;
    return mine < 0 || !(this.companions.get(mine) as number[]).some((one) => one !== item && this.at[one] === place);
  }

  put(item: number, place: number): void {
    this.at[item] = place;
    this.#charge(item, place, -1);
  }

  take(item: number): void {
    this.#charge(item, this.at[item] as number, 1);
    this.at[item] = -1;
  }

  /** The best place that has room, -1 for none, and how much better it is than the second best. */
  choice(item: number): { place: number; lead: number } {
    const { places, score } = this.puzzle;
    let place = -1;
    let best = -Infinity;
    let second = -Infinity;
    for (let j = 0, s = item * places; j < places; j++, s++) {
      const value = score[s] as number;
      if (value <= second || !this.fits(item, j)) continue;
      if (value > best) {
        second = best;
        best = value;
        place = j;
      } else second = value;
    }
    return { place, lead: best - second };
  }

  /** How alike what an item takes is to what a place has left, as shares of its room: the more, the less goes to waste there. The cosine of the two, from 0 to 1. */
  likeness(item: number, place: number): number {
    const { need, room, dimensions } = this.puzzle;
    let [both, taken, free] = [0, 0, 0];
    for (let n = item * dimensions, r = place * dimensions, end = n + dimensions; n < end; n++, r++) {
      const whole = room[r] as number;
      if (whole === Infinity || whole <= 0) continue;
      const takes = (need[n] as number) / whole;
      const has = (this.left[r] as number) / whole;
      both += takes * has;
      taken += takes * takes;
      free += has * has;
    }
    return taken > 0 && free > 0 ? both / Math.sqrt(taken * free) : 0;
  }

  /** Moves everyone to a better place that has room, one after the other, until nobody gains or after so many passes. */
  improve(passes = 4): void {
    const { items, places, score } = this.puzzle;
    for (let pass = 0, moved = true; moved && pass < passes; pass++) {
      moved = false;
      for (let item = 0; item < items; item++) {
        const from = this.at[item] as number;
        if (from >= 0) this.take(item);
        const { place } = this.choice(item);
        const better =
          place >= 0 &&
          (from < 0 || (score[item * places + place] as number) > (score[item * places + from] as number));
        if (better) this.put(item, place);
        else if (from >= 0) this.put(item, from);
        moved ||= better;
      }
    }
  }

  #charge(item: number, place: number, sign: 1 | -1): void {
    const { need, dimensions } = this.puzzle;
    for (let n = item * dimensions, r = place * dimensions, end = n + dimensions; n < end; n++, r++)
      this.left[r] = (this.left[r] as number) + sign * (need[n] as number);
  }
}

function sizes({ items, places, dimensions, need, room }: Puzzle): Float64Array {
  const total = new Float64Array(dimensions);
  room.forEach((amount, index) => (total[index % dimensions] = (total[index % dimensions] as number) + amount));
  const size = new Float64Array(items);
  if (places === 0) return size;
  need.forEach((amount, index) => {
    const share = amount / (total[index % dimensions] as number);
    const item = Math.floor(index / dimensions);
    if (share > (size[item] as number)) size[item] = share;
  });
  return size;
}

function companions(group: Int32Array): Map<number, number[]> {
  const found = new Map<number, number[]>();
  group.forEach((one, item) => {
    if (one >= 0) (found.get(one) ?? found.set(one, []).get(one)!).push(item);
  });
  return found;
}
