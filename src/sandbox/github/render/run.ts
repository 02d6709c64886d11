import type { CommitObject } from '../git/objects.ts';
import { nodeId } from '../node-id.ts';
import type { Job, Repository, Workflow, WorkflowRun } from '../state.ts';
import type { World } from '../world.ts';
import { renderAccount, time, timeOrNull } from './account.ts';
import { checkPage } from './check.ts';
import { renderSimpleCommit } from './commit.ts';
import { renderPullMinimal } from './pull.ts';
import { renderMinimalRepository, repositoryPage, repositoryUrl } from './repository.ts';

const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export const renderWorkflow = (world: World, repository: Repository, workflow: Workflow) => ({
  id: workflow.id,
  node_id: nodeId('Workflow', workflow.id),
  name: workflow.name,
  path: workflow.path,
  state: 'active',
  created_at: time(workflow.createdAt),
  updated_at: time(workflow.updatedAt),
  url: `${repositoryUrl(world, repository)}/actions/workflows/${workflow.id}`,
  html_url: `${repositoryPage(world, repository)}/blob/${repository.defaultBranch}/${workflow.path}`,
  badge_url: `${repositoryPage(world, repository)}/workflows/${encodeURIComponent(fileName(workflow.path))}/badge.svg`,
});

export const runPage = (world: World, repository: Repository, run: Pick<WorkflowRun, 'id'>): string =>
  `${repositoryPage(world, repository)}/actions/runs/${run.id}`;

export const renderRun = (world: World, repository: Repository, run: WorkflowRun, commit: CommitObject | undefined) => {
  const url = `${repositoryUrl(world, repository)}/actions/runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('WorkflowRun', run.id),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: run.workflow.path,
    display_title: run.title,
    run_number: run.number,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: run.workflow.id,
    check_suite_id: run.suite.id,
    check_suite_node_id: nodeId('CheckSuite', run.suite.id),
    url,
    html_url: runPage(world, repository, run),
    pull_requests: run.pulls
      .filter(({ pull }) => pull.headRepository === repository)
      .map((pull) => renderPullMinimal(world, repository, pull)),
    created_at: time(run.createdAt),
    updated_at: time(run.updatedAt),
    actor: renderAccount(world, run.actor),
    run_attempt: run.attempt,
    referenced_workflows: [],
    run_started_at: time(run.startedAt),
    triggering_actor: renderAccount(world, run.triggeringActor),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${repositoryUrl(world, repository)}/check-suites/${run.suite.id}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: run.attempt > 1 ? `${url}/attempts/${run.attempt - 1}` : null,
    workflow_url: `${repositoryUrl(world, repository)}/actions/workflows/${run.workflow.id}`,
    head_commit: renderSimpleCommit(run.headSha, commit),
    repository: renderMinimalRepository(world, repository),
    head_repository: renderMinimalRepository(world, run.headRepository),
  };
};

export const renderJob = (world: World, repository: Repository, run: WorkflowRun, job: Job) => {
  const url = `${repositoryUrl(world, repository)}/actions/jobs/${job.id}`;
  return {
    id: job.id,
    run_id: run.id,
    workflow_name: run.workflow.name,
    head_branch: run.headBranch,
    run_url: `${repositoryUrl(world, repository)}/actions/runs/${run.id}`,
    run_attempt: job.attempt,
    node_id: nodeId('CheckRun', job.checkRun.id),
    head_sha: run.headSha,
    url,
    html_url: checkPage(world, repository, job.checkRun),
    status: job.status,
    conclusion: job.conclusion,
    created_at: time(job.createdAt),
    started_at: time(job.startedAt ?? job.createdAt),
    completed_at: timeOrNull(job.completedAt),
    name: job.name,
    steps: job.steps.map((step, at) => ({
      name: step.name,
      status: step.conclusion ? 'completed' : step.startedAt ? 'in_progress' : 'queued',
      conclusion: step.conclusion,
      number: at + 1,
      started_at: timeOrNull(step.startedAt),
      completed_at: timeOrNull(step.completedAt),
    })),
    check_run_url: `${repositoryUrl(world, repository)}/check-runs/${job.checkRun.id}`,
    labels: ['ubuntu-latest'],
    runner_id: 1,
    runner_name: 'sandbox',
    runner_group_id: 1,
    runner_group_name: 'sandbox',
  };
};
