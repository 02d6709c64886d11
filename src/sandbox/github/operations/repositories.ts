import { join } from 'node:path';
import { GitStore } from '../git/git-store.ts';
import type { PathChange } from '../git/git-store.ts';
import { noreplyAddress } from '../render/commit.ts';
import type { Account, Repository } from '../state.ts';
import { nextId } from '../state.ts';
import type { World } from '../world.ts';
import { unprocessable } from '../errors.ts';

/** The labels GitHub gives a new repository. */
const usualLabels = [
  ['bug', 'd73a4a', "Something isn't working"],
  ['documentation', '0075ca', 'Improvements or additions to documentation'],
  ['enhancement', 'a2eeef', 'New feature or request'],
  ['question', 'd876e3', 'Further information is requested'],
] as const;

/** A file's new text; `null` removes it; a mode for what is not a plain file. */
export type FileChangeInput =
  | string
  | Buffer
  | null
  | { content: string | Buffer; mode: '100644' | '100755' | '120000' };

export const writeChanges = ({ git }: Repository, files: Record<string, FileChangeInput>): Map<string, PathChange> =>
  new Map(
    Object.entries(files).map(([path, file]): [string, PathChange] => {
      if (file === null) return [path, null];
      if (typeof file === 'string' || Buffer.isBuffer(file))
        return [path, { oid: git.writeBlob(file), mode: '100644' }];
      return [path, { oid: git.writeBlob(file.content), mode: file.mode }];
    }),
  );

export interface NewRepository {
  name: string;
  owner: Account;
  private: boolean;
  description?: string | undefined;
  defaultBranch: string;
  parent?: Repository;
}

/** A repository without commits. */
export const addRepository = async (world: World, fields: NewRepository): Promise<Repository> => {
  const fullName = `${fields.owner.login}/${fields.name}`;
  if (world.state.repositories.has(fullName.toLowerCase()))
    throw unprocessable(`The repository ${fullName} exists already.`);
  const id = nextId(world.state);
  const now = world.clock();
  const repository: Repository = {
    id,
    name: fields.name,
    owner: fields.owner,
    fullName,
    private: fields.private,
    description: fields.description ?? null,
    defaultBranch: fields.defaultBranch,
    parent: fields.parent,
    createdAt: now,
    pushedAt: now,
    git: await GitStore.create(join(world.root, `${id}.git`), fields.defaultBranch),
    collaborators: new Map(),
    lastNumber: 0,
    issues: new Map(),
    comments: new Map(),
    labels: new Map(
      usualLabels.map(([name, color, description]) => [
        name,
        { id: nextId(world.state), name, color, description, isDefault: true },
      ]),
    ),
    suites: new Map(),
    checks: new Map(),
    statuses: [],
    deployments: new Map(),
    environments: new Map(),
    workflows: new Map(),
    runs: new Map(),
    secrets: {},
    variables: {},
  };
  world.state.repositories.set(fullName.toLowerCase(), repository);
  world.state.repositoriesById.set(id, repository);
  return repository;
};

/** The first commit of a repository, on its default branch; it sets nothing off. */
export const firstCommit = async (
  world: World,
  repository: Repository,
  files: Record<string, FileChangeInput>,
  author: Account,
): Promise<string> => {
  const date = world.clock();
  const by = { name: author.login, email: noreplyAddress(author), date };
  const commit = repository.git.writeCommit({
    tree: await repository.git.changeTree(undefined, writeChanges(repository, files)),
    parents: [],
    author: by,
    committer: by,
    message: 'Initial commit',
  });
  await repository.git.refs.update([{ ref: `refs/heads/${repository.defaultBranch}`, to: commit }]);
  return commit;
};

export const forkRepository = async (
  world: World,
  parent: Repository,
  owner: Account,
  name: string,
): Promise<Repository> => {
  const fork = await addRepository(world, {
    name,
    owner,
    private: parent.private,
    defaultBranch: parent.defaultBranch,
    parent,
  });
  await fork.git.git('fetch', '--quiet', parent.git.dir, '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*');
  return fork;
};
