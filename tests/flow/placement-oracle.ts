import createHighs from 'highs';
import type { DesiredResource } from '../../src/model/graph.ts';
import { DEFAULT_WEIGHTS, type Offer, type Quota } from '../../src/model/offer.ts';
import type { Address } from '../../src/model/resource.ts';
import { candidatesFor } from '../../src/placement/candidates.ts';
import { pose } from '../../src/placement/find-places.ts';
import { keepPlaces } from '../../src/placement/keep-places.ts';
import { latenciesOf } from '../../src/placement/latencies.ts';
import { Ledger } from '../../src/placement/ledger.ts';
import type { PlacementInput } from '../../src/placement/place.ts';
import type { Puzzle } from '../../src/placement/puzzle.ts';
import { Judge } from '../../src/placement/score.ts';
import { graphOf, measured, nowhere, resource } from './fleet.ts';

/** The package's types describe its CommonJS build, whose default is one level deeper. */
const loadHighs = createHighs as unknown as typeof createHighs.default;
let loaded: ReturnType<typeof loadHighs> | undefined;

/**
 * Made-up fleets, and an exact solver to hold placement against. `load`: the share of all processors and memory that the
 * fleet takes. Accounts differ in size and speed; a third of the resources may only be on some of them.
 */
export function madeUp(
  seed: number,
  { resources, accounts, load }: { resources: number; accounts: number; load: number },
) {
  const random = generator(seed);
  const names = Array.from({ length: accounts }, (_, index) => `account-${index}`);
  const nodes = Array.from({ length: resources }, (_, index): DesiredResource => {
    const spec = {
      resources: { millicpu: 50 + Math.floor(random() * 450), memoryBytes: (64 + Math.floor(random() * 448)) * 1e6 },
    };
    const some = random() < 1 / 3 ? names.filter(() => random() < 0.6) : [];
    return resource(`service/s${index}` as Address, { spec, ...(some.length > 1 ? { place: { on: some } } : {}) });
  });
  const total = (key: 'millicpu' | 'memoryBytes') =>
    nodes.reduce((sum, { spec }) => sum + (spec['resources'] as Record<string, number>)[key]!, 0);
  const share = () => {
    const raw = names.map(() => 0.5 + random());
    const sum = raw.reduce((all, one) => all + one);
    return raw.map((one) => one / sum);
  };
  const [cpu, memory] = [share(), share()];
  const offers = names.map((account, index): Offer => {
    const quota = (measure: Quota['measure'], amount: number): Quota => ({ measure, amount, source: 'config' });
    const quotas = [
      quota('cpu', (total('millicpu') * cpu[index]!) / load),
      quota('memory', (total('memoryBytes') * memory[index]!) / load),
    ];
    const kinds = { service: { supported: true } } as const;
    return { account, type: account, title: account, kinds, quotas };
  });
  const input: PlacementInput = {
    graph: graphOf(...nodes),
    config: nowhere,
    offers,
    recorded: {
      resources: new Map(),
      health: measured(offers.map(({ account }) => [account, Math.round(random() * 400)])),
    },
    month: '2026-11',
  };
  return input;
}

/**
 * A puzzle made backwards from an answer that fills each place to `load`, so that everyone has a place, and made to mislead: few large
 * items, up to three limits at once, places barred, pairs kept apart, and often scores that draw everyone away from that answer.
 */
export function planted(
  seed: number,
  { items, places, load }: { items: number; places: number; load: number },
): Puzzle {
  const random = generator(seed);
  const dimensions = 1 + Math.floor(random() * 3);
  const [lumpy, contrary] = [random() < 0.5, random() < 0.5];
  const need = new Float64Array(items * dimensions).map(() => (lumpy ? 1 + Math.floor(random() * 10) : 0.2 + random()));
  const answer = Array.from({ length: items }, (_, item) => (item < places ? item : Math.floor(random() * places)));
  const room = new Float64Array(places * dimensions);
  need.forEach((amount, index) => {
    room[answer[Math.floor(index / dimensions)]! * dimensions + (index % dimensions)]! += amount / load;
  });
  const score = new Float64Array(items * places).map((_, index) => {
    const own = answer[Math.floor(index / places)] === index % places;
    if (!own && random() < 0.15) return -Infinity;
    return contrary ? 0.4 + (own ? 0 : 0.4 * random()) : 0.3 + 0.6 * random();
  });
  // The first items are each at a place of their own: two and two of them may be kept apart.
  const group = new Int32Array(items).map((_, item) => (item < places - (places % 2) ? item >> 1 : -1));
  return { items, places, dimensions, score, need, room, group: random() < 0.5 ? group : group.fill(-1) };
}

/** The puzzle that placement solves for a fleet of which nothing runs yet. */
export function puzzleOf({ graph, offers, recorded }: PlacementInput): Puzzle {
  const ledger = new Ledger(offers);
  const candidates = candidatesFor(offers);
  const able = graph.resources.map((node) => candidates(node));
  const parts = keepPlaces({ resources: graph.resources, able, offers, recorded, ledger });
  const histories = offers.map(() => ({ instances: 0, failed: 0 }));
  const latencies = latenciesOf(recorded.health);
  return pose(parts, [], {
    offers,
    ledger,
    judge: new Judge({ offers, ledger, histories, latencies, weights: DEFAULT_WEIGHTS }),
  });
}

/** The sum of scores of an answer, and how many have no place. Fails on one that breaks a limit or keeps a group together. */
export function worth({ places, dimensions, score, need, room, group }: Puzzle, at: ArrayLike<number>) {
  const left = room.slice();
  let [value, homeless] = [0, 0];
  for (let item = 0; item < at.length; item++) {
    const place = at[item]!;
    if (place < 0) {
      homeless++;
      continue;
    }
    value += score[item * places + place]!;
    for (let other = 0; other < item; other++)
      if (group[item]! >= 0 && group[other] === group[item] && at[other] === place)
        throw new Error('two of a group share a place');
    for (let d = 0; d < dimensions; d++) left[place * dimensions + d]! -= need[item * dimensions + d]!;
  }
  if (left.some((amount) => amount < -1e-3) || value === -Infinity) throw new Error('this answer breaks a limit');
  return { value, homeless };
}

/** The best sum of scores that the solver finds, proved to within `gap`, or as far as it came in the time; undefined when not everybody can have a place. */
export async function optimum(
  puzzle: Puzzle,
  { seconds, gap }: { seconds: number; gap: number },
): Promise<number | undefined> {
  const { items, places, dimensions, score, need, room, group } = puzzle;
  const range = (count: number) => Array.from({ length: count }, (_, index) => index);
  const open = (item: number, place: number) => score[item * places + place] !== -Infinity;
  const pairs = range(items).flatMap((item) =>
    range(places)
      .filter((place) => open(item, place))
      .map((place) => [item, place] as const),
  );
  const name = (item: number, place: number) => `x${item}_${place}`;
  const once = range(items).map(
    (item) =>
      `${range(places)
        .filter((place) => open(item, place))
        .map((place) => name(item, place))
        .join(' + ')} = 1`,
  );
  const within = range(places).flatMap((place) =>
    range(dimensions).map((d) => {
      const scale = room[place * dimensions + d]!;
      const sum = range(items)
        .filter((item) => open(item, place))
        .map((item) => `${need[item * dimensions + d]! / scale} ${name(item, place)}`);
      return `${sum.join(' + ')} <= 1`;
    }),
  );
  const apart = [...new Set(group)]
    .filter((one) => one >= 0)
    .flatMap((one) =>
      range(places).map((place) =>
        range(items)
          .filter((item) => group[item] === one && open(item, place))
          .map((item) => name(item, place)),
      ),
    )
    .filter((names) => names.length > 1)
    .map((names) => `${names.join(' + ')} <= 1`);
  const model = [
    'Maximize',
    ` obj: ${pairs.map(([item, place]) => `${score[item * places + place]} ${name(item, place)}`).join('\n + ')}`,
    'Subject To',
    ...once,
    ...within,
    ...apart,
    'Binary',
    ...pairs.map(([item, place]) => name(item, place)),
    'End',
  ].join('\n');
  const highs = await (loaded ??= loadHighs());
  const { Status, ObjectiveValue } = highs.solve(model, { time_limit: seconds, mip_rel_gap: gap });
  return Status === 'Optimal' || (Status === 'Time limit reached' && ObjectiveValue > 0) ? ObjectiveValue : undefined;
}

/** What a plain pass does: one after the other, each to the best that has room. */
export function greedy({ items, places, dimensions, score, need, room }: Puzzle): Int32Array {
  const left = room.slice();
  const at = new Int32Array(items).fill(-1);
  for (let item = 0; item < items; item++) {
    let best = -1;
    for (let place = 0; place < places; place++) {
      const value = score[item * places + place]!;
      if (value === -Infinity || (best >= 0 && value <= score[item * places + best]!)) continue;
      let fits = true;
      for (let d = 0; d < dimensions; d++)
        if (need[item * dimensions + d]! > left[place * dimensions + d]!) fits = false;
      if (fits) best = place;
    }
    if (best < 0) continue;
    at[item] = best;
    for (let d = 0; d < dimensions; d++) left[best * dimensions + d]! -= need[item * dimensions + d]!;
  }
  return at;
}

/** Numbers from 0 to 1 by a seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
