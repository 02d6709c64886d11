import { createMask } from './mask.ts';

/** Every secret value of this run: where they come from, and the one place that hides them in text. */
export interface Vault {
  /** A value by name; remembered, so that it is masked from then on. */
  secret(name: string): string | undefined;
  /** Adds a value that a provider handed out. */
  learn(value: string): void;
  /** Text that may be printed, recorded or sent. */
  mask(text: string): string;
  /** `mask` over every string of a value. */
  maskDeep<T>(value: T): T;
  /** What was handed out so far, for runners that mask by themselves. */
  values(): string[];
}

/** `lookup` is the environment of the run. */
export function createVault(lookup: (name: string) => string | undefined): Vault {
  const known = new Set<string>();
  let masking: ((text: string) => string) | undefined;
  const learn = (value: string) => {
    if (value === '' || known.has(value)) return;
    known.add(value);
    masking = undefined;
  };
  const mask = (text: string) => (masking ??= createMask(known))(text);
  const maskDeep = <T>(value: T): T => {
    if (typeof value === 'string') return mask(value) as T;
    if (Array.isArray(value)) return value.map(maskDeep) as T;
    if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, maskDeep(item)])) as T;
    if (value !== null && typeof value === 'object')
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskDeep(item)])) as T;
    return value;
  };
  return {
    learn,
    mask,
    maskDeep,
    values: () => [...known],
    secret(name) {
      const value = lookup(name);
      if (value !== undefined) learn(value);
      return value === '' ? undefined : value;
    },
  };
}
