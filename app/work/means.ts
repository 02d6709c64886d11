import type { Access } from '../access.ts';
import type { Log } from '../log.ts';

/** What work on a task is done with. */
export interface Means {
  access: Access;
  /** Pages, e.g. `https://github.com`. */
  serverUrl: string;
  log: Log;
  signal: AbortSignal;
}
