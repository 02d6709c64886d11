export const SERIES_FORMAT = 1;

/**
 * `<environment>/series/<kind>.<name>.json`: the history of one resource, small for ever. Each row is an array, so that a
 * row is one short line. Times are minutes (raw), hours and days, here since 1970, in the file since the row before;
 * durations are whole milliseconds.
 */
export interface Series {
  format: number;
  /** Samples that were recorded, for a day at least: `[minute, milliseconds or -1 for failed]`. */
  raw: [minute: number, milliseconds: number][];
  /** For a month. */
  hours: Rollup[];
  /** For two years. */
  days: Rollup[];
}

/**
 * `known` and `down` are minutes of that hour or day: `known` those about which something can be said (runs that were
 * late or missing leave a hole, which is neither up nor down), `down` those out of health among them. `samples` counts good
 * and failed ones, the percentiles are of good ones: −1 where there was none.
 */
export type Rollup = [at: number, known: number, down: number, samples: number, p50: number, p95: number, p99: number];
