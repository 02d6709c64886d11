/** What stands in the way of a plan, by name. */
export const GUARDS = [
  'delete-protected',
  'replace-protected',
  'mass-change',
  'empty-config',
  'foreign',
  'plan-moved',
  'quota',
  'policy',
] as const;
export type GuardName = (typeof GUARDS)[number];

/** Those that a name lifts. */
export const LIFTABLE = [
  'delete-protected',
  'replace-protected',
  'mass-change',
  'empty-config',
] as const satisfies readonly GuardName[];
