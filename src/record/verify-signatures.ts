import type { Violation } from '../model/verification.ts';
import type { StateCommit } from './store.ts';

/** In whose name the workflow's own token commits. */
export const WORKFLOW_ACTOR = 'github-actions[bot]';

/** The address of commits that GitHub makes for somebody by its API; only its own key signs for it. */
const BY_GITHUB = 'noreply@github.com';

/** Commits that GitHub did not sign for one of `actors`. Those of a local repository have no signature to look at. */
export function unsigned(commits: readonly StateCommit[], actors: ReadonlySet<string>): Violation[] {
  return commits.flatMap(({ id, signature }) => {
    if (!signature) return [];
    const what = fault(signature, actors);
    return what === undefined ? [] : [{ commit: id, file: null, line: null, what }];
  });
}

function fault(
  { verified, reason, author, committer }: NonNullable<StateCommit['signature']>,
  actors: ReadonlySet<string>,
): string | undefined {
  if (!verified || reason !== 'valid') return `it is not signed by GitHub: its signature is ${reason}`;
  // GitHub signs for a bot under the bot's own name where its token made the commit piece by piece.
  if (committer !== BY_GITHUB && !(committer === author && author?.endsWith('[bot]')))
    return `it is signed by ${committer ?? 'somebody'}, not by GitHub`;
  if (author === null || !actors.has(author))
    return `GitHub signed it for ${author ?? 'nobody it knows'}, who is not expected to write here`;
  return undefined;
}
