import { randomBytes } from 'node:crypto';
import type { Address } from '../../src/model/resource.ts';
import type { Whose } from '../conformance/setting.ts';

/**
 * All that live runs make is marked with one fleet, so that what a dead run left is found by its mark; every case has
 * names of its own, which hold the time, so that the age is known.
 */
export const FLEET = 'flotilla-live';
export const ENVIRONMENT = 'live';
/** Who wants what the fleet has, in the case of the foreign resource. */
const STRANGER = 'somebody-else';

const MINUTE = 60_000;

export function ownNames(now: Date, commit = 'c'.repeat(40)): Whose {
  const minutes = Math.floor(now.getTime() / MINUTE).toString(36);
  const suffix = `-${minutes}-${randomBytes(2).toString('hex')}`;
  return { fleet: FLEET, environment: ENVIRONMENT, suffix, commit };
}

/** Minutes since what has such a name was made; undefined for another name. */
export function ageOf(address: Address, now: Date): number | undefined {
  const [, minutes] = /-([0-9a-z]+)-[0-9a-f]{4}$/.exec(address) ?? [];
  return minutes === undefined ? undefined : Math.floor(now.getTime() / MINUTE) - Number.parseInt(minutes, 36);
}

/** Somebody who uses the same names. */
export function strangerTo(whose: Whose): Whose {
  return { ...whose, fleet: STRANGER, named: whose.fleet };
}
