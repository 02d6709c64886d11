import type { Probot } from 'probot';
import { onCheckRun } from './handlers/check-run.ts';
import { onCheckSuite } from './handlers/check-suite.ts';
import { onInstallation } from './handlers/installation.ts';
import { onIssueComment } from './handlers/issue-comment.ts';
import { onMergeGroup } from './handlers/merge-group.ts';
import { onPullRequest } from './handlers/pull-request.ts';
import { onPush } from './handlers/push.ts';
import { onWorkflowRun } from './handlers/workflow-run.ts';
import type { Task } from './task.ts';

/** Gives `take` the tasks of every event that the App knows, with the GUID of its delivery. */
export function subscribe(app: Probot, take: (guid: string, tasks: Task[]) => void): void {
  app.on(
    ['pull_request.opened', 'pull_request.synchronize', 'pull_request.reopened', 'pull_request.edited'],
    ({ id, payload }) => take(id, onPullRequest(payload)),
  );
  app.on('push', ({ id, payload }) => take(id, onPush(payload)));
  app.on(['check_run.rerequested', 'check_run.requested_action'], ({ id, payload }) => take(id, onCheckRun(payload)));
  app.on('check_suite.rerequested', ({ id, payload }) => take(id, onCheckSuite(payload)));
  app.on('issue_comment.created', ({ id, payload }) => take(id, onIssueComment(payload)));
  app.on('workflow_run.completed', ({ id, payload }) => take(id, onWorkflowRun(payload)));
  app.on('merge_group.checks_requested', ({ id, payload }) => take(id, onMergeGroup(payload)));
  app.on(['installation.created', 'installation.unsuspend', 'installation_repositories.added'], ({ id, payload }) =>
    take(id, onInstallation(payload)),
  );
}
