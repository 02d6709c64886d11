import type { SealedSecret } from './sealed-file.ts';

const DAY = 24 * 3600;

/** How long a secret has had its value, in seconds; never less than nothing. */
export function ageOf({ changed }: Pick<SealedSecret, 'changed'>, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - Date.parse(changed)) / 1000));
}

/** How long it may have it, as its own file says; seconds. */
export function rotationOf({ rotate }: Pick<SealedSecret, 'rotate'>): number | undefined {
  return rotate === undefined ? undefined : Number(rotate.slice(0, -1)) * (rotate.endsWith('w') ? 7 : 1) * DAY;
}

/** Whether it has had it for longer than it may: than `limit` seconds, where somebody else says that. */
export function isOverdue(
  secret: Pick<SealedSecret, 'changed' | 'rotate'>,
  now: Date,
  limit: number | undefined = rotationOf(secret),
): boolean {
  return limit !== undefined && ageOf(secret, now) > limit;
}
