import { hide, secretPattern } from './mask.ts';

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
  /** Values and what finds them, in groups of falling size: a run may learn thousands, one by one, between messages. */
  const groups: { values: string[]; pattern: RegExp | undefined }[] = [];
  const fresh: string[] = [];
  const learn = (value: string) => {
    if (value === '' || known.has(value)) return;
    known.add(value);
    fresh.push(value);
  };
  const mask = (text: string) => {
    if (fresh.length > 0) {
      let values = fresh.splice(0);
      // Merged with what is no larger, so that each value is looked at a few times only and the groups stay few.
      while ((groups.at(-1)?.values.length ?? Infinity) <= values.length)
        values = [...(groups.pop()?.values ?? []), ...values];
      groups.push({ values, pattern: secretPattern(values) });
    }
    return hide(
      text,
      groups.flatMap(({ pattern }) => pattern ?? []),
    );
  };
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
