import { actorOf } from '../auth.ts';
import { emit } from '../events.ts';
import { validationFailed } from '../errors.ts';
import { renderComment, renderIssue, renderLabel } from '../render/issue.ts';
import type { Account, Comment, Issue, Label, Principal, Repository } from '../state.ts';
import { isPullRequest, nextId } from '../state.ts';
import type { World } from '../world.ts';
import { closePull, emitPull } from './pull-sync.ts';

/** Characters an issue's, pull request's or comment's body may have. */
export const bodyLimit = 65_536;

const tooLong = (resource: string, field: string, limit: number) =>
  validationFailed({
    resource,
    field,
    code: 'custom',
    message: `${field} is too long (maximum is ${limit} characters)`,
  });

/** @throws HttpError 422 */
export const checkBody = (resource: string, body: string | null | undefined): void => {
  if (body && body.length > bodyLimit && [...body].length > bodyLimit) throw tooLong(resource, 'body', bodyLimit);
};

/** @throws HttpError 422 */
export const checkTitle = (resource: string, title: string): void => {
  if (title.trim() === '') throw validationFailed({ resource, field: 'title', code: 'missing_field' });
  if ([...title].length > 256) throw tooLong(resource, 'title', 256);
};

export const emitIssue = (
  world: World,
  repository: Repository,
  issue: Issue,
  action: string,
  by: Principal,
  more: Record<string, unknown> = {},
): void =>
  emit(world, {
    repository,
    event: 'issues',
    action,
    by,
    payload: () => ({ issue: renderIssue(world, repository, issue), ...more }),
  });

export const createLabel = (
  world: World,
  repository: Repository,
  fields: { name: string; color?: string | undefined; description?: string | null | undefined },
): Label => {
  const { name } = fields;
  if (repository.labels.has(name.toLowerCase()))
    throw validationFailed({ resource: 'Label', field: 'name', code: 'already_exists' });
  if (name === '' || [...name].length > 50)
    throw validationFailed({ resource: 'Label', field: 'name', code: 'invalid' });
  const color = (fields.color ?? 'ededed').replace(/^#/, '');
  if (!/^[0-9a-fA-F]{6}$/.test(color)) throw validationFailed({ resource: 'Label', field: 'color', code: 'invalid' });
  if (fields.description && [...fields.description].length > 100) throw tooLong('Label', 'description', 100);
  const label: Label = {
    id: nextId(world.state),
    name,
    color: color.toLowerCase(),
    description: fields.description ?? null,
    isDefault: false,
  };
  repository.labels.set(name.toLowerCase(), label);
  return label;
};

/** Labels by name; unknown ones come to be, as GitHub does it. */
export const labelsNamed = (world: World, repository: Repository, names: readonly string[]): Label[] =>
  [...new Set(names.map((name) => name.toLowerCase()))].map(
    (key) =>
      repository.labels.get(key) ??
      createLabel(world, repository, { name: names.find((name) => name.toLowerCase() === key) ?? key }),
  );

export const newIssue = (
  world: World,
  repository: Repository,
  fields: { title: string; body: string | null; author: Account },
): Issue => {
  const now = world.clock();
  const issue: Issue = {
    id: nextId(world.state),
    number: ++repository.lastNumber,
    title: fields.title,
    body: fields.body,
    state: 'open',
    stateReason: null,
    author: fields.author,
    labels: [],
    assignees: [],
    locked: false,
    lockReason: null,
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    closedBy: null,
    pull: undefined,
  };
  repository.issues.set(issue.number, issue);
  return issue;
};

export const createIssue = (
  world: World,
  repository: Repository,
  fields: { title: string; body?: string | null | undefined; labels?: Label[]; assignees?: Account[] },
  by: Principal,
): Issue => {
  checkTitle('Issue', fields.title);
  checkBody('Issue', fields.body);
  const issue = newIssue(world, repository, {
    title: fields.title,
    body: fields.body ?? null,
    author: actorOf(world, by),
  });
  issue.labels = fields.labels ?? [];
  issue.assignees = fields.assignees ?? [];
  emitIssue(world, repository, issue, 'opened', by);
  for (const label of issue.labels) emitLabelled(world, repository, issue, label, 'labeled', by);
  return issue;
};

export interface IssueChanges {
  title?: string | undefined;
  body?: string | null | undefined;
  state?: 'open' | 'closed' | undefined;
  stateReason?: Issue['stateReason'] | undefined;
  labels?: Label[] | undefined;
  assignees?: Account[] | undefined;
}

export const updateIssue = async (
  world: World,
  repository: Repository,
  issue: Issue,
  changes: IssueChanges,
  by: Principal,
): Promise<void> => {
  const kind = issue.pull ? 'PullRequest' : 'Issue';
  if (changes.title !== undefined) checkTitle(kind, changes.title);
  checkBody(kind, changes.body);
  const edited = {
    ...(changes.title !== undefined && changes.title !== issue.title ? { title: { from: issue.title } } : {}),
    ...(changes.body !== undefined && changes.body !== issue.body ? { body: { from: issue.body ?? '' } } : {}),
  };
  issue.title = changes.title ?? issue.title;
  if (changes.body !== undefined) issue.body = changes.body;
  if (changes.assignees) issue.assignees = changes.assignees;
  issue.updatedAt = world.clock();
  if (Object.keys(edited).length > 0) {
    if (isPullRequest(issue)) await emitPull(world, repository, issue, 'edited', by, { changes: edited });
    else emitIssue(world, repository, issue, 'edited', by, { changes: edited });
  }
  if (changes.labels) setLabels(world, repository, issue, changes.labels, by);
  await setIssueState(world, repository, issue, changes, by);
};

const setIssueState = async (
  world: World,
  repository: Repository,
  issue: Issue,
  { state, stateReason }: IssueChanges,
  by: Principal,
): Promise<void> => {
  if (state === 'closed' && issue.state === 'open') {
    issue.stateReason = issue.pull ? null : (stateReason ?? 'completed');
    if (isPullRequest(issue)) return closePull(world, repository, issue, by);
    Object.assign(issue, { state, closedAt: world.clock(), closedBy: actorOf(world, by) });
    emitIssue(world, repository, issue, 'closed', by);
  } else if (state === 'open' && issue.state === 'closed') {
    if (issue.pull?.merged)
      throw validationFailed({
        resource: 'PullRequest',
        field: 'state',
        code: 'invalid',
        message: 'state cannot be changed. The pull request is already merged.',
      });
    Object.assign(issue, {
      state,
      stateReason: issue.pull ? null : 'reopened',
      closedAt: null,
      closedBy: null,
    });
    if (isPullRequest(issue)) await emitPull(world, repository, issue, 'reopened', by);
    else emitIssue(world, repository, issue, 'reopened', by);
  } else if (stateReason !== undefined && stateReason !== null && state !== undefined) issue.stateReason = stateReason;
};

const emitLabelled = (
  world: World,
  repository: Repository,
  issue: Issue,
  label: Label,
  action: 'labeled' | 'unlabeled',
  by: Principal,
): void => {
  const more = { label: renderLabel(world, repository, label) };
  if (isPullRequest(issue)) world.background(emitPull(world, repository, issue, action, by, more));
  else emitIssue(world, repository, issue, action, by, more);
};

export const setLabels = (
  world: World,
  repository: Repository,
  issue: Issue,
  labels: readonly Label[],
  by: Principal,
): void => {
  const before = issue.labels;
  issue.labels = [...labels];
  issue.updatedAt = world.clock();
  for (const label of labels) if (!before.includes(label)) emitLabelled(world, repository, issue, label, 'labeled', by);
  for (const label of before)
    if (!labels.includes(label)) emitLabelled(world, repository, issue, label, 'unlabeled', by);
};

const emitComment = (
  world: World,
  repository: Repository,
  comment: Comment,
  action: 'created' | 'edited' | 'deleted',
  by: Principal,
  more: Record<string, unknown> = {},
): void =>
  emit(world, {
    repository,
    event: 'issue_comment',
    action,
    by,
    payload: () => ({
      issue: renderIssue(world, repository, comment.issue),
      comment: renderComment(world, repository, comment),
      ...more,
    }),
  });

export const addComment = (
  world: World,
  repository: Repository,
  issue: Issue,
  body: string,
  by: Principal,
): Comment => {
  if (body.trim() === '') throw validationFailed({ resource: 'IssueComment', field: 'body', code: 'missing_field' });
  checkBody('IssueComment', body);
  const now = world.clock();
  const comment: Comment = {
    id: nextId(world.state),
    issue,
    body,
    author: actorOf(world, by),
    createdAt: now,
    updatedAt: now,
    reactions: [],
  };
  repository.comments.set(comment.id, comment);
  issue.updatedAt = now;
  emitComment(world, repository, comment, 'created', by);
  return comment;
};

export const editComment = (
  world: World,
  repository: Repository,
  comment: Comment,
  body: string,
  by: Principal,
): void => {
  checkBody('IssueComment', body);
  const from = comment.body;
  comment.body = body;
  comment.updatedAt = world.clock();
  emitComment(world, repository, comment, 'edited', by, { changes: { body: { from } } });
};

export const deleteComment = (world: World, repository: Repository, comment: Comment, by: Principal): void => {
  repository.comments.delete(comment.id);
  emitComment(world, repository, comment, 'deleted', by);
};
