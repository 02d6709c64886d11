import type { GitHub } from './github.ts';
import { LostAnswerError } from './refusal.ts';
import type { RepositoryName } from './repository.ts';

export interface NewDeployment {
  /** The commit that is deployed. */
  sha: string;
  environment: string;
  /** Unique for this run: how it is found again when the answer to its creation was lost. */
  run: string;
  description: string;
  production: boolean;
  /** Will be gone at some time, as a preview. */
  transient: boolean;
}

export interface DeploymentStatus {
  state: 'queued' | 'pending' | 'in_progress' | 'success' | 'failure' | 'error' | 'inactive';
  description: string;
  environmentUrl?: string;
  logUrl?: string;
}

const DESCRIPTION = 140;
const CALL = { kind: 'deployment', permission: 'deployments: write' };

/** Records a deployment; GitHub neither merges anything into the ref nor waits for checks. Gives its id. */
export async function createDeployment(
  github: GitHub,
  repository: RepositoryName,
  deployment: NewDeployment,
): Promise<number> {
  const { sha, environment, run, description, production, transient } = deployment;
  const body = {
    ref: sha,
    environment,
    payload: { run },
    description: shorten(description),
    auto_merge: false,
    required_contexts: [],
    production_environment: production,
    transient_environment: transient,
  };
  const route = '/repos/{owner}/{repo}/deployments';
  try {
    const { data } = await github.request<{ id: number }>(`POST ${route}`, { ...repository, ...body }, CALL);
    return data.id;
  } catch (error) {
    if (!(error instanceof LostAnswerError)) throw error;
    const { data } = await github.request<{ id: number; payload: unknown }[]>(
      `GET ${route}`,
      { ...repository, sha, environment },
      CALL,
    );
    const found = data.find(({ payload }) => runOf(payload) === run);
    if (!found) throw error;
    return found.id;
  }
}

/** The newest deployment of an environment; undefined when it never had one. */
export async function latestDeployment(
  github: GitHub,
  repository: RepositoryName,
  environment: string,
): Promise<number | undefined> {
  const route = 'GET /repos/{owner}/{repo}/deployments';
  const { data } = await github.request<{ id: number }[]>(route, { ...repository, environment, per_page: 1 }, CALL);
  return data[0]?.id;
}

/** Adds a status; a success makes earlier deployments of the environment inactive. Twice the same one does no harm. */
export async function addDeploymentStatus(
  github: GitHub,
  repository: RepositoryName,
  id: number,
  { state, description, environmentUrl, logUrl }: DeploymentStatus,
): Promise<void> {
  const body = {
    state,
    description: shorten(description),
    auto_inactive: true,
    ...(environmentUrl ? { environment_url: environmentUrl } : {}),
    ...(logUrl ? { log_url: logUrl } : {}),
  };
  const route = 'POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses';
  await github.request(route, { ...repository, deployment_id: id, ...body }, { ...CALL, repeatable: true });
}

/** GitHub gives a payload back as an object or as its text. */
function runOf(payload: unknown): unknown {
  try {
    return ((typeof payload === 'string' ? JSON.parse(payload) : payload) as { run?: unknown } | null)?.run;
  } catch {
    return undefined;
  }
}

function shorten(text: string): string {
  return text.length <= DESCRIPTION ? text : `${text.slice(0, DESCRIPTION - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
