import type { Place, Task } from '../task.ts';
import { mergeGroupBase } from './merge-group.ts';
import { placeOf, type FromRepository } from './place.ts';

/** Pull requests named here are of the same repository: forks' are left out by GitHub. */
export interface Pull {
  number: number;
  head: { ref: string; sha: string };
  base: { ref: string };
}

interface CheckSuiteEvent extends FromRepository {
  check_suite: { head_sha: string; head_branch: string | null; pull_requests: readonly (Pull | null)[] | null };
}

/** "Re-run all checks". */
export function onCheckSuite(event: CheckSuiteEvent): Task[] {
  const place = placeOf(event);
  if (!place) return [];
  const { head_sha, head_branch, pull_requests } = event.check_suite;
  return planAgain(place, head_sha, head_branch, pull_requests ?? []);
}

/** The plans of a commit: of its pull requests where the webhook names them, else of whatever GitHub says it belongs to. */
export function planAgain(
  place: Place,
  commit: string,
  branch: string | null | undefined,
  pulls: readonly (Pull | null)[],
): Task[] {
  const group = mergeGroupBase(branch);
  if (group) return [{ kind: 'plan', place, pull: 0, base: group, commit }];
  const current = pulls.filter((pull) => pull?.head.sha === commit) as Pull[];
  if (current.length === 0) return [{ kind: 'replan', place, commit }];
  return current.map(({ number, base }) => ({ kind: 'plan', place, pull: number, base: base.ref, commit }));
}
