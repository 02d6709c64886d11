import { actorOf } from '../auth.ts';
import type { Happening } from '../events.ts';
import { emit } from '../events.ts';
import type { RefUpdate } from '../git/ref-store.ts';
import { zeroOid } from '../git/objects.ts';
import { accountByEmail, noreplyAddress } from '../render/commit.ts';
import { time } from '../render/account.ts';
import { repositoryPage } from '../render/repository.ts';
import type { Principal, Repository } from '../state.ts';
import type { World } from '../world.ts';
import { requestSuites } from './checks.ts';
import { followBranch } from './pull-sync.ts';
import type { RefChange } from './ref-change.ts';

/** Moves refs, all or none, and announces it. @throws RefConflict */
export const moveRefs = async (
  world: World,
  repository: Repository,
  updates: readonly RefUpdate[],
  by: Principal,
): Promise<void> => {
  const before = updates.map(({ ref }) => repository.git.refs.get(ref) ?? zeroOid);
  await repository.git.refs.update(updates);
  await announcePush(
    world,
    repository,
    updates.map(({ ref, to, from }, at) => ({ ref, before: from ?? before[at] ?? zeroOid, after: to })),
    by,
  );
};

/** All that follows from refs having moved, whoever moved them: pull requests, check suites, push events. */
export const announcePush = async (
  world: World,
  repository: Repository,
  changes: readonly RefChange[],
  by: Principal,
): Promise<void> => {
  for (const change of changes) {
    if (change.before === change.after || !/^refs\/(heads|tags)\//.test(change.ref)) continue;
    repository.pushedAt = world.clock();
    const push: Happening = {
      repository,
      event: 'push',
      by,
      payload: () => pushPayload(world, repository, change, by),
      ...(change.after === zeroOid
        ? { quiet: true }
        : { trigger: { ref: change.ref, sha: change.after, before: change.before } }),
    };
    emit(world, push);
    if (!change.ref.startsWith('refs/heads/')) continue;
    const branch = change.ref.slice('refs/heads/'.length);
    if (change.after !== zeroOid) await requestSuites(world, repository, branch, change, by);
    await followBranch(world, repository, branch, change, by);
  }
};

/** Commits a payload lists at most. */
const listed = 2048;

const pushPayload = async (world: World, repository: Repository, change: RefChange, by: Principal) => {
  const { git } = repository;
  const { ref, before, after } = change;
  const deleted = after === zeroOid;
  const created = before === zeroOid;
  const renderOne = async (oid: string) => {
    const commit = await git.commit(oid);
    if (!commit) return null;
    const parent = commit.parents[0] ? await git.commit(commit.parents[0]) : undefined;
    const files = await git.difference(parent?.tree, commit.tree);
    const of = (status: string) => files.filter((file) => file.status === status).map(({ path }) => path);
    const person = ({ name, email, date }: typeof commit.author) => {
      const account = accountByEmail(world, email);
      return { name, email, date: time(date), ...(account ? { username: account.login } : {}) };
    };
    return {
      id: oid,
      tree_id: commit.tree,
      distinct: true,
      message: commit.message.replace(/\n$/, ''),
      timestamp: time(commit.committer.date),
      url: `${repositoryPage(world, repository)}/commit/${oid}`,
      author: person(commit.author),
      committer: person(commit.committer),
      added: of('added'),
      removed: of('removed'),
      modified: of('modified'),
    };
  };
  // One commit on top of the other, as the API makes them, needs no walk.
  const direct = !created && !deleted && (await git.commit(after))?.parents[0] === before;
  const oids =
    deleted || created
      ? deleted
        ? []
        : [after]
      : direct
        ? [after]
        : (await git.commitsBetween(before, after)).slice(0, listed);
  const commits = (await Promise.all(oids.toReversed().map(renderOne))).filter((commit) => commit !== null);
  const pusher = actorOf(world, by);
  return {
    ref,
    before,
    after,
    created,
    deleted,
    forced: !created && !deleted && !direct && !(await git.isAncestor(before, after)),
    base_ref: null,
    compare: `${repositoryPage(world, repository)}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
    commits: created ? [] : commits,
    head_commit: commits.at(-1) ?? null,
    pusher: { name: pusher.login, email: noreplyAddress(pusher) },
  };
};
