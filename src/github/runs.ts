import type { GitHub } from './github.ts';
import type { RepositoryName } from './repository.ts';

/** The run of a workflow as leases and events name it. */
export const workflowRun = (id: number | string, attempt: number | string): string => `github:${id}/${attempt}`;

/** Whether a workflow run still goes; undefined for other runs, and for one that GitHub does not show us. */
export async function isWorkflowRunAlive(
  github: GitHub,
  repository: RepositoryName,
  run: string,
): Promise<boolean | undefined> {
  const [, id, attempt] = /^github:(\d+)\/(\d+)$/.exec(run) ?? [];
  if (!id) return undefined;
  const route = 'GET /repos/{owner}/{repo}/actions/runs/{run_id}';
  const { status, data } = await github.request<{ status: string; run_attempt?: number }>(
    route,
    { ...repository, run_id: Number(id) },
    { kind: 'run', permission: 'actions: read', allow: [404] },
  );
  if (status === 404) return undefined;
  // A later attempt starts only when the earlier one has ended.
  return data.status !== 'completed' && (data.run_attempt ?? 1) === Number(attempt);
}
