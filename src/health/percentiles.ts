import type { Percentiles } from '../model/numbers.ts';

/** By nearest rank; undefined of nothing. Values in any order. */
export function percentiles(values: readonly number[]): Percentiles | undefined {
  return weightedPercentiles(values.map((value) => [value, 1]));
}

/** The same of values that each stand for so many. */
export function weightedPercentiles(values: readonly [value: number, weight: number][]): Percentiles | undefined {
  const ordered = values.toSorted(([a], [b]) => a - b);
  const total = ordered.reduce((sum, [, weight]) => sum + weight, 0);
  if (total === 0) return undefined;
  const at = (share: number): number => {
    let passed = 0;
    // Sums of fractions: a rank that is passed by a rounding error is not passed.
    for (const [value, weight] of ordered) if ((passed += weight) >= share * total - 1e-9) return value;
    return (ordered.at(-1) as [number, number])[0];
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
