import type { GitHub } from './github.ts';
import { pages } from './pages.ts';
import { LostAnswerError } from './refusal.ts';
import type { RepositoryName } from './repository.ts';

interface Comment {
  id: number;
  body?: string;
  user: { type: string } | null;
  author_association: string;
}

const CALL = { kind: 'comment', permission: 'issues: write and pull-requests: write' };
/** People who could edit our comments anyway. */
const TRUSTED = new Set(['OWNER', 'MEMBER', 'COLLABORATOR']);

/** The hidden first line by which a comment is found again. */
export const commentMarker = (name: string): string => `<!-- flotilla:${name} -->`;

/**
 * One comment a marker on an issue or pull request: written the first time, changed afterwards, untouched when it says the
 * same. `body` without the marker, at most 65,000 characters.
 */
export async function stickyComment(
  github: GitHub,
  repository: RepositoryName,
  issue: number,
  name: string,
  body: string,
): Promise<void> {
  const text = `${commentMarker(name)}\n${body}`;
  const known = await findComment(github, repository, issue, name);
  if (known) {
    if (known.body !== text) await updateComment(github, repository, known.id, text);
    return;
  }
  try {
    await createComment(github, repository, issue, text);
  } catch (error) {
    if (!(error instanceof LostAnswerError) || !(await findComment(github, repository, issue, name))) throw error;
  }
}

/** Gives the comment's id. */
export async function createComment(
  github: GitHub,
  repository: RepositoryName,
  issue: number,
  body: string,
): Promise<number> {
  const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
  return (await github.request<Comment>(route, { ...repository, issue_number: issue, body }, CALL)).data.id;
}

export async function updateComment(
  github: GitHub,
  repository: RepositoryName,
  id: number,
  body: string,
): Promise<void> {
  const route = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';
  await github.request(route, { ...repository, comment_id: id, body }, { ...CALL, repeatable: true });
}

/** The oldest comment with the marker; a stranger's that only pretends is not ours. */
async function findComment(
  github: GitHub,
  repository: RepositoryName,
  issue: number,
  name: string,
): Promise<Comment | undefined> {
  const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
  for await (const comment of pages<Comment>(github, route, { ...repository, issue_number: issue }, CALL)) {
    const ours = comment.user?.type === 'Bot' || TRUSTED.has(comment.author_association);
    if (ours && comment.body?.startsWith(commentMarker(name))) return comment;
  }
  return undefined;
}
