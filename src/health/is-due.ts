import type { HealthState, ProbeTarget } from '../model/health.ts';
import { HOUR, MINUTE } from './words.ts';

/** A little less than an hour, so that an hourly schedule that is early by a minute or two does not leave one out. */
const REST = HOUR - 5 * MINUTE;

/**
 * Whether a target is to be asked now. A question wakes what sleeps, and being awake uses up the hours of a free tier: as long
 * as it is well, such a one is left to sleep for most of an hour.
 */
export function isDue({ sleeps, instance }: ProbeTarget, health: HealthState | undefined, now: Date): boolean {
  const known = sleeps ? health?.instances[instance] : undefined;
  return known?.status !== 'up' || !known.last.ok || now.getTime() - Date.parse(known.last.at) >= REST;
}
