import { STATE_BRANCH } from '../../src/index.ts';
import type { Task } from '../task.ts';
import { placeOf, type FromRepository } from './place.ts';

interface PushEvent extends FromRepository {
  repository: NonNullable<FromRepository['repository']> & { default_branch: string };
  ref: string;
  after: string;
  deleted: boolean;
  sender?: { login: string } | undefined;
}

/** The bot in whose name a workflow's own token acts. */
const WORKFLOW_BOT = 'github-actions[bot]';
/**
 * A branch that moved. The workflow applies it; the App only sees to it that the workflow runs: on any branch for what a
 * workflow's token pushed, else on the default branch, which is where the workflow may have been forgotten. A push to the
 * fleet's record is news of the fleet.
 */
export function onPush(event: PushEvent): Task[] {
  const place = placeOf(event);
  const branch = /^refs\/heads\/(.+)$/.exec(event.ref)?.[1];
  if (!place || !branch || event.deleted) return [];
  if (branch === STATE_BRANCH) return [{ kind: 'recorded', place }];
  const byWorkflow = event.sender?.login === WORKFLOW_BOT;
  if (!byWorkflow && branch !== event.repository.default_branch) return [];
  return [{ kind: 'push', place, branch, commit: event.after, byWorkflow }];
}
