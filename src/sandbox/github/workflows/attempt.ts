import { issueToken } from '../auth.ts';
import type { Principal, Repository, WorkflowRun } from '../state.ts';
import type { RunResult, RunRequest, WorkflowRunner } from '../workflow-runner.ts';
import type { World } from '../world.ts';
import { readDefinition, readPermissions } from './definition.ts';
import { recordJobs } from './job-record.ts';

/**
 * Carries one attempt of a run out by the runner, its jobs' standing written down as they go, its tokens dead when it
 * has ended.
 */
export const carryOut = async (
  world: World,
  runner: WorkflowRunner,
  repository: Repository,
  run: WorkflowRun,
  by: Principal,
): Promise<RunResult> => {
  const tokens: string[] = [];
  const tokenFor = (permissions: unknown): string => {
    const token = issueToken(world, {
      kind: 'actions',
      app: world.actions,
      repository,
      permissions: readPermissions(permissions, run.fromFork),
      runId: run.id,
    });
    tokens.push(token);
    return token;
  };
  const definition = readDefinition(run.workflow.path, run.workflowText);
  let recorded: Promise<void> = Promise.resolve();
  const record: RunRequest['onProgress'] = (jobs) => {
    const now = structuredClone(jobs);
    recorded = recorded.then(() => recordJobs(world, repository, run, now, by));
  };
  try {
    run.handle = runner.run(
      requestOf(world, repository, run, { token: tokenFor(definition?.permissions), tokenFor, onProgress: record }),
    );
    if (run.cancelRequested) run.handle.cancel();
    const result = await run.handle.done;
    record(result.jobs);
    await recorded;
    return result;
  } finally {
    run.handle = undefined;
    for (const token of tokens) world.state.tokens.delete(token);
  }
};

const requestOf = (
  world: World,
  repository: Repository,
  run: WorkflowRun,
  own: Pick<RunRequest, 'token' | 'tokenFor' | 'onProgress'>,
): RunRequest => ({
  ...own,
  repository: {
    fullName: repository.fullName,
    id: repository.id,
    ownerId: repository.owner.id,
    defaultBranch: repository.defaultBranch,
    private: repository.private,
    gitDir: repository.git.dir,
  },
  workflowPath: run.workflow.path,
  workflowText: run.workflowText,
  workflowSha: run.workflowSha,
  workflowName: run.workflow.name,
  event: run.event,
  payload: run.payload,
  ref: run.ref,
  sha: run.sha,
  headRef: run.headRef,
  baseRef: run.baseRef,
  inputs: run.inputs,
  runId: run.id,
  runNumber: run.number,
  runAttempt: run.attempt,
  actor: run.actor.login,
  actorId: run.actor.id,
  triggeringActor: run.triggeringActor.login,
  serverUrl: world.urls.server,
  apiUrl: world.urls.api,
  graphqlUrl: world.urls.graphql,
  secrets: run.fromFork ? {} : repository.secrets,
  environmentSecrets: run.fromFork
    ? {}
    : Object.fromEntries([...repository.environments.values()].map(({ name, secrets }) => [name, secrets])),
  variables: repository.variables,
});
