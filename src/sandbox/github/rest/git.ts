import { actorOf } from '../auth.ts';
import { HttpError, notFound, unprocessable } from '../errors.ts';
import { entryType, isOid, isSafePath, zeroOid } from '../git/objects.ts';
import type { TreeEntry } from '../git/objects.ts';
import type { PathChange } from '../git/git-store.ts';
import { sign } from '../git/sign.ts';
import { isRefName, RefConflict } from '../git/ref-store.ts';
import { nodeId } from '../node-id.ts';
import { moveRefs } from '../operations/refs.ts';
import { noreplyAddress, renderGitCommit } from '../render/commit.ts';
import { repositoryUrl } from '../render/repository.ts';
import type { Call } from '../router.ts';
import { json, noContent, route } from '../router.ts';
import {
  asObject,
  optionalDate,
  optionalFlag,
  optionalList,
  optionalObject,
  optionalText,
  requiredText,
} from './body.ts';
import { paged } from './pagination.ts';

const read = { permission: 'contents', level: 'read' } as const;
const write = { permission: 'contents', level: 'write' } as const;

const typeOf = async (call: Call, oid: string): Promise<string> =>
  (await call.repository.git.objects.read(oid))?.type ?? 'commit';

const renderRef = async (call: Call, ref: string, oid: string) => {
  const api = repositoryUrl(call.world, call.repository);
  const type = await typeOf(call, oid);
  return {
    ref,
    node_id: nodeId('Ref', call.repository.id, ref),
    url: `${api}/git/${ref}`,
    object: { sha: oid, type, url: `${api}/git/${type}s/${oid}` },
  };
};

const full = (name: string): string => (name.startsWith('refs/') ? name : `refs/${name}`);

const getRef = async (call: Call) => {
  const ref = full(call.param('ref'));
  const oid = call.ref(call.repository, ref);
  if (!oid) throw notFound();
  return json(200, await renderRef(call, ref, oid));
};

const matchingRefs = (call: Call) => {
  const prefix = full(call.param('ref'));
  return paged(call, call.repository.git.refs.list(prefix), ({ ref, oid }) => renderRef(call, ref, oid));
};

const swap = async (call: Call, update: { ref: string; to: string; from?: string }, lost: string): Promise<void> => {
  try {
    await moveRefs(call.world, call.repository, [update], call.principal);
  } catch (error) {
    if (error instanceof RefConflict) throw unprocessable(lost);
    throw error;
  }
};

const createRef = async (call: Call) => {
  const ref = requiredText(call.body, 'ref');
  const sha = requiredText(call.body, 'sha');
  if (!isRefName(ref) || ref.split('/').length < 3) throw unprocessable(`${ref} is not a valid ref name.`);
  if (call.repository.git.refs.list('refs/').length === 0) throw new HttpError(409, 'Git Repository is empty.');
  if (!isOid(sha) || !(await call.repository.git.objects.read(sha))) throw unprocessable('Object does not exist');
  if (call.repository.git.refs.get(ref)) throw unprocessable('Reference already exists');
  await swap(call, { ref, to: sha, from: zeroOid }, 'Reference already exists');
  const rendered = await renderRef(call, ref, sha);
  return json(201, rendered, { location: rendered.url });
};

const updateRef = async (call: Call) => {
  const ref = full(call.param('ref'));
  const sha = requiredText(call.body, 'sha');
  const before = call.repository.git.refs.get(ref);
  if (!before) throw unprocessable('Reference does not exist');
  if (!isOid(sha) || !(await call.repository.git.objects.read(sha))) throw unprocessable('Object does not exist');
  if (!optionalFlag(call.body, 'force') && !(await call.repository.git.isAncestor(before, sha)))
    throw unprocessable('Update is not a fast forward');
  await swap(call, { ref, to: sha, from: before }, 'Reference cannot be updated');
  return json(200, await renderRef(call, ref, sha));
};

const deleteRef = async (call: Call) => {
  const ref = full(call.param('ref'));
  const before = call.repository.git.refs.get(ref);
  if (!before) throw unprocessable('Reference does not exist');
  if (ref === `refs/heads/${call.repository.defaultBranch}`) throw unprocessable('Cannot delete the default branch');
  await swap(call, { ref, to: zeroOid, from: before }, 'Reference does not exist');
  return noContent();
};

const createBlob = (call: Call) => {
  const content = requiredText(call.body, 'content');
  const encoding = optionalText(call.body, 'encoding') ?? 'utf-8';
  const sha = call.repository.git.writeBlob(Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8'));
  const url = `${repositoryUrl(call.world, call.repository)}/git/blobs/${sha}`;
  return json(201, { url, sha }, { location: url });
};

const getBlob = async (call: Call) => {
  const sha = call.param('file_sha');
  const data = await call.repository.git.blob(sha);
  if (!data) throw notFound();
  if (call.headers.accept?.includes('raw')) return { status: 200, raw: data };
  return json(200, {
    sha,
    node_id: nodeId('Blob', call.repository.id, sha),
    size: data.length,
    url: `${repositoryUrl(call.world, call.repository)}/git/blobs/${sha}`,
    content: wrapped(data),
    encoding: 'base64',
  });
};

/** Base64 in lines of 60, as GitHub gives it. */
export const wrapped = (data: Buffer): string => data.toString('base64').replace(/.{1,60}/g, '$&\n');

const renderTree = async (call: Call, sha: string, entries: readonly TreeEntry[]) => {
  const api = repositoryUrl(call.world, call.repository);
  const tree = await Promise.all(
    entries.map(async ({ mode, name, oid }) => {
      const type = entryType(mode);
      const size = type === 'blob' ? { size: (await call.repository.git.blob(oid))?.length ?? 0 } : {};
      const url = type === 'commit' ? {} : { url: `${api}/git/${type}s/${oid}` };
      return { path: name, mode: mode.padStart(6, '0'), type, sha: oid, ...size, ...url };
    }),
  );
  return { sha, url: `${api}/git/trees/${sha}`, tree, truncated: false };
};

/** A tree by its own id, a commit's, or a branch's name. */
const treeNamed = async (call: Call, name: string): Promise<string> => {
  const oid = isOid(name)
    ? name
    : (call.ref(call.repository, `refs/heads/${name}`) ?? call.ref(call.repository, `refs/tags/${name}`));
  const commit = oid && (await call.repository.git.commit(oid));
  const tree = commit ? commit.tree : oid;
  if (!tree || !(await call.repository.git.tree(tree))) throw notFound();
  return tree;
};

const getTree = async (call: Call) => {
  const sha = await treeNamed(call, call.param('tree_sha'));
  if (!call.query.has('recursive'))
    return json(200, await renderTree(call, sha, (await call.repository.git.tree(sha)) ?? []));
  const all: TreeEntry[] = [];
  const walk = async (oid: string, prefix: string): Promise<void> => {
    for (const entry of (await call.repository.git.tree(oid)) ?? []) {
      all.push({ ...entry, name: prefix + entry.name });
      if (entryType(entry.mode) === 'tree') await walk(entry.oid, `${prefix}${entry.name}/`);
    }
  };
  await walk(sha, '');
  return json(200, await renderTree(call, sha, all));
};

const createTree = async (call: Call) => {
  const { git } = call.repository;
  const items = optionalList(call.body, 'tree') ?? [];
  const base = optionalText(call.body, 'base_tree');
  const baseTree = base === undefined ? undefined : await treeNamed(call, base).catch(() => undefined);
  if (base !== undefined && !baseTree) throw unprocessable('base_tree is not a valid tree oid');
  const changes = new Map<string, PathChange>();
  for (const item of items) {
    const entry = asObject(item, 'tree');
    const path = requiredText(entry, 'path');
    if (!isSafePath(path)) throw unprocessable(`tree.path contains a malformed path component`);
    const mode = (optionalText(entry, 'mode') ?? '100644').replace(/^0/, '');
    if (entry['sha'] === null) {
      changes.set(path, null);
      continue;
    }
    const content = optionalText(entry, 'content');
    const oid = content === undefined ? requiredText(entry, 'sha') : git.writeBlob(content);
    if (content === undefined && mode !== '160000' && !(await git.objects.read(oid)))
      throw unprocessable(`tree.sha ${oid} is not a valid ${entryType(mode)}`);
    changes.set(path, { oid, mode });
  }
  const sha = await git.changeTree(baseTree, changes);
  const rendered = await renderTree(call, sha, (await git.tree(sha)) ?? []);
  return json(201, rendered, { location: rendered.url });
};

const signature = (call: Call, key: string, now: Date) => {
  const given = optionalObject(call.body, key);
  const actor = actorOf(call.world, call.principal);
  if (!given) return { name: actor.login, email: noreplyAddress(actor), date: now };
  return {
    name: requiredText(given, 'name'),
    email: requiredText(given, 'email'),
    date: optionalDate(given, 'date') ?? now,
  };
};

const createCommit = async (call: Call) => {
  const { git } = call.repository;
  const tree = requiredText(call.body, 'tree');
  const message = requiredText(call.body, 'message');
  const parents = (optionalList(call.body, 'parents') ?? []).map(String);
  if (!(await git.tree(tree))) throw unprocessable('Tree SHA does not exist');
  for (const parent of parents)
    if (!(await git.commit(parent))) throw unprocessable('Parent SHA does not exist or is not a commit object');
  const now = call.world.clock();
  const author = signature(call, 'author', now);
  const committer = call.body['committer'] ? signature(call, 'committer', now) : author;
  const made = { tree, parents, author, committer, message };
  // GitHub signs for an App that leaves it to GitHub who wrote the commit.
  const isBots = call.principal.kind !== 'user' && !call.body['author'] && !call.body['committer'];
  const commit = isBots ? sign(made) : made;
  const sha = git.writeCommit(commit);
  const rendered = renderGitCommit(call.world, call.repository, sha, commit);
  return json(201, rendered, { location: rendered.url });
};

const getCommit = async (call: Call) => {
  const sha = call.param('commit_sha');
  const commit = await call.repository.git.commit(sha);
  if (!commit) throw notFound();
  return json(200, renderGitCommit(call.world, call.repository, sha, commit));
};

const base = '/repos/{owner}/{repo}/git';

export const gitRoutes = [
  route(`GET ${base}/ref/{ref}`, read, getRef),
  route(`GET ${base}/matching-refs/{ref}`, read, matchingRefs),
  route(`POST ${base}/refs`, write, createRef),
  route(`PATCH ${base}/refs/{ref}`, write, updateRef),
  route(`DELETE ${base}/refs/{ref}`, write, deleteRef),
  route(`POST ${base}/blobs`, write, createBlob),
  route(`GET ${base}/blobs/{file_sha}`, read, getBlob),
  route(`POST ${base}/trees`, write, createTree),
  route(`GET ${base}/trees/{tree_sha}`, read, getTree),
  route(`POST ${base}/commits`, write, createCommit),
  route(`GET ${base}/commits/{commit_sha}`, read, getCommit),
];
