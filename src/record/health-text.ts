import { stateText } from '../model/canonical.ts';
import type { HealthState } from '../model/health.ts';

/** A list of numbers, which `stateText` spreads over as many lines. No string of JSON has a line break in it. */
const NUMBERS = /\[\n\s+(?:(?:-?\d+|null),\n\s+)*(?:-?\d+|null)\n\s+\]/g;

/** The text of `health.json`: as any file on the branch, but a run that is kept is one line, so that an hour adds one. */
export function healthText(health: HealthState): string {
  return stateText(health).replace(NUMBERS, (list) => list.replace(/\s+/g, ' ').replace('[ ', '[').replace(' ]', ']'));
}
