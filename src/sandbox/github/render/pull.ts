import type { FileChange } from '../git/diff.ts';
import { nodeId } from '../node-id.ts';
import type { PullRequest, Repository } from '../state.ts';
import type { World } from '../world.ts';
import { renderAccount, time, timeOrNull } from './account.ts';
import { association, issuePage, renderLabel } from './issue.ts';
import { renderRepository, repositoryPage, repositoryUrl } from './repository.ts';

export const renderPullSimple = (world: World, repository: Repository, issue: PullRequest) => {
  const { pull } = issue;
  const api = repositoryUrl(world, repository);
  const url = `${api}/pulls/${issue.number}`;
  const issueUrl = `${api}/issues/${issue.number}`;
  const page = issuePage(world, repository, issue);
  const statuses = `${api}/statuses/${pull.headSha}`;
  const assignees = issue.assignees.map((account) => renderAccount(world, account));
  return {
    url,
    id: pull.id,
    node_id: nodeId('PullRequest', pull.id),
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: issueUrl,
    number: issue.number,
    state: issue.state,
    locked: issue.locked,
    title: issue.title,
    user: renderAccount(world, issue.author),
    body: issue.body,
    created_at: time(issue.createdAt),
    updated_at: time(issue.updatedAt),
    closed_at: timeOrNull(issue.closedAt),
    merged_at: timeOrNull(pull.mergedAt),
    merge_commit_sha: pull.mergeCommitSha,
    assignee: assignees[0] ?? null,
    assignees,
    requested_reviewers: [],
    requested_teams: [],
    labels: issue.labels.map((label) => renderLabel(world, repository, label)),
    milestone: null,
    draft: pull.draft,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${api}/pulls/comments{/number}`,
    comments_url: `${issueUrl}/comments`,
    statuses_url: statuses,
    head: {
      label: `${pull.headOwner.login}:${pull.headRef}`,
      ref: pull.headRef,
      sha: pull.headSha,
      user: renderAccount(world, pull.headOwner),
      repo: pull.headRepository ? renderRepository(world, pull.headRepository) : null,
    },
    base: {
      label: `${repository.owner.login}:${pull.baseRef}`,
      ref: pull.baseRef,
      sha: pull.baseSha,
      user: renderAccount(world, repository.owner),
      repo: renderRepository(world, repository),
    },
    _links: {
      self: { href: url },
      html: { href: page },
      issue: { href: issueUrl },
      comments: { href: `${issueUrl}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: `${api}/pulls/comments{/number}` },
      commits: { href: `${url}/commits` },
      statuses: { href: statuses },
    },
    author_association: association(repository, issue.author),
    auto_merge: null,
    active_lock_reason: issue.lockReason,
  };
};

export interface PullFacts {
  files: readonly FileChange[];
  commits: number;
  /** `null` once it is closed: GitHub no longer says. */
  mergeable: boolean | null;
}

export const renderPull = (world: World, repository: Repository, issue: PullRequest, facts: PullFacts) => {
  const sum = (of: (file: FileChange) => number): number => facts.files.reduce((total, file) => total + of(file), 0);
  return {
    ...renderPullSimple(world, repository, issue),
    merged: issue.pull.merged,
    mergeable: facts.mergeable,
    rebaseable: facts.mergeable,
    mergeable_state: facts.mergeable === null ? 'unknown' : facts.mergeable ? 'clean' : 'dirty',
    merged_by: issue.pull.mergedBy ? renderAccount(world, issue.pull.mergedBy) : null,
    comments: [...repository.comments.values()].filter((comment) => comment.issue === issue).length,
    review_comments: 0,
    maintainer_can_modify: issue.pull.maintainerCanModify,
    commits: facts.commits,
    additions: sum(({ additions }) => additions),
    deletions: sum(({ deletions }) => deletions),
    changed_files: facts.files.length,
  };
};

/** The short form inside checks and workflow runs. */
export const renderPullMinimal = (world: World, repository: Repository, { number, pull }: PullRequest) => {
  const short = (of: Repository) => ({ id: of.id, url: repositoryUrl(world, of), name: of.name });
  return {
    url: `${repositoryUrl(world, repository)}/pulls/${number}`,
    id: pull.id,
    number,
    head: { ref: pull.headRef, sha: pull.headSha, repo: short(pull.headRepository ?? repository) },
    base: { ref: pull.baseRef, sha: pull.baseSha, repo: short(repository) },
  };
};

export const renderFile = (world: World, repository: Repository, headSha: string, file: FileChange) => {
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  const page = repositoryPage(world, repository);
  return {
    sha: file.oid,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${page}/blob/${headSha}/${path}`,
    raw_url: `${page}/raw/${headSha}/${path}`,
    contents_url: `${repositoryUrl(world, repository)}/contents/${path}?ref=${headSha}`,
    ...(file.patch === undefined ? {} : { patch: file.patch }),
    ...(file.previousPath === undefined ? {} : { previous_filename: file.previousPath }),
  };
};
