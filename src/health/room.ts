import type { HealPolicy } from '../model/health.ts';
import type { Address } from '../model/resource.ts';
import { isAccountOut, type HealInput } from './heal-input.ts';

/** What other accounts can take in: each move of a run leaves less for the next. */
export class Room {
  readonly #input: Pick<HealInput, 'health' | 'open' | 'places' | 'alternatives' | 'now'>;
  readonly #left: Map<string, number>;

  constructor(input: Pick<HealInput, 'health' | 'open' | 'places' | 'alternatives' | 'room' | 'now'>) {
    this.#input = input;
    this.#left = new Map(input.room);
  }

  /** The best account that it may move to and that is well, charged with it; or why there is none. */
  take(resource: Address, { to }: HealPolicy): { to: string } | { full: string } {
    const { places, alternatives } = this.#input;
    const here = new Set(places.get(resource)?.map(({ provider }) => provider));
    const allowed = (alternatives.get(resource) ?? []).filter(
      (account) => !here.has(account) && (to === 'auto' || to.includes(account)),
    );
    const well = allowed.filter((account) => !this.#isOut(resource, account));
    const free = well.find((account) => (this.#left.get(account) ?? Infinity) > 0);
    if (free !== undefined) {
      const left = this.#left.get(free);
      if (left !== undefined) this.#left.set(free, left - 1);
      return { to: free };
    }
    if (allowed.length === 0) return { full: 'no other account may run it' };
    return { full: well.length === 0 ? 'no other account is well' : `no room is left at ${well.join(', ')}` };
  }

  #isOut(resource: Address, account: string): boolean {
    const { health, now } = this.#input;
    const avoided = health.avoid[resource] ?? [];
    return (
      avoided.some(({ provider, since }) => provider === account && since < now) || isAccountOut(this.#input, account)
    );
  }
}
