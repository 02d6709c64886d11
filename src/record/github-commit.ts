import { randomUUID } from 'node:crypto';
import { tagOf, UnsupportedError } from '../model/errors.ts';
import type { CallOptions, GitHub } from '../github/github.ts';
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
  on: GitHubBranch,
  { additions }: CommitRequest,
  { headline, body }: { headline: string; body: string },
): Promise<Result> {
  const files = [...additions].map(([path, content]) => ({ path, mode: '100644', type: 'blob', content }));
  const tree = await make(on, 'trees', { tree: files }, { ...CALL, repeatable: true });
  const message = `${headline}\n\n${body}`;
  const commit = await make(on, 'commits', { message, tree: tree.sha, parents: [] }, { ...CALL, repeatable: true });
  const created = await make(
    on,
    'refs',
    { ref: `refs/heads/${on.branch}`, sha: commit.sha },
    { ...CALL, allow: [422] },
  ).catch((error: unknown) => {
    if (error instanceof LostAnswerError) return undefined;
    throw error;
  });
  if (created?.status === 201) return { head: commit.sha };
  // It exists: made by another run, or by ours when the answer was lost.
  const { status, data } = await on.github.request<{ object: { sha: string } }>(
    'GET /repos/{owner}/{repo}/git/ref/{ref}',
    { ...on.repository, ref: `heads/${on.branch}` },
    { ...LOOK, allow: [404] },
  );
  return status !== 404 && data.object.sha === commit.sha ? { head: commit.sha } : 'conflict';
}

/** Posts a git object or ref. GitHub takes none in a repository without a commit. */
async function make(
  { github, repository }: GitHubBranch,
  what: 'trees' | 'commits' | 'refs',
  body: Record<string, unknown>,
  call: CallOptions,
): Promise<{ status: number; sha: string }> {
  const options = { ...call, allow: [409, ...(call.allow ?? [])] };
  const route = `POST /repos/{owner}/{repo}/git/${what}`;
  const { status, data } = await github.request<{ sha: string }>(route, { ...repository, ...body }, options);
  if (status === 409)
    throw new UnsupportedError(`${repository.owner}/${repository.repo} has no commit yet, so it cannot keep state`, {
      mend: 'push a first commit to its default branch',
    });
  return { status, sha: data.sha };
}
