import { entryType } from '../git/objects.ts';
import type { CommitObject, Signature, TreeEntry } from '../git/objects.ts';
import type { GitObject } from '../git/object-store.ts';
import { nodeId } from '../node-id.ts';
import { time } from '../render/account.ts';
import { accountByEmail } from '../render/commit.ts';
import { repositoryPage } from '../render/repository.ts';
import { resolveRevision } from '../rest/revision.ts';
import type { Repository } from '../state.ts';
import { accountNode } from './account-node.ts';
import type { PageArguments } from './connection.ts';
import { connect } from './connection.ts';
import type { GraphqlContext } from './context.ts';

/** Above this many bytes GitHub gives a blob's facts but not its text. */
export const textLimit = 512_000;

const base = (context: GraphqlContext, repository: Repository, oid: string) => ({
  oid,
  abbreviatedOid: oid.slice(0, 7),
  repository: () => context.repositoryNode(repository),
});

const blobNode = (context: GraphqlContext, repository: Repository, oid: string, data: Buffer) => {
  const binary = data.subarray(0, 8000).includes(0);
  return {
    __typename: 'Blob',
    id: () => nodeId('Blob', repository.id, oid),
    ...base(context, repository, oid),
    byteSize: data.length,
    isBinary: binary,
    isTruncated: data.length > textLimit,
    text: () => (binary || data.length > textLimit ? null : data.toString()),
  };
};

const entryNode = (context: GraphqlContext, repository: Repository, path: string, entry: TreeEntry) => {
  const { git } = repository;
  return {
    name: entry.name,
    path,
    mode: Number.parseInt(entry.mode, 8),
    type: entryType(entry.mode),
    oid: entry.oid,
    object: () => {
      if (entryType(entry.mode) === 'commit') return null;
      // What is in memory is answered at once: waiting for each of a thousand files would cost more than the files.
      const known = git.objects.peek(entry.oid);
      return known
        ? objectNode(context, repository, entry.oid, known, path)
        : gitNode(context, repository, entry.oid, path);
    },
    size: async () => (entryType(entry.mode) === 'blob' ? ((await git.blob(entry.oid))?.length ?? 0) : 0),
    repository: () => context.repositoryNode(repository),
  };
};

const treeNode = (context: GraphqlContext, repository: Repository, oid: string, path: string) => ({
  __typename: 'Tree',
  id: () => nodeId('Tree', repository.id, oid),
  ...base(context, repository, oid),
  entries: async () =>
    ((await repository.git.tree(oid)) ?? []).map((entry) =>
      entryNode(context, repository, path === '' ? entry.name : `${path}/${entry.name}`, entry),
    ),
});

const personNode = (context: GraphqlContext, { name, email, date }: Signature) => ({
  name,
  email,
  date: time(date),
  user: () => {
    const account = accountByEmail(context.world, email);
    return account?.type === 'User' ? accountNode(context, account) : null;
  },
});

export const commitNode = (context: GraphqlContext, repository: Repository, oid: string, commit: CommitObject) => {
  const { git } = repository;
  const message = commit.message.replace(/\n$/, '');
  const [headline = '', ...rest] = message.split('\n');
  return {
    __typename: 'Commit',
    id: () => nodeId('Commit', repository.id, oid),
    ...base(context, repository, oid),
    message,
    messageHeadline: headline,
    messageBody: rest.join('\n').trim(),
    authoredDate: time(commit.author.date),
    committedDate: time(commit.committer.date),
    author: () => personNode(context, commit.author),
    committer: () => personNode(context, commit.committer),
    url: () => `${repositoryPage(context.world, repository)}/commit/${oid}`,
    tree: () => treeNode(context, repository, commit.tree, ''),
    file: async ({ path }: { path: string }) => {
      const entry = await git.entry(commit.tree, path);
      return entry ? entryNode(context, repository, path, entry) : null;
    },
    parents: async (page: PageArguments) => {
      const nodes = await Promise.all(commit.parents.map((parent) => gitNode(context, repository, parent)));
      return connect('parents', nodes, page, (node) => node);
    },
    history: async (asked: PageArguments & { path?: string | null; since?: string | null; until?: string | null }) => {
      const oids = await git.history(oid, {
        ...(asked.path ? { path: asked.path } : {}),
        ...(asked.since ? { since: asked.since } : {}),
        ...(asked.until ? { until: asked.until } : {}),
      });
      return connect('history', oids, asked, (one) => gitNode(context, repository, one));
    },
  };
};

const objectNode = (
  context: GraphqlContext,
  repository: Repository,
  oid: string,
  object: GitObject,
  path: string,
): unknown => {
  if (object.type === 'blob') return blobNode(context, repository, oid, object.data);
  if (object.type === 'tree') return treeNode(context, repository, oid, path);
  return repository.git.commit(oid).then((commit) => (commit ? commitNode(context, repository, oid, commit) : null));
};

/** The object of that id as its type's node; `path` is where a tree was found, for its entries' paths. */
export const gitNode = async (
  context: GraphqlContext,
  repository: Repository,
  oid: string,
  path = '',
): Promise<unknown> => {
  const object = await repository.git.objects.read(oid);
  return object ? objectNode(context, repository, oid, object, path) : null;
};

export const refNode = (context: GraphqlContext, repository: Repository, ref: string, oid: string) => {
  const name = /^refs\/(?:heads|tags)\/(.+)$/.exec(ref)?.[1] ?? ref.slice('refs/'.length);
  return {
    __typename: 'Ref',
    id: nodeId('Ref', repository.id, ref),
    name,
    prefix: ref.slice(0, ref.length - name.length),
    repository: () => context.repositoryNode(repository),
    target: () => gitNode(context, repository, oid),
  };
};

/** `branch`, `oid`, `HEAD`, or one of these with `:path`. */
export const expressionNode = async (
  context: GraphqlContext,
  repository: Repository,
  expression: string,
): Promise<unknown> => {
  const colon = expression.indexOf(':');
  const revision = colon < 0 ? expression : expression.slice(0, colon);
  const oid = await resolveRevision(repository, revision || 'HEAD', context.ref);
  if (!oid) return null;
  if (colon < 0) return gitNode(context, repository, oid);
  const path = expression.slice(colon + 1).replace(/^\/|\/$/g, '');
  const tree = (await repository.git.commit(oid))?.tree ?? oid;
  const entry = await repository.git.entry(tree, path);
  return entry ? gitNode(context, repository, entry.oid, path) : null;
};
