import type { DesiredResource } from '../model/graph.ts';

/** Replicas of one resource that go to one account together: all of them, unless they are spread. */
export interface Part {
  resource: DesiredResource;
  replicas: number;
  /** Into how many parts the resource is spread. */
  of: number;
  /** Accounts that may hold it, by index, in the order of `place.on` or of the config. */
  able: readonly number[];
  /** What it takes of each of the ledger's dimensions. */
  needs: readonly number[];
  /** The account that holds it by the record and still may; -1 for none. */
  held: number;
  /** Its account; -1 until it is placed. */
  at: number;
  /** Why it cannot be where it was. */
  moved?: 'it no longer fits' | 'others need the room';
}
