import { actorOf } from '../auth.ts';
import { emit } from '../events.ts';
import { diffCommits } from '../git/diff.ts';
import type { FileChange } from '../git/diff.ts';
import { zeroOid } from '../git/objects.ts';
import { renderPull } from '../render/pull.ts';
import type { Principal, PullRequest, Repository } from '../state.ts';
import { isPullRequest } from '../state.ts';
import type { World } from '../world.ts';
import type { RefChange } from './ref-change.ts';

const openPulls = (repository: Repository): PullRequest[] =>
  [...repository.issues.values()].filter(
    (issue): issue is PullRequest => isPullRequest(issue) && issue.state === 'open',
  );

export const headRefOf = (issue: PullRequest): string => `refs/pull/${issue.number}/head`;
export const mergeRefOf = (issue: PullRequest): string => `refs/pull/${issue.number}/merge`;

/** The files a pull request changes: against where it left its base. */
export const pullFiles = async (repository: Repository, { pull }: PullRequest): Promise<FileChange[]> =>
  diffCommits(repository.git, await repository.git.mergeBase(pull.baseSha, pull.headSha), pull.headSha);

export const pullFacts = async (repository: Repository, issue: PullRequest) => {
  const { pull } = issue;
  const [files, commits] = await Promise.all([
    pullFiles(repository, issue),
    repository.git.commitsBetween(pull.baseSha, pull.headSha),
  ]);
  return {
    files,
    commits: commits.length,
    mergeable: issue.state === 'open' ? (await testMerge(repository, issue)) !== undefined : null,
  };
};

/**
 * The commit that merging now would make, kept at `refs/pull/{n}/merge`; `undefined` on conflict. Made anew when
 * either side has moved.
 */
export const testMerge = async (repository: Repository, issue: PullRequest): Promise<string | undefined> => {
  const { git } = repository;
  const base = git.refs.get(`refs/heads/${issue.pull.baseRef}`);
  if (!base) return undefined;
  const { headSha } = issue.pull;
  const merged = await git.remember(`test merge ${issue.number} ${base} ${headSha}`, async () => {
    const tree = await git.mergeTree(base, headSha);
    if (!tree) return undefined;
    const github = { name: 'GitHub', email: 'noreply@github.com', date: new Date() };
    const commit = git.writeCommit({
      tree,
      parents: [base, headSha],
      author: github,
      committer: github,
      message: `Merge ${headSha} into ${base}`,
    });
    await git.refs.update([{ ref: mergeRefOf(issue), to: commit }]);
    return commit;
  });
  if (issue.state === 'open') issue.pull.mergeCommitSha = merged ?? null;
  return merged;
};

/** Brings the head's commits into the base's repository and points `refs/pull/{n}/head` at them. */
export const fetchHead = async (repository: Repository, issue: PullRequest): Promise<void> => {
  const { pull } = issue;
  const from = pull.headRepository;
  if (from && from !== repository)
    await repository.git.git('fetch', '--quiet', '--no-tags', from.git.dir, pull.headSha);
  await repository.git.refs.update([{ ref: headRefOf(issue), to: pull.headSha }]);
};

export const emitPull = async (
  world: World,
  repository: Repository,
  issue: PullRequest,
  action: string,
  by: Principal,
  more: Record<string, unknown> = {},
): Promise<void> => {
  const facts = await pullFacts(repository, issue);
  const merge = issue.state === 'open' ? await testMerge(repository, issue) : (issue.pull.mergeCommitSha ?? undefined);
  emit(world, {
    repository,
    event: 'pull_request',
    action,
    by,
    payload: () => ({ number: issue.number, pull_request: renderPull(world, repository, issue, facts), ...more }),
    // A pull request in conflict has no merge to run on.
    ...(merge ? { trigger: { ref: mergeRefOf(issue), sha: merge, pull: issue } } : { quiet: true }),
  });
};

/** What a moved branch means for pull requests from it and into it. */
export const followBranch = async (
  world: World,
  repository: Repository,
  branch: string,
  change: RefChange,
  by: Principal,
): Promise<void> => {
  for (const base of world.state.repositories.values()) {
    for (const issue of openPulls(base)) {
      const { pull } = issue;
      if (pull.headRepository === repository && pull.headRef === branch) {
        if (change.after === zeroOid) await closePull(world, base, issue, by);
        else await synchronize(world, base, issue, change, by);
      } else if (base === repository && pull.baseRef === branch && change.after !== zeroOid) {
        if (await base.git.isAncestor(pull.headSha, change.after))
          await markMerged(world, base, issue, change.after, by);
      }
    }
  }
};

const synchronize = async (
  world: World,
  repository: Repository,
  issue: PullRequest,
  change: RefChange,
  by: Principal,
): Promise<void> => {
  issue.pull.headSha = change.after;
  issue.pull.baseSha = repository.git.refs.get(`refs/heads/${issue.pull.baseRef}`) ?? issue.pull.baseSha;
  issue.updatedAt = world.clock();
  await fetchHead(repository, issue);
  await emitPull(world, repository, issue, 'synchronize', by, { before: change.before, after: change.after });
};

export const closePull = async (
  world: World,
  repository: Repository,
  issue: PullRequest,
  by: Principal,
): Promise<void> => {
  const now = world.clock();
  Object.assign(issue, { state: 'closed', closedAt: now, updatedAt: now, closedBy: actorOf(world, by) });
  await emitPull(world, repository, issue, 'closed', by);
};

export const markMerged = async (
  world: World,
  repository: Repository,
  issue: PullRequest,
  mergeCommit: string,
  by: Principal,
): Promise<void> => {
  const now = world.clock();
  Object.assign(issue.pull, {
    merged: true,
    mergedAt: now,
    mergedBy: actorOf(world, by),
    mergeCommitSha: mergeCommit,
  });
  await closePull(world, repository, issue, by);
};
