import type { Measure, Offer, Quota } from '../model/offer.ts';
import type { Kind } from '../model/resource.ts';
import { concerns, need, type Stated } from './needs.ts';

/** One thing that accounts limit: a measure, over some kinds. */
interface Dimension {
  measure: Measure;
  kinds: Quota['kinds'] | undefined;
}

const NOTHING: readonly number[] = [];
/** Sums of fractions may come out this much too high. */
const HAIR = 1e-9;

/** What the accounts give in all, and what is taken of it. */
export class Ledger {
  readonly dimensions: readonly Dimension[];
  /** Accounts × dimensions: the amount, `Infinity` where nothing limits. */
  readonly limits: Float64Array;
  /** Accounts × dimensions: what is taken. */
  readonly used: Float64Array;
  readonly #byKind = new Map<Kind, readonly boolean[]>();

  constructor(offers: readonly Offer[]) {
    const found = new Map<string, Dimension>();
    const shared = offers.map(({ quotas = [] }) => quotas.filter(({ each }) => !each));
    const keyOf = ({ measure, kinds }: Pick<Quota, 'measure' | 'kinds'> | Dimension) =>
      `${measure} ${kinds ? kinds.toSorted().join(' ') : ''}`;
    for (const { measure, kinds } of shared.flat()) found.set(keyOf({ measure, kinds }), { measure, kinds });
    const keys = [...found.keys()].toSorted();
    this.dimensions = keys.map((key) => found.get(key) as Dimension);
    this.limits = new Float64Array(offers.length * keys.length).fill(Infinity);
    this.used = new Float64Array(this.limits.length);
    shared.forEach((quotas, account) => {
      for (const quota of quotas) {
        const index = account * keys.length + keys.indexOf(keyOf(quota));
        this.limits[index] = Math.min(this.limits[index] as number, quota.amount);
      }
    });
  }

  /** What so many replicas take of each dimension. One that is deployed already is not built for being placed. */
  needs(kind: Kind, replicas: number, states: Stated, isNew: boolean): readonly number[] {
    if (this.dimensions.length === 0) return NOTHING;
    const counts = this.#countsFor(kind);
    return this.dimensions.map(({ measure }, index) =>
      counts[index] && (isNew || measure !== 'builds') ? need(measure, kind, replicas, states) : 0,
    );
  }

  /** Notes that an account holds so much more; less, for a negative sign. */
  charge(account: number, needs: readonly number[], sign: 1 | -1 = 1): void {
    needs.forEach((amount, index) => {
      const at = account * this.dimensions.length + index;
      this.used[at] = (this.used[at] as number) + sign * amount;
    });
  }

  fits(account: number, needs: readonly number[]): boolean {
    for (let index = 0; index < needs.length; index++)
      if (this.#lacks(account, index, needs[index] as number)) return false;
    return true;
  }

  /** The dimensions of which an account has too little left. */
  lacking(account: number, needs: readonly number[]): number[] {
    return [...needs.keys()].filter((index) => this.#lacks(account, index, needs[index] as number));
  }

  /** What is left, for the solver: nothing where more is used than there is. */
  room(): Float64Array {
    return this.limits.map((limit, index) => Math.max(0, limit - (this.used[index] as number)));
  }

  /** The largest share of any limit that is used of an account, from 0; undefined where nothing is limited. */
  load(account: number): number | undefined {
    const from = account * this.dimensions.length;
    const shares = this.dimensions.flatMap((_, index) => {
      const limit = this.limits[from + index] as number;
      return limit === Infinity ? [] : [limit > 0 ? (this.used[from + index] as number) / limit : 1];
    });
    return shares.length > 0 ? Math.max(...shares) : undefined;
  }

  /** The dimension of a measure that an account limits for a kind; -1 when it does not. */
  dimensionOf(account: number, measure: Measure, kind: Kind): number {
    const counts = this.#countsFor(kind);
    return this.dimensions.findIndex(
      (dimension, index) =>
        dimension.measure === measure &&
        counts[index] &&
        this.limits[account * this.dimensions.length + index] !== Infinity,
    );
  }

  #lacks(account: number, dimension: number, amount: number): boolean {
    const at = account * this.dimensions.length + dimension;
    return amount > 0 && (this.used[at] as number) + amount > (this.limits[at] as number) + HAIR;
  }

  #countsFor(kind: Kind): readonly boolean[] {
    const known = this.#byKind.get(kind);
    if (known) return known;
    const counts = this.dimensions.map((dimension) => concerns(dimension, kind));
    this.#byKind.set(kind, counts);
    return counts;
  }
}
