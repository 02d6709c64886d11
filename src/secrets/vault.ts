import { createMask } from '../model/mask.ts';
import { secretParts } from './secret-parts.ts';

/** Every secret value of this run: where they come from, and the one place that hides them in text. */
export interface Vault {
  /** A value by name; remembered, so that it is masked from then on. */
  secret(name: string): string | undefined;
  /** Whether the environment has a value of this name, which comes before any other. */
  isGiven(name: string): boolean;
  /** Adds values that were opened, by name. What the environment says of a name comes before them. */
  unseal(values: ReadonlyMap<string, string>): void;
  /** Adds a value that a provider handed out. */
  learn(value: string): void;
  /** Text that may be printed, recorded or sent. */
  mask(text: string): string;
  /** `mask` over every string of a value. */
  maskDeep<T>(value: T): T;
  /** What was handed out so far, for runners that mask by themselves. */
  values(): string[];
}

/** `lookup` is the environment of the run; a value there wins over one that was sealed. */
export function createVault(lookup: (name: string) => string | undefined): Vault {
  const known = new Set<string>();
  const unsealed = new Map<string, string>();
  const { add, hide: mask, hideDeep: maskDeep } = createMask();
  const learn = (value: string) => {
    if (value === '' || known.has(value)) return;
    for (const each of [value, ...secretParts(value)]) {
      known.add(each);
      add(each);
    }
  };
  return {
    learn,
    mask,
    maskDeep,
    values: () => [...known],
    isGiven: (name) => Boolean(lookup(name)),
    unseal(values) {
      for (const [name, value] of values) {
        unsealed.set(name, value);
        learn(value);
      }
    },
    secret(name) {
      const value = lookup(name) || unsealed.get(name);
      if (value !== undefined) learn(value);
      return value === '' ? undefined : value;
    },
  };
}
