import { actorOf } from '../auth.ts';
import type { PathChange } from '../git/git-store.ts';
import { isOid, isSafePath, zeroOid } from '../git/objects.ts';
import { isRefName, RefConflict } from '../git/ref-store.ts';
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
import { moveRefs } from '../operations/refs.ts';
import { noreplyAddress } from '../render/commit.ts';
import type { Comment, Label, Repository } from '../state.ts';
import { isPullRequest } from '../state.ts';
import type { GraphqlContext } from './context.ts';
import { failure, permit, unresolvable } from './context.ts';
import { commitNode, refNode } from './git-nodes.ts';
import { accountNode } from './account-node.ts';
import { commentNode, issueById, issueNode, labelNode, pullNode, repositoryById } from './nodes.ts';

type Input<T> = { input: T & { clientMutationId?: string | null } };

const contents = { permission: 'contents', level: 'write' } as const;
const issuesWrite = { permission: 'issues', level: 'write', user: 'read' } as const;

const stale = (ref: string, expected: string, now: string | undefined) =>
  failure(
    'STALE_DATA',
    `Expected branch to point to "${expected}" but it ${now ? `points to "${now}"` : 'does not exist'}. Pull and try again. (${ref})`,
  );

/** The ref behind a global id. */
const refById = (context: GraphqlContext, id: string): { repository: Repository; ref: string } => {
  const parsed = parseNodeId(id);
  const state = context.world.state;
  const repository = parsed?.type === 'Ref' ? state.repositoriesById.get(Number(parsed.key[0])) : undefined;
  const ref = parsed?.key[1];
  if (!repository || !ref || !repository.git.refs.get(ref)) throw unresolvable(id);
  return { repository, ref };
};

interface CommitOnBranch {
  branch: { id?: string | null; repositoryNameWithOwner?: string | null; branchName?: string | null };
  expectedHeadOid: string;
  message: { headline: string; body?: string | null };
  fileChanges?: {
    additions?: { path: string; contents: string }[] | null;
    deletions?: { path: string }[] | null;
  } | null;
}

const branchOf = (context: GraphqlContext, { branch }: CommitOnBranch): { repository: Repository; ref: string } => {
  if (branch.id) return refById(context, branch.id);
  const { repositoryNameWithOwner: fullName, branchName: name } = branch;
  if (!fullName || !name)
    throw failure('UNPROCESSABLE', 'A branch needs an id, or a repositoryNameWithOwner and a branchName.');
  const repository = context.world.state.repositories.get(fullName.toLowerCase());
  if (!repository) throw failure('NOT_FOUND', `Could not resolve to a Repository with the name '${fullName}'.`);
  return { repository, ref: name.startsWith('refs/heads/') ? name : `refs/heads/${name}` };
};

const changesOf = async (
  repository: Repository,
  tree: string,
  fileChanges: CommitOnBranch['fileChanges'],
): Promise<Map<string, PathChange>> => {
  const { git } = repository;
  const changes = new Map<string, PathChange>();
  for (const { path } of fileChanges?.deletions ?? []) {
    if (!(await git.entry(tree, path)))
      throw failure('UNPROCESSABLE', `A path was requested for deletion which does not exist: ${path}`);
    changes.set(path, null);
  }
  for (const { path, contents: text } of fileChanges?.additions ?? []) {
    if (!isSafePath(path)) throw failure('UNPROCESSABLE', `The path ${JSON.stringify(path)} is not allowed`);
    if (changes.has(path)) throw failure('UNPROCESSABLE', `The path ${path} was given more than once`);
    const known = await git.entry(tree, path);
    changes.set(path, {
      oid: git.writeBlob(Buffer.from(text, 'base64')),
      mode: known && known.mode.startsWith('100') ? known.mode : '100644',
    });
  }
  return changes;
};

const createCommitOnBranch = async ({ input }: Input<CommitOnBranch>, context: GraphqlContext) => {
  const { world, principal } = context;
  const { repository, ref } = branchOf(context, input);
  permit(context, repository, contents);
  const head = repository.git.refs.get(ref);
  if (!head)
    throw failure(
      'NOT_FOUND',
      `Could not find the branch ${ref.slice('refs/heads/'.length)} in ${repository.fullName}`,
    );
  if (head !== input.expectedHeadOid) throw stale(ref, input.expectedHeadOid, head);
  if (input.message.headline.trim() === '')
    throw failure('UNPROCESSABLE', "The commit message headline can't be blank");
  const parent = await repository.git.commit(head);
  if (!parent) throw failure('UNPROCESSABLE', `${ref} is not at a commit`);
  const changes = await changesOf(repository, parent.tree, input.fileChanges);
  const actor = actorOf(world, principal);
  const date = world.clock();
  const { headline, body } = input.message;
  const commit = {
    tree: await repository.git.changeTree(parent.tree, changes),
    parents: [head],
    author: { name: actor.login, email: noreplyAddress(actor), date },
    // GitHub commits and signs for whoever asks.
    committer: { name: 'GitHub', email: 'noreply@github.com', date },
    message: body ? `${headline}\n\n${body}` : headline,
  };
  const oid = repository.git.writeCommit(commit);
  await swap(world, repository, [{ ref, to: oid, from: head }], context);
  return { commit: commitNode(context, repository, oid, commit), ref: refNode(context, repository, ref, oid) };
};

const swap = async (
  world: GraphqlContext['world'],
  repository: Repository,
  updates: { ref: string; to: string; from?: string | undefined }[],
  context: GraphqlContext,
): Promise<void> => {
  try {
    await moveRefs(world, repository, updates, context.principal);
  } catch (error) {
    if (!(error instanceof RefConflict)) throw error;
    const moved = updates.find(
      ({ ref, from }) => from !== undefined && (repository.git.refs.get(ref) ?? zeroOid) !== from,
    );
    if (moved) throw stale(moved.ref, moved.from ?? '', repository.git.refs.get(moved.ref));
    throw failure('UNPROCESSABLE', error.message);
  }
};

const existing = async (repository: Repository, oid: string): Promise<void> => {
  if (!isOid(oid) || !(await repository.git.objects.read(oid)))
    throw failure('UNPROCESSABLE', `No object found for oid ${oid}`);
};

const createRef = async (
  { input }: Input<{ repositoryId: string; name: string; oid: string }>,
  context: GraphqlContext,
) => {
  const repository = repositoryById(context, input.repositoryId);
  permit(context, repository, contents);
  if (!isRefName(input.name)) throw failure('UNPROCESSABLE', `${input.name} is not a valid ref name.`);
  await existing(repository, input.oid);
  if (repository.git.refs.get(input.name))
    throw failure('UNPROCESSABLE', `A ref named "${input.name}" already exists in the repository.`);
  await swap(context.world, repository, [{ ref: input.name, to: input.oid, from: zeroOid }], context);
  return { ref: refNode(context, repository, input.name, input.oid) };
};

const fastForward = async (repository: Repository, ref: string, to: string): Promise<void> => {
  const now = repository.git.refs.get(ref);
  if (now && to !== zeroOid && !(await repository.git.isAncestor(now, to)))
    throw failure('UNPROCESSABLE', 'Update is not a fast forward');
};

const updateRef = async (
  { input }: Input<{ refId: string; oid: string; force?: boolean | null }>,
  context: GraphqlContext,
) => {
  const { repository, ref } = refById(context, input.refId);
  permit(context, repository, contents);
  await existing(repository, input.oid);
  if (!input.force) await fastForward(repository, ref, input.oid);
  await swap(context.world, repository, [{ ref, to: input.oid }], context);
  return { ref: refNode(context, repository, ref, input.oid) };
};

const updateRefs = async (
  {
    input,
  }: Input<{
    repositoryId: string;
    refUpdates: { name: string; afterOid: string; beforeOid?: string | null; force?: boolean | null }[];
  }>,
  context: GraphqlContext,
) => {
  const repository = repositoryById(context, input.repositoryId);
  permit(context, repository, contents);
  for (const { name, afterOid, force } of input.refUpdates) {
    if (afterOid !== zeroOid) await existing(repository, afterOid);
    if (!force) await fastForward(repository, name, afterOid);
  }
  const updates = input.refUpdates.map(({ name, afterOid, beforeOid }) => ({
    ref: name,
    to: afterOid,
    from: beforeOid ?? undefined,
  }));
  await swap(context.world, repository, updates, context);
  return {};
};

const deleteRef = async ({ input }: Input<{ refId: string }>, context: GraphqlContext) => {
  const { repository, ref } = refById(context, input.refId);
  permit(context, repository, contents);
  if (ref === `refs/heads/${repository.defaultBranch}`)
    throw failure('UNPROCESSABLE', 'The default branch cannot be deleted');
  await swap(context.world, repository, [{ ref, to: zeroOid }], context);
  return {};
};

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
    createCommitOnBranch,
    createRef,
    updateRef,
    updateRefs,
    deleteRef,
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
