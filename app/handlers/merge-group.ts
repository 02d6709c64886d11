import type { Task } from '../task.ts';
import { placeOf, type FromRepository } from './place.ts';

interface MergeGroupEvent extends FromRepository {
  merge_group: { head_sha: string; base_ref: string };
}

/** A merge queue waits for the required checks on the group's commit. */
export function onMergeGroup(event: MergeGroupEvent): Task[] {
  const place = placeOf(event);
  if (!place) return [];
  const { head_sha: commit, base_ref } = event.merge_group;
  return [{ kind: 'plan', place, pull: 0, base: base_ref.replace(/^refs\/heads\//, ''), commit }];
}

/** The base of a merge group, by the branch that the queue makes for it: `gh-readonly-queue/main/pr-7-<commit>`. */
export function mergeGroupBase(branch: string | null | undefined): string | undefined {
  return /^gh-readonly-queue\/(.+)\/pr-\d+-[0-9a-f]+$/.exec(branch ?? '')?.[1];
}
