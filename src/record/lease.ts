import type { EnvironmentState, Lease } from '../model/state.ts';

/** Whether the run behind a lease still lives; undefined when that cannot be known from here. */
export type IsRunAlive = (run: string) => Promise<boolean | undefined>;

export type Standing =
  | { kind: 'free' }
  | { kind: 'ours' }
  /** Its run is dead, or it has expired. */
  | { kind: 'abandoned'; lease: Lease; because: string }
  | { kind: 'held'; lease: Lease };

/** Where the lease of an environment stands for the holder of `token`. */
export async function standing(
  environment: EnvironmentState | null,
  token: string,
  now: Date,
  isRunAlive: IsRunAlive,
): Promise<Standing> {
  const lease = environment?.lease;
  if (!lease) return { kind: 'free' };
  if (lease.token === token) return { kind: 'ours' };
  if (Date.parse(lease.expires) <= now.getTime())
    return { kind: 'abandoned', lease, because: `it expired at ${lease.expires}` };
  // Not being able to ask is not knowing; then only the expiry ends a lease.
  const alive = await isRunAlive(lease.run).catch(() => undefined);
  if (alive === false) return { kind: 'abandoned', lease, because: 'its run is over' };
  return { kind: 'held', lease };
}

export function newLease(holder: Omit<Lease, 'acquired' | 'expires'>, now: Date, seconds: number): Lease {
  return { ...holder, acquired: now.toISOString(), expires: expiry(now, seconds) };
}

export const expiry = (now: Date, seconds: number): string => new Date(now.getTime() + seconds * 1000).toISOString();
