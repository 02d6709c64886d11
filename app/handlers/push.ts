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
/** Where the fleet's record lives: our own commits. */

/**
 * A branch that moved. The workflow applies it; the App only sees to it that the workflow runs: on any branch for what a
 * workflow's token pushed, else on the default branch, which is where the workflow may have been forgotten.
 */
export function onPush(event: PushEvent): Task[] {
  const place = placeOf(event);
  const branch = /^refs\/heads\/(.+)$/.exec(event.ref)?.[1];
  if (!place || !branch || event.deleted || branch === STATE_BRANCH) return [];
  const byWorkflow = event.sender?.login === WORKFLOW_BOT;
  if (!byWorkflow && branch !== event.repository.default_branch) return [];
  return [{ kind: 'push', place, branch, commit: event.after, byWorkflow }];
}
