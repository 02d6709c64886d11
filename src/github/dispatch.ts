import type { GitHub } from './github.ts';
import type { RepositoryName } from './repository.ts';

export interface Dispatch {
  /** File name of the workflow, e.g. `flotilla.yml`. */
  workflow: string;
  /** Branch that it runs on. */
  ref: string;
  /** At most 25. */
  inputs: Record<string, string>;
}

/** Starts a workflow. A lost answer is not repeated: two runs would do the same work. */
export async function dispatchWorkflow(
  github: GitHub,
  repository: RepositoryName,
  { workflow, ref, inputs }: Dispatch,
): Promise<void> {
  await github.request(
    'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches',
    { ...repository, workflow_id: workflow, ref, inputs },
    { kind: 'dispatch', permission: 'actions: write' },
  );
}
