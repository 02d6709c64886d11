import type { Incident } from '../../model/incident.ts';

export const isOpen = ({ closed }: Incident): boolean => closed === undefined;

/** Newest first. */
export const newestFirst = (incidents: readonly Incident[]): Incident[] =>
  incidents.toSorted((a, b) => compare(b.began, a.began) || compare(b.id, a.id));

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
