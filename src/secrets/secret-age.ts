import type { SealedSecret } from './sealed-file.ts';

const DAY = 24 * 3600;

/** How long a secret has had its value, in seconds; never less than nothing. */
export function ageOf({ changed }: Pick<SealedSecret, 'changed'>, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - Date.parse(changed)) / 1000));
}

/** Whether it has had it for longer than it says it may. */
export function isOverdue(secret: Pick<SealedSecret, 'changed' | 'rotate'>, now: Date): boolean {
  const { rotate } = secret;
  if (rotate === undefined) return false;
  return ageOf(secret, now) > Number(rotate.slice(0, -1)) * (rotate.endsWith('w') ? 7 : 1) * DAY;
}
