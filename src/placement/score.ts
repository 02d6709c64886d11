import type { Score } from '../model/graph.ts';
import { DEFAULT_WEIGHTS, type Criterion, type Offer, type Weights } from '../model/offer.ts';
import type { Kind } from '../model/resource.ts';
import type { History } from './histories.ts';
import type { Ledger } from './ledger.ts';

const NEUTRAL = 0.5;
/** A place this slow, in milliseconds, is worth nothing for its speed. */
const SLOW = 500;
/** Scores nearer to each other than this are ties. */
const STEP = 1e6;

/** What places are judged by. */
interface Known {
  offers: readonly Offer[];
  ledger: Ledger;
  histories: readonly History[];
  /** Milliseconds that an answer takes, by account, where it was measured. */
  latencies: ReadonlyMap<string, number>;
  weights: Weights;
}

/** What an account is worth to everyone. */
interface Standing {
  latency: number | null;
  load: number | null;
  success: number | null;
  /** The three together, weighed. */
  common: number;
}

/** Which of the ledger's dimensions limits processor and memory of a kind, by account; -1 for none. */
interface Capacity {
  kind: Kind;
  cpu: number[];
  memory: number[];
}

/** Judges places: what every resource there has in common is reckoned once. */
export class Judge {
  readonly #ledger: Ledger;
  /** What was taken when judging began: what is placed afterwards does not change anyone's score. */
  readonly #used: Float64Array;
  readonly #weights: Weights;
  readonly #sum: number;
  readonly #places: Standing[];
  readonly #capacity = new Map<Kind, Capacity>();
  /** What was asked for last: mostly it is what is asked for next. */
  #latest: Capacity | undefined;

  constructor({ offers, ledger, histories, latencies, weights }: Known) {
    this.#ledger = ledger;
    this.#used = ledger.used.slice();
    this.#weights = weights;
    this.#sum = Object.values(weights).reduce((sum, weight) => sum + weight, 0) || 1;
    this.#places = offers.map(({ account: name }, account) => {
      const measured = latencies.get(name);
      const load = ledger.load(account);
      const history = histories[account];
      const parts = {
        latency: measured === undefined ? null : within(1 - measured / SLOW),
        load: load === undefined ? null : within(1 - load),
        success: history && history.instances > 0 ? 1 - history.failed / (history.instances + 1) : null,
      };
      const known = (criterion: keyof typeof parts) => weights[criterion] * (parts[criterion] ?? neutral(criterion));
      return { ...parts, common: known('latency') + known('load') + known('success') };
    });
  }

  /** From 0 to 1, more is better; rounded, so that what hardly differs is a tie. */
  total(account: number, kind: Kind, needs: readonly number[]): number {
    const { cpu, memory } = this.#capacityFor(kind);
    const left = this.#left(account, cpu[account] as number, needs);
    const free = this.#left(account, memory[account] as number, needs);
    const { common } = this.#places[account] as Standing;
    const worth = common + this.#weights.cpu * left + this.#weights.memory * free;
    return Math.round((worth / this.#sum) * STEP) / STEP;
  }

  explain(account: number, kind: Kind, needs: readonly number[]): Score {
    const { cpu, memory } = this.#capacityFor(kind);
    const { latency, load, success } = this.#places[account] as Standing;
    return {
      total: rounded(this.total(account, kind, needs)),
      parts: {
        cpu: rounded(this.#available(account, cpu[account] as number, needs)),
        memory: rounded(this.#available(account, memory[account] as number, needs)),
        latency: rounded(latency),
        load: rounded(load),
        success: rounded(success),
      },
    };
  }

  /** The share of a limit that is left once the resource is there; null where nothing limits. */
  #available(account: number, dimension: number, needs: readonly number[]): number | null {
    if (dimension < 0) return null;
    const { limits, dimensions } = this.#ledger;
    const at = account * dimensions.length + dimension;
    const limit = limits[at] as number;
    return limit > 0 ? within((limit - (this.#used[at] as number) - (needs[dimension] as number)) / limit) : 0;
  }

  #left(account: number, dimension: number, needs: readonly number[]): number {
    return dimension < 0 ? NEUTRAL : (this.#available(account, dimension, needs) as number);
  }

  #capacityFor(kind: Kind): Capacity {
    if (this.#latest?.kind === kind) return this.#latest;
    const known = this.#capacity.get(kind);
    if (known) return (this.#latest = known);
    const of = (measure: 'cpu' | 'memory') =>
      this.#places.map((_, account) => this.#ledger.dimensionOf(account, measure, kind));
    const found = { kind, cpu: of('cpu'), memory: of('memory') };
    this.#capacity.set(kind, found);
    return found;
  }
}

/** An account without a record is not held against it: as good as one where nothing failed. */
const neutral = (criterion: Criterion): number => (criterion === 'success' ? 1 : NEUTRAL);

function rounded<T extends number | null>(value: T): T {
  return (value === null ? value : Math.round(value * 1000) / 1000) as T;
}

const within = (value: number): number => Math.min(1, Math.max(0, value));

export function weightsOf(given: Partial<Weights> | undefined): Weights {
  return { ...DEFAULT_WEIGHTS, ...given };
}
