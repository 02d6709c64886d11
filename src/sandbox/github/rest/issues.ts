import { atLeast, authorize, roleOf } from '../auth.ts';
import { HttpError, notFound, validationFailed } from '../errors.ts';
import { nodeId } from '../node-id.ts';
import {
  addComment,
  createIssue,
  deleteComment,
  editComment,
  emitIssue,
  labelsNamed,
  setLabels,
  updateIssue,
} from '../operations/issues.ts';
import { emitPull } from '../operations/pull-sync.ts';
import { renderAccount, time } from '../render/account.ts';
import { renderComment, renderIssue, renderLabel } from '../render/issue.ts';
import type { Call, Reply } from '../router.ts';
import { json, noContent, route } from '../router.ts';
import type { Account, Comment, Issue, Label } from '../state.ts';
import { isPullRequest, nextId } from '../state.ts';
import { accountOf } from '../world.ts';
import { optionalList, optionalOneOf, optionalText, requiredText } from './body.ts';
import { paged } from './pagination.ts';

/** The permission for pull requests serves for their comments and labels, but not for issues'. */
const admit = (call: Call, issue: Issue): void => {
  if (issue.pull) return;
  const level = call.method === 'GET' ? 'read' : 'write';
  authorize(call.principal, call.repository, {
    permission: 'issues',
    level,
    ...(level === 'write' ? { user: 'read' } : {}),
  });
};

const issueNamed = (call: Call): Issue => {
  const issue = call.repository.issues.get(Number(call.param('issue_number')));
  if (!issue) throw notFound();
  admit(call, issue);
  return issue;
};

const commentNamed = (call: Call): Comment => {
  const comment = call.repository.comments.get(Number(call.param('comment_id')));
  if (!comment) throw notFound();
  admit(call, comment.issue);
  return comment;
};

/** Names, or objects that have one. */
const labelNames = (call: Call): string[] | undefined =>
  optionalList(call.body, 'labels')?.map((label) => {
    const name = typeof label === 'object' && label !== null ? (label as { name?: unknown }).name : label;
    if (typeof name !== 'string' || name === '')
      throw validationFailed({ resource: 'Label', field: 'name', code: 'missing_field' });
    return name;
  });

/** Users without triage rights may open issues, but their labels and assignees are dropped. */
const mayTriage = ({ principal, repository }: Call): boolean =>
  principal.kind !== 'user' || atLeast(roleOf(repository, principal.account), 'triage');

const labelsOf = (call: Call): Label[] | undefined => {
  const names = labelNames(call);
  return names && mayTriage(call) ? labelsNamed(call.world, call.repository, names) : undefined;
};

const assigneesOf = (call: Call): Account[] | undefined => {
  const single = optionalText(call.body, 'assignee');
  const logins = optionalList(call.body, 'assignees')?.map(String) ?? (single ? [single] : undefined);
  if (!logins || !mayTriage(call)) return undefined;
  return logins.map((login) => {
    const account = accountOf(call.world, login);
    if (!account) throw validationFailed({ resource: 'Issue', field: 'assignees', code: 'invalid', value: login });
    return account;
  });
};

const reply = (call: Call, status: number, issue: Issue): Reply => {
  const rendered = renderIssue(call.world, call.repository, issue);
  return json(status, rendered, status === 201 ? { location: rendered.url } : undefined);
};

const list = (call: Call): Promise<Reply> => {
  const { query } = call;
  const state = query.get('state') ?? 'open';
  const labels = query.get('labels')?.toLowerCase().split(',').filter(Boolean) ?? [];
  const since = query.get('since');
  const found = [...call.repository.issues.values()].filter(
    (issue) =>
      (state === 'all' || issue.state === state) &&
      labels.every((name) => issue.labels.some((label) => label.name.toLowerCase() === name)) &&
      (since === null || issue.updatedAt >= new Date(since)) &&
      (!query.get('creator') || issue.author.login.toLowerCase() === query.get('creator')?.toLowerCase()),
  );
  const byUpdate = query.get('sort') === 'updated';
  const upwards = (query.get('direction') ?? 'desc') === 'asc' ? 1 : -1;
  const at = (issue: Issue): number => (byUpdate ? issue.updatedAt : issue.createdAt).getTime();
  found.sort((a, b) => (at(a) - at(b) || a.number - b.number) * upwards);
  return paged(call, found, (issue) => renderIssue(call.world, call.repository, issue));
};

const create = (call: Call): Reply => {
  const issue = createIssue(
    call.world,
    call.repository,
    {
      title: requiredText(call.body, 'title'),
      body: optionalText(call.body, 'body'),
      labels: labelsOf(call) ?? [],
      assignees: assigneesOf(call) ?? [],
    },
    call.principal,
  );
  return reply(call, 201, issue);
};

const update = async (call: Call): Promise<Reply> => {
  const issue = issueNamed(call);
  if (call.principal.kind === 'user' && !mayTriage(call) && issue.author !== call.actor)
    throw new HttpError(403, 'Must have admin rights to Repository.');
  await updateIssue(
    call.world,
    call.repository,
    issue,
    {
      title: optionalText(call.body, 'title'),
      body: call.body['body'] === null ? null : optionalText(call.body, 'body'),
      state: optionalOneOf(call.body, 'state', ['open', 'closed']),
      stateReason: optionalOneOf(call.body, 'state_reason', ['completed', 'not_planned', 'duplicate', 'reopened']),
      labels: labelsOf(call),
      assignees: assigneesOf(call),
    },
    call.principal,
  );
  return reply(call, 200, issue);
};

/** Locks (also again, for another reason) or unlocks, and tells the Apps. */
const setLock = async (call: Call, locked: boolean): Promise<Reply> => {
  const issue = issueNamed(call);
  const reason = optionalOneOf(call.body, 'lock_reason', ['off-topic', 'too heated', 'resolved', 'spam']) ?? null;
  Object.assign(issue, { locked, lockReason: locked ? reason : null });
  const action = locked ? 'locked' : 'unlocked';
  if (isPullRequest(issue)) await emitPull(call.world, call.repository, issue, action, call.principal);
  else emitIssue(call.world, call.repository, issue, action, call.principal);
  return noContent();
};

const comments = (call: Call, found: Comment[]): Promise<Reply> => {
  const since = call.query.get('since');
  return paged(
    call,
    found.filter(({ updatedAt }) => since === null || updatedAt >= new Date(since)),
    (comment) => renderComment(call.world, call.repository, comment),
  );
};

const listComments = (call: Call): Promise<Reply> => {
  const issue = issueNamed(call);
  return comments(
    call,
    [...call.repository.comments.values()].filter((comment) => comment.issue === issue),
  );
};

const listAllComments = (call: Call): Promise<Reply> => {
  const all = [...call.repository.comments.values()];
  return comments(call, call.query.get('direction') === 'desc' ? all.toReversed() : all);
};

const createComment = (call: Call): Reply => {
  const issue = issueNamed(call);
  // Whoever may write keeps the right to comment on what is locked.
  if (issue.locked && call.principal.kind === 'user' && !atLeast(roleOf(call.repository, call.actor), 'write'))
    throw new HttpError(403, 'Unable to create comment because issue is locked.');
  const comment = addComment(call.world, call.repository, issue, requiredText(call.body, 'body'), call.principal);
  const rendered = renderComment(call.world, call.repository, comment);
  return json(201, rendered, { location: rendered.url });
};

/** One's own comment, or any with write access. */
const changeable = (call: Call): Comment => {
  const comment = commentNamed(call);
  const others = call.principal.kind === 'user' && comment.author !== call.actor;
  if (others && !atLeast(roleOf(call.repository, call.actor), 'write'))
    throw new HttpError(403, 'Must have admin rights to Repository.');
  return comment;
};

const updateComment = (call: Call): Reply => {
  const comment = changeable(call);
  editComment(call.world, call.repository, comment, requiredText(call.body, 'body'), call.principal);
  return json(200, renderComment(call.world, call.repository, comment));
};

const removeComment = (call: Call): Reply => {
  deleteComment(call.world, call.repository, changeable(call), call.principal);
  return noContent();
};

const react = (call: Call): Reply => {
  const comment = commentNamed(call);
  const contents = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes'] as const;
  const content = optionalOneOf({ content: requiredText(call.body, 'content') }, 'content', contents) ?? '+1';
  const known = comment.reactions.find((one) => one.content === content && one.author === call.actor);
  const reaction = known ?? {
    id: nextId(call.world.state),
    content,
    author: call.actor,
    createdAt: call.world.clock(),
  };
  if (!known) comment.reactions.push(reaction);
  return json(known ? 200 : 201, {
    id: reaction.id,
    node_id: nodeId('Reaction', reaction.id),
    user: renderAccount(call.world, reaction.author),
    content,
    created_at: time(reaction.createdAt),
  });
};

const issueLabels = (call: Call, issue: Issue): Reply =>
  json(
    200,
    issue.labels.map((label) => renderLabel(call.world, call.repository, label)),
  );

const relabel =
  (pick: (now: Label[], given: Label[]) => Label[]) =>
  (call: Call): Reply => {
    const issue = issueNamed(call);
    const given = labelsNamed(call.world, call.repository, labelNames(call) ?? []);
    setLabels(call.world, call.repository, issue, [...new Set(pick(issue.labels, given))], call.principal);
    return issueLabels(call, issue);
  };

const removeLabel = (call: Call): Reply => {
  const issue = issueNamed(call);
  const label = issue.labels.find(({ name }) => name.toLowerCase() === call.param('name').toLowerCase());
  if (!label) throw new HttpError(404, 'Label does not exist');
  setLabels(
    call.world,
    call.repository,
    issue,
    issue.labels.filter((one) => one !== label),
    call.principal,
  );
  return issueLabels(call, issue);
};

const read = { permission: 'issues', level: 'read' } as const;
const thread = { permission: 'issues', or: 'pull_requests' } as const;
const readThread = { ...thread, level: 'read' } as const;
const write = { ...thread, level: 'write', user: 'read' } as const;
const triage = { ...thread, level: 'write', user: 'triage' } as const;
const base = '/repos/{owner}/{repo}';
const issue = `${base}/issues/{issue_number}`;

export const issueRoutes = [
  route(`GET ${base}/issues`, read, list),
  route(`POST ${base}/issues`, { permission: 'issues', level: 'write', user: 'read' }, create),
  route(`GET ${issue}`, readThread, (call) => reply(call, 200, issueNamed(call))),
  route(`PATCH ${issue}`, write, update),
  route(`PUT ${issue}/lock`, triage, (call) => setLock(call, true)),
  route(`DELETE ${issue}/lock`, triage, (call) => setLock(call, false)),
  route(`GET ${issue}/comments`, readThread, listComments),
  route(`POST ${issue}/comments`, write, createComment),
  route(`GET ${base}/issues/comments`, read, listAllComments),
  route(`GET ${base}/issues/comments/{comment_id}`, readThread, (call) =>
    json(200, renderComment(call.world, call.repository, commentNamed(call))),
  ),
  route(`PATCH ${base}/issues/comments/{comment_id}`, write, updateComment),
  route(`DELETE ${base}/issues/comments/{comment_id}`, write, removeComment),
  route(`POST ${base}/issues/comments/{comment_id}/reactions`, write, react),
  route(`GET ${issue}/labels`, readThread, (call) => issueLabels(call, issueNamed(call))),
  route(
    `POST ${issue}/labels`,
    triage,
    relabel((now, given) => [...now, ...given]),
  ),
  route(
    `PUT ${issue}/labels`,
    triage,
    relabel((_, given) => given),
  ),
  route(`DELETE ${issue}/labels/{name}`, triage, removeLabel),
];
