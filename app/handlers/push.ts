import type { Task } from '../task.ts';
import { placeOf, type FromRepository } from './place.ts';

interface PushEvent extends FromRepository {
  ref: string;
  after: string;
  deleted: boolean;
  sender?: { login: string } | undefined;
}

/** The bot in whose name a workflow's own token acts. */
const WORKFLOW_BOT = 'github-actions[bot]';
/** Where the fleet's record lives: our own commits. */
const STATE_BRANCH = 'flotilla';

/** A branch that moved. The workflow applies it; the App only sees to it that the workflow runs. */
export function onPush(event: PushEvent): Task[] {
  const place = placeOf(event);
  const branch = /^refs\/heads\/(.+)$/.exec(event.ref)?.[1];
  if (!place || !branch || event.deleted || branch === STATE_BRANCH || branch.startsWith('gh-readonly-queue/'))
    return [];
  return [{ kind: 'push', place, branch, commit: event.after, byWorkflow: event.sender?.login === WORKFLOW_BOT }];
}
