import type { GitHub } from './github.ts';
import type { RepositoryName } from './repository.ts';

export interface GateReview {
  /** Number of the workflow run that waits. */
  run: number;
  environment: string;
  state: 'approved' | 'rejected';
  /** For people, shown with the run. */
  comment: string;
}

/** Answers as a custom deployment protection rule; only an App that the environment names may. */
export async function reviewGate(
  github: GitHub,
  repository: RepositoryName,
  { run, environment, state, comment }: GateReview,
): Promise<void> {
  await github.request(
    'POST /repos/{owner}/{repo}/actions/runs/{run_id}/deployment_protection_rule',
    { ...repository, run_id: run, environment_name: environment, state, comment },
    { kind: 'gate', permission: 'deployments: write', repeatable: true },
  );
}
