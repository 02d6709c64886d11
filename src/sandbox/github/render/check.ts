import type { CommitObject } from '../git/objects.ts';
import { zeroOid } from '../git/objects.ts';
import { nodeId } from '../node-id.ts';
import type { CheckAnnotation, CheckRun, CheckSuite, PullRequest, Repository } from '../state.ts';
import { isPullRequest } from '../state.ts';
import type { World } from '../world.ts';
import { renderApp, time, timeOrNull } from './account.ts';
import { renderSimpleCommit } from './commit.ts';
import { renderPullMinimal } from './pull.ts';
import { renderMinimalRepository, repositoryPage, repositoryUrl } from './repository.ts';

/** Open pull requests of this repository's own branches with that head: a fork's are never listed on checks. */
export const pullsOfHead = (repository: Repository, sha: string): PullRequest[] =>
  [...repository.issues.values()].filter(
    (issue): issue is PullRequest =>
      isPullRequest(issue) &&
      issue.state === 'open' &&
      issue.pull.headSha === sha &&
      issue.pull.headRepository === repository,
  );

/** A suite's standing follows from its runs: unfinished while one is, else the worst conclusion. */
export const suiteStanding = (
  repository: Repository,
  suite: CheckSuite,
): { status: CheckRun['status']; conclusion: CheckRun['conclusion'] } => {
  const runs = latestRuns([...repository.checks.values()].filter((run) => run.suite === suite));
  if (runs.length === 0 || suite.reopened) return { status: 'queued', conclusion: null };
  if (runs.some(({ status }) => status !== 'completed'))
    return { status: runs.every(({ status }) => status === 'queued') ? 'queued' : 'in_progress', conclusion: null };
  const order = [
    'action_required',
    'timed_out',
    'failure',
    'cancelled',
    'stale',
    'success',
    'neutral',
    'skipped',
  ] as const;
  const conclusion = order.find((one) => runs.some((run) => run.conclusion === one)) ?? 'success';
  return { status: 'completed', conclusion };
};

/** The newest run of each name and App. */
export const latestRuns = (runs: readonly CheckRun[]): CheckRun[] => {
  const newest = new Map<string, CheckRun>();
  for (const run of runs) {
    const key = `${run.app.id} ${run.name}`;
    if ((newest.get(key)?.id ?? 0) < run.id) newest.set(key, run);
  }
  return [...newest.values()];
};

export const checkPage = (world: World, repository: Repository, run: CheckRun): string =>
  `${repositoryPage(world, repository)}/runs/${run.id}`;

export const renderCheckRun = (world: World, repository: Repository, run: CheckRun) => {
  const url = `${repositoryUrl(world, repository)}/check-runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('CheckRun', run.id),
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: checkPage(world, repository, run),
    details_url: run.detailsUrl ?? `${world.urls.server}/apps/${run.app.slug}`,
    status: run.status,
    conclusion: run.conclusion,
    started_at: time(run.startedAt),
    completed_at: timeOrNull(run.completedAt),
    output: { ...run.output, annotations_count: run.annotations.length, annotations_url: `${url}/annotations` },
    check_suite: { id: run.suite.id },
    app: renderApp(world, run.app),
    pull_requests: pullsOfHead(repository, run.headSha).map((pull) => renderPullMinimal(world, repository, pull)),
  };
};

export const renderAnnotation = (world: World, repository: Repository, run: CheckRun, annotation: CheckAnnotation) => ({
  path: annotation.path,
  blob_href: `${repositoryPage(world, repository)}/blob/${run.headSha}/${annotation.path.split('/').map(encodeURIComponent).join('/')}`,
  start_line: annotation.start_line,
  start_column: annotation.start_column ?? null,
  end_line: annotation.end_line,
  end_column: annotation.end_column ?? null,
  annotation_level: annotation.annotation_level,
  title: annotation.title ?? null,
  message: annotation.message,
  raw_details: annotation.raw_details ?? null,
});

export const renderCheckSuite = (
  world: World,
  repository: Repository,
  suite: CheckSuite,
  commit: CommitObject | undefined,
) => {
  const url = `${repositoryUrl(world, repository)}/check-suites/${suite.id}`;
  return {
    id: suite.id,
    node_id: nodeId('CheckSuite', suite.id),
    head_branch: suite.headBranch,
    head_sha: suite.headSha,
    ...suiteStanding(repository, suite),
    url,
    before: suite.before || zeroOid,
    after: suite.headSha,
    pull_requests: pullsOfHead(repository, suite.headSha).map((pull) => renderPullMinimal(world, repository, pull)),
    app: renderApp(world, suite.app),
    created_at: time(suite.createdAt),
    updated_at: time(suite.updatedAt),
    rerequestable: true,
    runs_rerequestable: true,
    latest_check_runs_count: latestRuns([...repository.checks.values()].filter((run) => run.suite === suite)).length,
    check_runs_url: `${url}/check-runs`,
    head_commit: renderSimpleCommit(suite.headSha, commit),
    repository: renderMinimalRepository(world, repository),
  };
};
