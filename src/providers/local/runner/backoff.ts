/** A process that ran this long counts as healthy again; milliseconds. */
export const STEADY = 60_000;
/** This many failures in a row, none of them steady, are a crash loop. */
export const CRASH_LOOP = 3;

const FIRST = 1_000;
const LONGEST = 60_000;

/** Milliseconds to wait before the next start: doubling from 1 s to 60 s, less up to half of it at random. */
export function backoff(failures: number, random: number): number {
  return Math.min(LONGEST, FIRST * 2 ** (failures - 1)) * (1 - random / 2);
}
