/** The one list that every provider's status words map to. An unknown word is `unknown`: keep polling, never live or failed. */
export const PHASES = [
  'queued',
  'building',
  'releasing',
  'live',
  'failed',
  'canceled',
  'superseded',
  'sleeping',
  'removed',
  'unknown',
] as const;
export type Phase = (typeof PHASES)[number];
