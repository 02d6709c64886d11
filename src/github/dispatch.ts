import { UnsupportedError } from '../model/errors.ts';
import type { GitHub } from './github.ts';
import type { RepositoryName } from './repository.ts';
import { messageOf } from './verdict.ts';

export interface Dispatch {
  /** File name of the workflow, e.g. `flotilla.yml`. */
  workflow: string;
  /** Branch that it runs on. */
  ref: string;
  /** At most 25. */
  inputs: Record<string, string>;
}

/**
 * Starts a workflow. A lost answer is not repeated: two runs would do the same work. UnsupportedError when the workflow
 * is not there, cannot be started by hand, or does not take the inputs.
 */
export async function dispatchWorkflow(
  github: GitHub,
  repository: RepositoryName,
  { workflow, ref, inputs }: Dispatch,
): Promise<void> {
  const { status, data } = await github.request(
    'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches',
    { ...repository, workflow_id: workflow, ref, inputs },
    { kind: 'dispatch', permission: 'actions: write', allow: [404, 422] },
  );
  const path = `.github/workflows/${workflow}`;
  if (status === 404)
    throw new UnsupportedError(`there is no ${path} on the default branch`, {
      mend: 'write it with: npx flotilla init; then commit it to the default branch',
    });
  if (status === 422)
    throw new UnsupportedError(`${path} on ${ref} could not be started: ${messageOf(data)}`, {
      mend: `check that the branch has ${path}, that it is enabled, and that it takes the inputs which npx flotilla init writes under workflow_dispatch`,
    });
}
