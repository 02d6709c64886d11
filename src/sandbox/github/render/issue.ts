import { atLeast, roleOf } from '../auth.ts';
import { nodeId } from '../node-id.ts';
import type { Account, Comment, Issue, Label, Repository } from '../state.ts';
import type { World } from '../world.ts';
import { renderAccount, time, timeOrNull } from './account.ts';
import { repositoryPage, repositoryUrl } from './repository.ts';

export const association = (repository: Repository, account: Account): string =>
  repository.owner.id === account.id
    ? 'OWNER'
    : account.type === 'User' && atLeast(roleOf(repository, account), 'triage')
      ? 'COLLABORATOR'
      : 'NONE';

export const renderLabel = (world: World, repository: Repository, label: Label) => ({
  id: label.id,
  node_id: nodeId('Label', label.id),
  url: `${repositoryUrl(world, repository)}/labels/${encodeURIComponent(label.name)}`,
  name: label.name,
  color: label.color,
  default: label.isDefault,
  description: label.description,
});

export const issuePage = (world: World, repository: Repository, issue: Issue): string =>
  `${repositoryPage(world, repository)}/${issue.pull ? 'pull' : 'issues'}/${issue.number}`;

export const issueNodeId = (issue: Issue): string =>
  issue.pull ? nodeId('PullRequest', issue.pull.id) : nodeId('Issue', issue.id);

export const reactionCounts = (url: string, contents: readonly string[]) => {
  const count = (content: string): number => contents.filter((one) => one === content).length;
  return {
    url: `${url}/reactions`,
    total_count: contents.length,
    '+1': count('+1'),
    '-1': count('-1'),
    laugh: count('laugh'),
    hooray: count('hooray'),
    confused: count('confused'),
    heart: count('heart'),
    rocket: count('rocket'),
    eyes: count('eyes'),
  };
};

export const renderIssue = (world: World, repository: Repository, issue: Issue) => {
  const url = `${repositoryUrl(world, repository)}/issues/${issue.number}`;
  const assignees = issue.assignees.map((account) => renderAccount(world, account));
  return {
    url,
    repository_url: repositoryUrl(world, repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: issuePage(world, repository, issue),
    id: issue.id,
    node_id: issueNodeId(issue),
    number: issue.number,
    title: issue.title,
    user: renderAccount(world, issue.author),
    labels: issue.labels.map((label) => renderLabel(world, repository, label)),
    state: issue.state,
    locked: issue.locked,
    assignee: assignees[0] ?? null,
    assignees,
    milestone: null,
    comments: [...repository.comments.values()].filter((comment) => comment.issue === issue).length,
    created_at: time(issue.createdAt),
    updated_at: time(issue.updatedAt),
    closed_at: timeOrNull(issue.closedAt),
    author_association: association(repository, issue.author),
    active_lock_reason: issue.lockReason,
    body: issue.body,
    closed_by: issue.closedBy ? renderAccount(world, issue.closedBy) : null,
    reactions: reactionCounts(url, []),
    timeline_url: `${url}/timeline`,
    performed_via_github_app: null,
    state_reason: issue.stateReason,
    ...(issue.pull
      ? {
          draft: issue.pull.draft,
          pull_request: {
            url: `${repositoryUrl(world, repository)}/pulls/${issue.number}`,
            html_url: issuePage(world, repository, issue),
            diff_url: `${issuePage(world, repository, issue)}.diff`,
            patch_url: `${issuePage(world, repository, issue)}.patch`,
            merged_at: timeOrNull(issue.pull.mergedAt),
          },
        }
      : {}),
  };
};

export const renderComment = (world: World, repository: Repository, comment: Comment) => {
  const url = `${repositoryUrl(world, repository)}/issues/comments/${comment.id}`;
  return {
    url,
    html_url: `${issuePage(world, repository, comment.issue)}#issuecomment-${comment.id}`,
    issue_url: `${repositoryUrl(world, repository)}/issues/${comment.issue.number}`,
    id: comment.id,
    node_id: nodeId('IssueComment', comment.id),
    user: renderAccount(world, comment.author),
    created_at: time(comment.createdAt),
    updated_at: time(comment.updatedAt),
    body: comment.body,
    author_association: association(repository, comment.author),
    reactions: reactionCounts(
      url,
      comment.reactions.map(({ content }) => content),
    ),
    performed_via_github_app: null,
  };
};
