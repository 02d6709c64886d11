import { Packing } from './packing.ts';
import type { Puzzle } from './puzzle.ts';
import { search } from './search.ts';

/** Places that are packed afresh together, and how many such teams are tried in all. */
const TEAM = { places: 4, items: 32, tries: 80, looks: 200_000 };

/** Gives those without a place one by packing a few places afresh, the emptiest first, with everyone that is there. */
export function repair(packing: Packing): Packing {
  const { puzzle } = packing;
  let best = packing;
  let tries = 0;
  for (let item = 0; item < puzzle.items; item++) {
    if (best.at[item] !== -1) continue;
    for (const team of teams(best, item)) {
      if (tries++ >= TEAM.tries) return best;
      const found = repack(best, item, team);
      if (!found) continue;
      best = found;
      break;
    }
  }
  return best;
}

/** Sets of places of which one may hold the item, those with most room first. */
function* teams({ puzzle, left }: Packing, item: number): Generator<number[]> {
  const { places, dimensions, room, score } = puzzle;
  const free = (place: number) => {
    let least = 1;
    for (let at = place * dimensions, end = at + dimensions; at < end; at++)
      if (room[at] !== Infinity)
        least = Math.min(least, (room[at] as number) > 0 ? (left[at] as number) / (room[at] as number) : 0);
    return least;
  };
  const order = Array.from({ length: places }, (_, place) => place).toSorted((a, b) => free(b) - free(a) || a - b);
  for (let size = 2; size <= Math.min(TEAM.places, places); size++)
    for (const team of choose(order, size))
      if (team.some((place) => score[item * places + place] !== -Infinity)) yield team;
}

function* choose(from: readonly number[], size: number): Generator<number[]> {
  if (size === 0) yield [];
  else
    for (let index = 0; index < from.length; index++)
      for (const rest of choose(from.slice(index + 1), size - 1)) yield [from[index] as number, ...rest];
}

/** Everyone on the team's places and the item, packed afresh on these; undefined where that does not work out. */
function repack({ puzzle, at }: Packing, item: number, team: readonly number[]): Packing | undefined {
  const members = [item];
  at.forEach((place, one) => team.includes(place) && members.push(one));
  if (members.length > TEAM.items) return undefined;
  const { packing } = search(new Packing(part(puzzle, members, team)), { looks: TEAM.looks, first: 'shape' });
  if (packing.at.includes(-1)) return undefined;
  const next = at.slice();
  members.forEach((one, index) => (next[one] = team[packing.at[index] as number] as number));
  return Packing.of(puzzle, next);
}

/** The puzzle of some items on some places, which are theirs alone. */
function part(
  { places, dimensions, score, need, room, group }: Puzzle,
  items: readonly number[],
  of: readonly number[],
): Puzzle {
  const row = (from: Float64Array, index: number) => [...from.subarray(index * dimensions, (index + 1) * dimensions)];
  return {
    items: items.length,
    places: of.length,
    dimensions,
    score: Float64Array.from(items.flatMap((item) => of.map((place) => score[item * places + place] as number))),
    need: Float64Array.from(items.flatMap((item) => row(need, item))),
    room: Float64Array.from(of.flatMap((place) => row(room, place))),
    group: Int32Array.from(items, (item) => group[item] as number),
  };
}
