/** What a run tells its jobs about itself: the `github` and `runner` contexts and the default variables. */
import { arch } from 'node:os';

import type { RunRequest } from '../github/workflow-runner.ts';

/** The folders of one job, all its own. */
export interface JobFolders {
  root: string;
  home: string;
  workspace: string;
  temp: string;
  tools: string;
  /** The file with the webhook payload. */
  eventPath: string;
}

/** The `github` context of a job, but for the folders it has only once it runs. */
export function githubContext(request: RunRequest, jobId: string, token: string): Record<string, unknown> {
  const { repository, ref } = request;
  return {
    actor: request.actor,
    actor_id: String(request.actorId),
    api_url: request.apiUrl,
    base_ref: request.baseRef,
    event: request.payload,
    event_name: request.event,
    graphql_url: request.graphqlUrl,
    head_ref: request.headRef,
    job: jobId,
    ref,
    ref_name: ref.replace(/^refs\/(?:heads|tags|pull)\//, ''),
    ref_protected: false,
    ref_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    repository: repository.fullName,
    repository_id: String(repository.id),
    repository_owner: repository.fullName.split('/')[0],
    repository_owner_id: String(repository.ownerId),
    repositoryUrl: `${request.serverUrl}/${repository.fullName}.git`.replace(/^https?:/, 'git:'),
    retention_days: '90',
    run_attempt: String(request.runAttempt),
    run_id: String(request.runId),
    run_number: String(request.runNumber),
    secret_source: 'Actions',
    server_url: request.serverUrl,
    sha: request.sha,
    token,
    triggering_actor: request.triggeringActor,
    workflow: request.workflowName,
    workflow_ref: `${repository.fullName}/${request.workflowPath}@${ref}`,
    workflow_sha: request.workflowSha,
  };
}

/** The `runner` context. */
export function runnerContext(folders: JobFolders): Record<string, string> {
  return {
    name: 'flotilla-sandbox',
    os: { darwin: 'macOS', win32: 'Windows' }[process.platform as string] ?? 'Linux',
    arch: { arm64: 'ARM64', arm: 'ARM', ia32: 'X86' }[arch() as string] ?? 'X64',
    environment: 'self-hosted',
    temp: folders.temp,
    tool_cache: folders.tools,
  };
}

const NOT_VARIABLES = new Set(['token', 'event', 'repositoryUrl', 'secret_source']);

/** `GITHUB_*` and `RUNNER_*`: every text of the two contexts but the token, which only a workflow may pass on. */
export function defaultVariables(
  github: Readonly<Record<string, unknown>>,
  runner: Readonly<Record<string, string>>,
): Record<string, string> {
  const variables: Record<string, string> = { CI: 'true', GITHUB_ACTIONS: 'true' };
  for (const [key, value] of Object.entries(github)) {
    if (!NOT_VARIABLES.has(key)) variables[`GITHUB_${key.toUpperCase()}`] = String(value);
  }
  for (const [key, value] of Object.entries(runner)) variables[`RUNNER_${key.toUpperCase()}`] = value;
  return variables;
}
