import { actorOf } from '../auth.ts';
import type { PathChange } from '../git/git-store.ts';
import { isOid, isSafePath, zeroOid } from '../git/objects.ts';
import { sign } from '../git/sign.ts';
import { isRefName, RefConflict } from '../git/ref-store.ts';
import { parseNodeId } from '../node-id.ts';
import { moveRefs } from '../operations/refs.ts';
import { noreplyAddress } from '../render/commit.ts';
import type { Repository } from '../state.ts';
import type { GraphqlContext } from './context.ts';
import { failure, permit, unresolvable } from './context.ts';
import { commitNode, refNode } from './git-nodes.ts';
import type { Input } from './input.ts';
import { repositoryById } from './nodes.ts';

const contents = { permission: 'contents', level: 'write' } as const;

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
  const commit = sign({
    tree: await repository.git.changeTree(parent.tree, changes),
    parents: [head],
    author: { name: actor.login, email: noreplyAddress(actor), date },
    // GitHub commits and signs for whoever asks.
    committer: { name: 'GitHub', email: 'noreply@github.com', date },
    message: body ? `${headline}\n\n${body}` : headline,
  });
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

/** Commits and refs. */
export const gitMutations = { createCommitOnBranch, createRef, updateRef, updateRefs, deleteRef };
