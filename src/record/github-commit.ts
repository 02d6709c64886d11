import { randomUUID } from 'node:crypto';
import { tagOf, UnsupportedError } from '../model/errors.ts';
import type { GitHub } from '../github/github.ts';
import { LostAnswerError } from '../github/refusal.ts';
import type { RepositoryName } from '../github/repository.ts';
import { COMMIT_MUTATION, RECENT_QUERY } from './github-query.ts';
import { quietMessage } from './quiet-commit.ts';
import type { CommitRequest } from './store.ts';

export interface GitHubBranch {
  github: GitHub;
  repository: RepositoryName;
  branch: string;
  /** Milliseconds. */
  delay: (milliseconds: number) => Promise<void>;
}

const CALL = { kind: 'commit', permission: 'contents: write' };
const LOOK = { kind: 'look for a commit', permission: 'contents: read' };
/** Tries of one commit whose answers are lost, and looks for it after each. */
const TRIES = 4;
const FIRST_LOOK = 1_000;

type Result = { head: string } | 'conflict';

/** One `createCommitOnBranch`, a compare-and-swap by GitHub itself; a missing branch is made with its first commit. */
export async function commitOnBranch(on: GitHubBranch, request: CommitRequest): Promise<Result> {
  const mark = `Flotilla-Write: ${randomUUID()}`;
  const message = quietMessage(request.headline, request.body, [mark]);
  if (request.expectedHead === null) return createBranch(on, request, message);
  const { owner, repo } = on.repository;
  const input = {
    branch: { repositoryNameWithOwner: `${owner}/${repo}`, branchName: on.branch },
    expectedHeadOid: request.expectedHead,
    message,
    fileChanges: {
      additions: [...request.additions].map(([path, text]) => ({
        path,
        contents: Buffer.from(text).toString('base64'),
      })),
      deletions: request.deletions.map((path) => ({ path })),
    },
  };
  for (let lost = 0; ; lost++) {
    try {
      const answer = await on.github.graphql<{ createCommitOnBranch: { commit: { oid: string } } }>(
        COMMIT_MUTATION,
        { input },
        CALL,
      );
      return { head: answer.createCommitOnBranch.commit.oid };
    } catch (error) {
      if (tagOf(error) === 'conflict') return lost === 0 ? 'conflict' : ((await landed(on, mark)) ?? 'conflict');
      if (!(error instanceof LostAnswerError)) throw error;
      // The swap makes it safe to send again: if the first one landed after all, the second is a conflict.
      await on.delay(FIRST_LOOK * 2 ** lost);
      const found = await landed(on, mark);
      if (found) return found;
      if (lost + 1 === TRIES) throw error;
    }
  }
}

/** Whether a commit of ours is on the branch although its answer never came; others may have built on it since. */
async function landed(
  { github, repository, branch }: GitHubBranch,
  mark: string,
): Promise<{ head: string } | undefined> {
  const variables = { ...repository, branch: `refs/heads/${branch}` };
  const answer = await github.graphql<Recent>(RECENT_QUERY, variables, LOOK);
  const nodes = answer.repository.ref?.target.history?.nodes ?? [];
  const found = nodes.find(({ message }) => message.includes(mark));
  return found && { head: found.oid };
}

interface Recent {
  repository: { ref: { target: { history?: { nodes: { oid: string; message: string }[] } } } | null };
}

/** The state branch shares no history with the code: its first commit has no parent. */
async function createBranch(
  { github, repository, branch }: GitHubBranch,
  { additions }: CommitRequest,
  { headline, body }: { headline: string; body: string },
): Promise<Result> {
  const files = [...additions].map(([path, content]) => ({ path, mode: '100644', type: 'blob', content }));
  const made = { ...CALL, repeatable: true, allow: [409] };
  const root = '/repos/{owner}/{repo}/git';
  const tree = await github.request<{ sha: string }>(`POST ${root}/trees`, { ...repository, tree: files }, made);
  if (tree.status === 409)
    throw new UnsupportedError(`${repository.owner}/${repository.repo} has no commit yet, so it cannot keep state`, {
      mend: 'push a first commit to its default branch',
    });
  const text = `${headline}\n\n${body}`;
  const commit = await github.request<{ sha: string }>(
    `POST ${root}/commits`,
    { ...repository, message: text, tree: tree.data.sha, parents: [] },
    made,
  );
  const { sha } = commit.data;
  try {
    const ref = `refs/heads/${branch}`;
    const answer = await github.request<unknown>(
      `POST ${root}/refs`,
      { ...repository, ref, sha },
      { ...CALL, allow: [422] },
    );
    if (answer.status === 201) return { head: sha };
  } catch (error) {
    if (!(error instanceof LostAnswerError)) throw error;
  }
  // It exists: made by another run, or by ours when the answer was lost.
  const { status, data } = await github.request<{ object: { sha: string } }>(
    `GET ${root}/ref/{ref}`,
    { ...repository, ref: `heads/${branch}` },
    { ...LOOK, allow: [404] },
  );
  return status !== 404 && data.object.sha === sha ? { head: sha } : 'conflict';
}
