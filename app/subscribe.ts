import type { Probot } from 'probot';
import { onCheckRun } from './handlers/check-run.ts';
import { onCheckSuite } from './handlers/check-suite.ts';
import { onDeploymentProtectionRule } from './handlers/deployment-protection-rule.ts';
import { onInstallation } from './handlers/installation.ts';
import { onIssueComment } from './handlers/issue-comment.ts';
import { onMergeGroup } from './handlers/merge-group.ts';
import { onPullRequest } from './handlers/pull-request.ts';
import { onPush } from './handlers/push.ts';
import { onWorkflowRun } from './handlers/workflow-run.ts';
import type { Task } from './task.ts';

const PULL_REQUEST = [
  'pull_request.opened',
  'pull_request.synchronize',
  'pull_request.reopened',
  'pull_request.edited',
] as const;
const CHECK_RUN = ['check_run.rerequested', 'check_run.requested_action'] as const;
const INSTALLATION = ['installation.created', 'installation.unsuspend', 'installation_repositories.added'] as const;
const OTHERS = [
  'push',
  'check_suite.rerequested',
  'issue_comment.created',
  'workflow_run.completed',
  'merge_group.checks_requested',
  'deployment_protection_rule.requested',
] as const;

/** Webhooks whose work a sweep makes good by looking at what is there. */
const SWEPT: readonly string[] = [...PULL_REQUEST, ...INSTALLATION];
/** Webhooks that are the only word of what they tell. */
const TOLD_ONCE: readonly string[] = [...CHECK_RUN, ...OTHERS];

/** Whether a webhook is one that we work on; `once`: and that nothing but the webhook itself would tell us of. */
export function concerns({ event, action }: { event: string; action: string | null }): 'once' | 'swept' | undefined {
  const name = action === null ? event : `${event}.${action}`;
  return TOLD_ONCE.includes(name) ? 'once' : SWEPT.includes(name) ? 'swept' : undefined;
}

/** Gives `take` the tasks of every event that the App knows, with the GUID of its delivery. */
export function subscribe(app: Probot, take: (guid: string, tasks: Task[]) => void): void {
  app.on([...PULL_REQUEST], ({ id, payload }) => take(id, onPullRequest(payload)));
  app.on([...CHECK_RUN], ({ id, payload }) => take(id, onCheckRun(payload)));
  app.on([...INSTALLATION], ({ id, payload }) => take(id, onInstallation(payload)));
  app.on('push', ({ id, payload }) => take(id, onPush(payload)));
  app.on('check_suite.rerequested', ({ id, payload }) => take(id, onCheckSuite(payload)));
  app.on('issue_comment.created', ({ id, payload }) => take(id, onIssueComment(payload)));
  app.on('workflow_run.completed', ({ id, payload }) => take(id, onWorkflowRun(payload)));
  app.on('merge_group.checks_requested', ({ id, payload }) => take(id, onMergeGroup(payload)));
  app.on('deployment_protection_rule.requested', ({ id, payload }) => take(id, onDeploymentProtectionRule(payload)));
}
