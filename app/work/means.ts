import type { Access } from '../access.ts';
import type { Log } from '../log.ts';

/** What work on a task is done with. */
export interface Means {
  access: Access;
  /** Pages, e.g. `https://github.com`. */
  serverUrl: string;
  log: Log;
  /** Number of the App: which checks are ours. */
  appId: number;
  /** When this process began: what is older may have been worked on before. */
  started: Date;
  signal: AbortSignal;
}
