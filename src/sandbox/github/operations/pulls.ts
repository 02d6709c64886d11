import { actorOf } from '../auth.ts';
import { HttpError, unprocessable, validationFailed } from '../errors.ts';
import { RefConflict } from '../git/ref-store.ts';
import { sign } from '../git/sign.ts';
import { noreplyAddress } from '../render/commit.ts';
import type { Principal, PullRequest, Repository } from '../state.ts';
import { isPullRequest, nextId } from '../state.ts';
import type { World } from '../world.ts';
import { accountOf } from '../world.ts';
import { checkBody, checkTitle, newIssue } from './issues.ts';
import { emitPull, fetchHead, markMerged, testMerge } from './pull-sync.ts';
import { moveRefs } from './refs.ts';

export interface NewPull {
  title: string;
  body?: string | null | undefined;
  /** `branch` or `owner:branch`. */
  head: string;
  base: string;
  draft?: boolean | undefined;
  maintainerCanModify?: boolean | undefined;
}

const invalid = (field: string) => validationFailed({ resource: 'PullRequest', field, code: 'invalid' });

/** The repository of that owner in the same family: the repository itself or one of its forks. */
const familyMember = (world: World, repository: Repository, owner: string): Repository | undefined =>
  [...world.state.repositories.values()].find(
    (other) =>
      other.owner.login.toLowerCase() === owner.toLowerCase() &&
      (other === repository || other.parent === repository || repository.parent === other),
  );

export const createPull = async (
  world: World,
  repository: Repository,
  fields: NewPull,
  by: Principal,
): Promise<PullRequest> => {
  checkTitle('PullRequest', fields.title);
  checkBody('PullRequest', fields.body);
  const colon = fields.head.indexOf(':');
  const owner = colon < 0 ? repository.owner.login : fields.head.slice(0, colon);
  const branch = fields.head.slice(colon + 1);
  const headOwner = accountOf(world, owner);
  const headRepository = familyMember(world, repository, owner);
  const headSha = headRepository?.git.refs.get(`refs/heads/${branch}`);
  if (!headOwner || !headRepository || !headSha) throw invalid('head');
  const baseSha = repository.git.refs.get(`refs/heads/${fields.base}`);
  if (!baseSha) throw invalid('base');
  for (const issue of repository.issues.values())
    if (
      isPullRequest(issue) &&
      issue.state === 'open' &&
      issue.pull.headRepository === headRepository &&
      issue.pull.headRef === branch &&
      issue.pull.baseRef === fields.base
    )
      throw validationFailed({
        resource: 'PullRequest',
        field: 'head',
        code: 'custom',
        message: `A pull request already exists for ${owner}:${branch}.`,
      });
  const pull = {
    id: nextId(world.state),
    draft: fields.draft ?? false,
    headRepository,
    headOwner,
    headRef: branch,
    headSha,
    baseRef: fields.base,
    baseSha,
    merged: false,
    mergedAt: null,
    mergedBy: null,
    mergeCommitSha: null,
    maintainerCanModify: fields.maintainerCanModify ?? headRepository !== repository,
  };
  if (headRepository !== repository)
    await repository.git.git('fetch', '--quiet', '--no-tags', headRepository.git.dir, headSha);
  if ((await repository.git.commitsBetween(baseSha, headSha)).length === 0)
    throw validationFailed({
      resource: 'PullRequest',
      field: 'head',
      code: 'custom',
      message: `No commits between ${fields.base} and ${fields.head}`,
    });
  const issue = newIssue(world, repository, {
    title: fields.title,
    body: fields.body ?? null,
    author: actorOf(world, by),
  });
  issue.pull = pull;
  const request = issue as PullRequest;
  await fetchHead(repository, request);
  await emitPull(world, repository, request, 'opened', by);
  return request;
};

export interface MergeOptions {
  method: 'merge' | 'squash';
  title?: string | undefined;
  message?: string | undefined;
  /** The head that is meant to be merged. */
  sha?: string | undefined;
}

const notMergeable = () => new HttpError(405, 'Pull Request is not mergeable');

/** Merges and gives the commit made. @throws HttpError 405 when it cannot be merged, 409 when the head has moved */
export const mergePull = async (
  world: World,
  repository: Repository,
  issue: PullRequest,
  options: MergeOptions,
  by: Principal,
): Promise<string> => {
  const { pull } = issue;
  if (issue.state === 'closed' || pull.draft) throw notMergeable();
  if (options.sha !== undefined && options.sha !== pull.headSha)
    throw new HttpError(409, 'Head branch was modified. Review and try the merge again.');
  const baseRef = `refs/heads/${pull.baseRef}`;
  const base = repository.git.refs.get(baseRef);
  if (!base) throw unprocessable('Base does not exist');
  const test = await testMerge(repository, issue);
  const tree = test && (await repository.git.commit(test))?.tree;
  if (!tree) throw notMergeable();
  const actor = actorOf(world, by);
  const now = world.clock();
  const from = `${pull.headOwner.login}/${pull.headRef}`;
  const [title, message] =
    options.method === 'merge'
      ? [options.title ?? `Merge pull request #${issue.number} from ${from}`, options.message ?? issue.title]
      : [options.title ?? `${issue.title} (#${issue.number})`, options.message ?? ''];
  const merged = sign({
    tree,
    parents: options.method === 'merge' ? [base, pull.headSha] : [base],
    author: { name: actor.login, email: noreplyAddress(actor), date: now },
    committer: { name: 'GitHub', email: 'noreply@github.com', date: now },
    message: message === '' ? title : `${title}\n\n${message}`,
  });
  const commit = repository.git.writeCommit(merged);
  // Recorded as merged before the branch moves, so that its move is not taken for someone else's merge.
  issue.state = 'closed';
  try {
    await moveRefs(world, repository, [{ ref: baseRef, to: commit, from: base }], by);
  } catch (error) {
    issue.state = 'open';
    if (error instanceof RefConflict)
      throw new HttpError(405, 'Base branch was modified. Review and try the merge again.');
    throw error;
  }
  await markMerged(world, repository, issue, commit, by);
  return commit;
};
