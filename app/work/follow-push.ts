import { locateEnvironments, publishFailure, UnsupportedError, type GitHub } from '../../src/index.ts';
import { RIGHTS } from '../access.ts';
import { WORKFLOW, WORKFLOW_FILE } from '../handlers/workflow-run.ts';
import { factsOf } from '../log.ts';
import type { PushTask } from '../task.ts';
import { dispatch } from './dispatch.ts';
import { engineFor } from './engine.ts';
import type { Means } from './means.ts';

const PRESENT = `query Present($owner: String!, $repo: String!, $file: String!, $folder: String!, $workflow: String!) {
  repository(owner: $owner, name: $repo) {
    file: object(expression: $file) { oid }
    folder: object(expression: $folder) { oid }
    workflow: object(expression: $workflow) { oid }
  }
}`;

interface Present {
  repository: { file: object | null; folder: object | null; workflow: object | null };
}

/**
 * A push is applied by the repository's own workflow. The App steps in where that would not happen: what a workflow's
 * token pushed starts none, so it is dispatched; where the workflow is missing, a check says so. Else it is one read.
 */
export async function followPush(task: PushTask, { access, log, signal }: Means): Promise<void> {
  const { place, branch, commit, byWorkflow } = task;
  const github = access.repository(place, RIGHTS.push, signal);
  const { hasConfig, hasWorkflow } = await present(github, task);
  if (!hasConfig || (hasWorkflow && (!byWorkflow || (await isDispatched(github, task))))) return;

  const { ports, target } = engineFor(github, place, signal);
  const located = await locateEnvironments({ kind: 'push', branch }, commit, ports);
  for (const { environment } of located === 'unconfigured' ? [] : located.environments) {
    if (hasWorkflow) {
      await dispatch(github, place, { command: 'apply' }, { environment, ref: branch });
      log.info({ ...factsOf(task), environment }, 'dispatched');
    } else {
      const error = new UnsupportedError(`there is no ${WORKFLOW} at this commit, so nothing applies it`, {
        mend: 'write it with: npx flotilla init; then commit it',
      });
      await publishFailure(error, 'apply', { commit, environment }, ports, target);
    }
  }
}

/** Whether a run was started for the commit already: this push may be told to us twice. */
async function isDispatched(github: GitHub, { place, commit }: PushTask): Promise<boolean> {
  const { data } = await github.request<{ total_count: number }>(
    'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs',
    {
      owner: place.owner,
      repo: place.repo,
      workflow_id: WORKFLOW_FILE,
      event: 'workflow_dispatch',
      head_sha: commit,
      per_page: 1,
    },
    { kind: 'run', permission: 'actions: read', allow: [404] },
  );
  return (data.total_count ?? 0) > 0;
}

async function present(
  github: GitHub,
  { place, commit }: PushTask,
): Promise<{ hasConfig: boolean; hasWorkflow: boolean }> {
  const at = (path: string): string => `${commit}:${path}`;
  const variables = { file: at('flotilla.yml'), folder: at('.flotilla'), workflow: at(WORKFLOW) };
  const { owner, repo } = place;
  const call = { kind: 'config', permission: 'contents: read' };
  const { repository } = await github.graphql<Present>(PRESENT, { owner, repo, ...variables }, call);
  return {
    hasConfig: repository.file !== null || repository.folder !== null,
    hasWorkflow: repository.workflow !== null,
  };
}
