import type { Access } from '../access.ts';
import type { Log } from '../log.ts';
import type { Seen } from '../seen.ts';
import type { Place, PlanTask } from '../task.ts';

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
  /** Plans that this process makes or has made: what a sweep finds without a check may be one of them, seen too early. */
  planned: Seen;
  /** What was read of a repository is not what is there any more; `now`: and somebody may be waiting for it. */
  moved(place: Place, now: boolean): Promise<void>;
}

/** The word for a plan in `planned`. */
export function planWord({ place, commit, base }: PlanTask): string {
  return `${place.owner}/${place.repo} ${commit} ${base}`;
}
