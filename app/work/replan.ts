import { RIGHTS } from '../access.ts';
import type { ReplanTask } from '../task.ts';
import type { Means } from './means.ts';
import { planCommit } from './plan-commit.ts';

interface PullOfCommit {
  number: number;
  state: string;
  head: { sha: string };
  base: { ref: string };
}

/** Plans the open pull requests whose head the commit is: a fork's are not named in webhooks. */
export async function replan({ place, commit }: ReplanTask, means: Means): Promise<void> {
  const { owner, repo } = place;
  const { data } = await means.access
    .repository(place, RIGHTS.sweep, means.signal)
    .request<PullOfCommit[]>(
      'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls',
      { owner, repo, commit_sha: commit },
      { kind: 'pull request', permission: 'pull-requests: read' },
    );
  for (const { number, state, head, base } of data)
    if (state === 'open' && head.sha === commit)
      await planCommit({ kind: 'plan', place, pull: number, base: base.ref, commit }, means);
}
