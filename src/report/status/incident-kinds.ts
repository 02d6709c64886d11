import type { Incident } from '../../model/incident.ts';

/** What takes something from visitors; the other kinds are for those who run the fleet. */
export const isOutage = ({ kind }: Incident): boolean => kind !== 'drift' && kind !== 'certificate';

export const isOpen = ({ closed }: Incident): boolean => closed === undefined;

/** Newest first. */
export const newestFirst = (incidents: readonly Incident[]): Incident[] =>
  incidents.toSorted((a, b) => compare(b.began, a.began) || compare(b.id, a.id));

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
