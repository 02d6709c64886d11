import { actorOf } from '../auth.ts';
import { parseNodeId } from '../node-id.ts';
import {
  addComment,
  createIssue,
  createLabel,
  deleteComment,
  editComment,
  setLabels,
  updateIssue,
} from '../operations/issues.ts';
import type { Comment, Label, Repository } from '../state.ts';
import { isPullRequest } from '../state.ts';
import type { GraphqlContext } from './context.ts';
import { failure, permit, unresolvable } from './context.ts';
import { accountNode } from './account-node.ts';
import { gitMutations } from './git-mutations.ts';
import type { Input } from './input.ts';
import { commentNode, issueById, issueNode, labelNode, pullNode, repositoryById } from './nodes.ts';

const issuesWrite = { permission: 'issues', level: 'write', user: 'read' } as const;

const labelsById = (repository: Repository, ids: readonly string[]): Label[] =>
  ids.map((id) => {
    const parsed = parseNodeId(id);
    const label = [...repository.labels.values()].find(
      (one) => parsed?.type === 'Label' && String(one.id) === parsed.key[0],
    );
    if (!label) throw unresolvable(id);
    return label;
  });

const newIssue = (
  { input }: Input<{ repositoryId: string; title: string; body?: string | null; labelIds?: string[] | null }>,
  context: GraphqlContext,
) => {
  const repository = repositoryById(context, input.repositoryId);
  permit(context, repository, issuesWrite);
  const labels = labelsById(repository, input.labelIds ?? []);
  const issue = createIssue(
    context.world,
    repository,
    { title: input.title, body: input.body, labels },
    context.principal,
  );
  return { issue: issueNode(context, repository, issue) };
};

/** The issue of an id, if it may be changed. */
const writable = (context: GraphqlContext, id: string) => {
  const place = issueById(context, id);
  permit(context, place.repository, {
    permission: 'issues',
    or: place.issue.pull ? 'pull_requests' : undefined,
    level: 'write',
    user: 'triage',
  });
  return place;
};

const changeIssue = async (
  {
    input,
  }: Input<{
    id: string;
    title?: string | null;
    body?: string | null;
    state?: 'OPEN' | 'CLOSED' | null;
    labelIds?: string[] | null;
  }>,
  context: GraphqlContext,
) => {
  const { repository, issue } = writable(context, input.id);
  await updateIssue(
    context.world,
    repository,
    issue,
    {
      title: input.title ?? undefined,
      body: input.body ?? undefined,
      state: input.state ? (input.state === 'OPEN' ? 'open' : 'closed') : undefined,
      labels: input.labelIds ? labelsById(repository, input.labelIds) : undefined,
    },
    context.principal,
  );
  const actor = actorOf(context.world, context.principal);
  return { issue: issueNode(context, repository, issue), actor: accountNode(context, actor) };
};

const closeIssue = async (
  { input }: Input<{ issueId: string; stateReason?: 'COMPLETED' | 'NOT_PLANNED' | 'DUPLICATE' | null }>,
  context: GraphqlContext,
) => {
  const { repository, issue } = writable(context, input.issueId);
  const stateReason = (input.stateReason?.toLowerCase() ?? 'completed') as 'completed' | 'not_planned' | 'duplicate';
  await updateIssue(context.world, repository, issue, { state: 'closed', stateReason }, context.principal);
  return { issue: issueNode(context, repository, issue) };
};

const reopenIssue = async ({ input }: Input<{ issueId: string }>, context: GraphqlContext) => {
  const { repository, issue } = writable(context, input.issueId);
  await updateIssue(context.world, repository, issue, { state: 'open' }, context.principal);
  return { issue: issueNode(context, repository, issue) };
};

const comment = ({ input }: Input<{ subjectId: string; body: string }>, context: GraphqlContext) => {
  const { repository, issue } = issueById(context, input.subjectId);
  permit(context, repository, { ...issuesWrite, or: issue.pull ? 'pull_requests' : undefined });
  if (issue.locked) throw failure('FORBIDDEN', 'Unable to create comment because issue is locked.');
  const made = commentNode(
    context,
    repository,
    addComment(context.world, repository, issue, input.body, context.principal),
  );
  const subject = isPullRequest(issue) ? pullNode(context, repository, issue) : issueNode(context, repository, issue);
  return { commentEdge: { cursor: made.id, node: made }, subject };
};

const commentById = (context: GraphqlContext, id: string): { repository: Repository; comment: Comment } => {
  const parsed = parseNodeId(id);
  for (const repository of context.world.state.repositories.values()) {
    const found = parsed?.type === 'IssueComment' ? repository.comments.get(Number(parsed.key[0])) : undefined;
    if (!found) continue;
    permit(context, repository, { permission: 'issues', level: 'write' });
    return { repository, comment: found };
  }
  throw unresolvable(id);
};

const changeComment = ({ input }: Input<{ id: string; body: string }>, context: GraphqlContext) => {
  const { repository, comment: found } = commentById(context, input.id);
  editComment(context.world, repository, found, input.body, context.principal);
  return { issueComment: commentNode(context, repository, found) };
};

const removeComment = ({ input }: Input<{ id: string }>, context: GraphqlContext) => {
  const { repository, comment: found } = commentById(context, input.id);
  deleteComment(context.world, repository, found, context.principal);
  return {};
};

const relabel =
  (pick: (now: Label[], given: Label[]) => Label[]) =>
  ({ input }: Input<{ labelableId: string; labelIds: string[] }>, context: GraphqlContext) => {
    const { repository, issue } = writable(context, input.labelableId);
    const labels = pick(issue.labels, labelsById(repository, input.labelIds));
    setLabels(context.world, repository, issue, labels, context.principal);
    return {
      labelable: isPullRequest(issue) ? pullNode(context, repository, issue) : issueNode(context, repository, issue),
    };
  };

const newLabel = (
  { input }: Input<{ repositoryId: string; name: string; color: string; description?: string | null }>,
  context: GraphqlContext,
) => {
  const repository = repositoryById(context, input.repositoryId);
  permit(context, repository, { permission: 'issues', level: 'write' });
  return { label: labelNode(context, repository, createLabel(context.world, repository, input)) };
};

type Mutation = (args: unknown, context: GraphqlContext) => Promise<object> | object;

/** Every mutation, echoing `clientMutationId` as GitHub does. */
export const mutations = Object.fromEntries(
  Object.entries({
    ...gitMutations,
    createIssue: newIssue,
    updateIssue: changeIssue,
    closeIssue,
    reopenIssue,
    addComment: comment,
    updateIssueComment: changeComment,
    deleteIssueComment: removeComment,
    addLabelsToLabelable: relabel((now, given) => [...new Set([...now, ...given])]),
    removeLabelsFromLabelable: relabel((now, given) => now.filter((label) => !given.includes(label))),
    createLabel: newLabel,
  }).map(([name, run]) => [
    name,
    async (args: { input: { clientMutationId?: string | null } }, context: GraphqlContext) => ({
      ...(await (run as Mutation)(args, context)),
      clientMutationId: args.input.clientMutationId ?? null,
    }),
  ]),
);
