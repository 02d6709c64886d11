import { HttpError, invalidRequest, notFound, unprocessable } from '../errors.ts';
import type { TreeEntry } from '../git/objects.ts';
import { entryType, isSafePath, zeroOid } from '../git/objects.ts';
import { RefConflict } from '../git/ref-store.ts';
import { sign } from '../git/sign.ts';
import { moveRefs } from '../operations/refs.ts';
import { noreplyAddress, renderGitCommit } from '../render/commit.ts';
import { repositoryPage, repositoryUrl } from '../render/repository.ts';
import type { Call, Reply } from '../router.ts';
import { json, route } from '../router.ts';
import { optionalDate, optionalObject, optionalText, requiredText } from './body.ts';
import { wrapped } from './git.ts';
import { resolveRevision } from './revision.ts';

/** Above this, JSON answers leave `content` empty: the raw media type still gives it. */
const inlineLimit = 1024 * 1024;

const encoded = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

const types = { blob: 'file', tree: 'dir', commit: 'submodule' } as const;

const renderEntry = async (call: Call, path: string, ref: string, entry: TreeEntry) => {
  const api = repositoryUrl(call.world, call.repository);
  const page = repositoryPage(call.world, call.repository);
  const kind = entryType(entry.mode);
  const url = `${api}/contents/${encoded(path)}?ref=${encodeURIComponent(ref)}`;
  const gitUrl = kind === 'commit' ? null : `${api}/git/${kind}s/${entry.oid}`;
  const html = `${page}/${kind === 'tree' ? 'tree' : 'blob'}/${encodeURIComponent(ref)}/${encoded(path)}`;
  return {
    name: path.slice(path.lastIndexOf('/') + 1),
    path,
    sha: entry.oid,
    size: kind === 'blob' ? ((await call.repository.git.blob(entry.oid))?.length ?? 0) : 0,
    url,
    html_url: html,
    git_url: gitUrl,
    download_url: kind === 'blob' ? `${page}/raw/${encodeURIComponent(ref)}/${encoded(path)}` : null,
    type: types[kind],
    _links: { self: url, git: gitUrl, html },
  };
};

const getContents = async (call: Call): Promise<Reply> => {
  const path = call.param('path').replace(/^\/|\/$/g, '');
  const ref = call.query.get('ref') ?? call.repository.defaultBranch;
  const oid = await resolveRevision(call.repository, ref, call.ref);
  const commit = oid && (await call.repository.git.commit(oid));
  if (!commit)
    throw new HttpError(
      404,
      call.query.has('ref') ? `No commit found for the ref ${ref}` : 'This repository is empty.',
    );
  const { git } = call.repository;
  const entry = await git.entry(commit.tree, path);
  if (!entry) throw notFound();
  const kind = entryType(entry.mode);
  const accept = call.headers.accept ?? '';
  if (kind === 'tree') {
    const entries = (await git.tree(entry.oid)) ?? [];
    const rendered = await Promise.all(
      entries.map((one) => renderEntry(call, path === '' ? one.name : `${path}/${one.name}`, ref, one)),
    );
    if (!accept.includes('object')) return json(200, rendered);
    return json(200, { ...(await renderEntry(call, path, ref, entry)), entries: rendered });
  }
  const data = (await git.blob(entry.oid)) ?? Buffer.alloc(0);
  if (accept.includes('raw'))
    return { status: 200, raw: data, headers: { 'content-type': 'application/vnd.github.raw; charset=utf-8' } };
  const inline = data.length <= inlineLimit;
  return json(200, {
    ...(await renderEntry(call, path, ref, entry)),
    content: inline ? wrapped(data) : '',
    encoding: inline ? 'base64' : 'none',
  });
};

const person = (call: Call, key: string) => {
  const given = optionalObject(call.body, key);
  return (
    given && {
      name: requiredText(given, 'name'),
      email: requiredText(given, 'email'),
      date: optionalDate(given, 'date') ?? call.world.clock(),
    }
  );
};

/** Creates, changes or deletes one file: one commit on a branch, made only if nobody was faster. */
const changeFile = async (call: Call, remove: boolean): Promise<Reply> => {
  const { git } = call.repository;
  const path = call.param('path');
  if (!isSafePath(path)) throw unprocessable('path contains a malformed path component');
  const message = requiredText(call.body, 'message');
  const content = remove ? undefined : requiredText(call.body, 'content');
  const sha = optionalText(call.body, 'sha');
  if (remove && sha === undefined) throw invalidRequest('"sha" wasn\'t supplied.');
  const branch = optionalText(call.body, 'branch') ?? call.repository.defaultBranch;
  const ref = `refs/heads/${branch}`;
  const parent = git.refs.get(ref);
  if (!parent && git.refs.list('refs/heads/').length > 0) throw new HttpError(404, `Branch ${branch} not found`);
  const base = parent === undefined ? undefined : await git.commit(parent);
  const known = base === undefined ? undefined : await git.entry(base.tree, path);
  if (remove && !known) throw notFound();
  if (known && sha === undefined) throw invalidRequest('"sha" wasn\'t supplied.');
  if (sha !== undefined && known?.oid !== sha) throw new HttpError(409, `${path} does not match ${sha}`);
  const oid = content === undefined ? undefined : git.writeBlob(Buffer.from(content, 'base64'));
  const now = call.world.clock();
  const { actor } = call;
  const author = person(call, 'author') ??
    person(call, 'committer') ?? { name: actor.login, email: noreplyAddress(actor), date: now };
  const written = {
    tree: await git.changeTree(
      base?.tree,
      new Map([[path, oid === undefined ? null : { oid, mode: known?.mode ?? '100644' }]]),
    ),
    parents: parent ? [parent] : [],
    author,
    committer: person(call, 'committer') ?? { name: 'GitHub', email: 'noreply@github.com', date: now },
    message,
  };
  const commit = person(call, 'committer') ? written : sign(written);
  const made = git.writeCommit(commit);
  try {
    await moveRefs(call.world, call.repository, [{ ref, to: made, from: parent ?? zeroOid }], call.principal);
  } catch (error) {
    if (error instanceof RefConflict) throw new HttpError(409, `is at ${git.refs.get(ref)} but expected ${parent}`);
    throw error;
  }
  return json(known ? 200 : 201, {
    content: oid === undefined ? null : await renderEntry(call, path, branch, { name: path, mode: '100644', oid }),
    commit: renderGitCommit(call.world, call.repository, made, commit),
  });
};

const readme = async (call: Call): Promise<Reply> => {
  const ref = call.query.get('ref') ?? call.repository.defaultBranch;
  const oid = await resolveRevision(call.repository, ref, call.ref);
  const commit = oid && (await call.repository.git.commit(oid));
  const entries = commit ? await call.repository.git.tree(commit.tree) : undefined;
  const entry = entries?.find(({ name, mode }) => /^readme(\.md|\.txt)?$/i.test(name) && entryType(mode) === 'blob');
  if (!entry) throw notFound();
  return getContents({ ...call, param: () => entry.name });
};

const read = { permission: 'contents', level: 'read' } as const;
const write = { permission: 'contents', level: 'write' } as const;
const base = '/repos/{owner}/{repo}';

export const contentsRoutes = [
  route(`GET ${base}/contents`, read, (call) => getContents({ ...call, param: () => '' })),
  route(`GET ${base}/contents/{path}`, read, getContents),
  route(`PUT ${base}/contents/{path}`, write, (call) => changeFile(call, false)),
  route(`DELETE ${base}/contents/{path}`, write, (call) => changeFile(call, true)),
  route(`GET ${base}/readme`, read, readme),
];
