import type { GitHub } from './github.ts';
import { pages } from './pages.ts';
import type { RepositoryName } from './repository.ts';

export interface PullRequest {
  number: number;
  state: 'open' | 'closed';
  merged: boolean;
  draft: boolean;
  author: string;
  headSha: string;
  headRef: string;
  baseRef: string;
  baseSha: string;
  /** From another repository: nothing of it may run, and it sees no secret. */
  fork: boolean;
}

interface Answer {
  number: number;
  state: 'open' | 'closed';
  merged: boolean;
  draft?: boolean;
  user: { login: string } | null;
  head: { sha: string; ref: string; repo: { full_name: string } | null };
  base: { sha: string; ref: string; repo: { full_name: string } };
}

const CALL = { kind: 'pull request', permission: 'pull-requests: read' };

export async function readPullRequest(
  github: GitHub,
  repository: RepositoryName,
  number: number,
): Promise<PullRequest> {
  const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';
  const { data } = await github.request<Answer>(route, { ...repository, pull_number: number }, CALL);
  return {
    number: data.number,
    state: data.state,
    merged: data.merged,
    draft: data.draft ?? false,
    author: data.user?.login ?? 'ghost',
    headSha: data.head.sha,
    headRef: data.head.ref,
    baseRef: data.base.ref,
    baseSha: data.base.sha,
    // A fork that was deleted since is still not our repository.
    fork: data.head.repo?.full_name !== data.base.repo.full_name,
  };
}

/** Paths that a pull request changes, both names of a renamed file; GitHub tells of 3,000 at most. */
export async function changedFiles(github: GitHub, repository: RepositoryName, number: number): Promise<string[]> {
  const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}/files';
  const paths: string[] = [];
  for await (const file of pages<{ filename: string; previous_filename?: string }>(
    github,
    route,
    { ...repository, pull_number: number },
    CALL,
  ))
    paths.push(file.filename, ...(file.previous_filename ? [file.previous_filename] : []));
  return paths;
}
