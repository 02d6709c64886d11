import { notFound } from '../errors.ts';
import { diffCommits } from '../git/diff.ts';
import { renderCommit } from '../render/commit.ts';
import { renderFile } from '../render/pull.ts';
import { repositoryPage, repositoryUrl } from '../render/repository.ts';
import type { Call, Reply } from '../router.ts';
import { json, route } from '../router.ts';
import type { Repository } from '../state.ts';
import { linkHeader, paged, pageOf } from './pagination.ts';
import { commitNamed, resolveRevision } from './revision.ts';

const render = async (call: Call, oid: string) => {
  const commit = await call.repository.git.commit(oid);
  if (!commit) throw notFound();
  return renderCommit(call.world, call.repository, oid, commit);
};

const listCommits = async (call: Call): Promise<Reply> => {
  const { repository } = call;
  const { oid } = await commitNamed(repository, call.query.get('sha') ?? repository.defaultBranch, call.ref);
  const { page, perPage } = pageOf(call);
  const path = call.query.get('path');
  const [since, until] = [call.query.get('since'), call.query.get('until')];
  const plain = !path && !since && !until;
  const filters = { ...(path ? { path } : {}), ...(since ? { since } : {}), ...(until ? { until } : {}) };
  const oids = plain
    ? await repository.git.history(oid, { limit: perPage, skip: (page - 1) * perPage })
    : await repository.git.history(oid, filters);
  const total = plain ? await repository.git.countHistory(oid) : oids.length;
  const shown = plain ? oids : oids.slice((page - 1) * perPage, page * perPage);
  return json(200, await Promise.all(shown.map((one) => render(call, one))), linkHeader(call, total));
};

const getCommit = async (call: Call): Promise<Reply> => {
  const { repository } = call;
  const { oid, commit } = await commitNamed(repository, call.param('ref'), call.ref);
  if (call.headers.accept?.includes('sha')) return { status: 200, raw: Buffer.from(oid) };
  const files = await diffCommits(repository.git, commit.parents[0], oid);
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  return json(200, {
    ...renderCommit(call.world, repository, oid, commit),
    stats: { total: additions + deletions, additions, deletions },
    files: files.map((file) => renderFile(call.world, repository, oid, file)),
  });
};

const compare = async (call: Call): Promise<Reply> => {
  const { repository } = call;
  const basehead = call.param('basehead');
  const dots = basehead.indexOf('...');
  const find = async (name: string): Promise<string | undefined> => {
    // `owner:branch` names a fork's branch.
    const colon = name.indexOf(':');
    if (colon < 0) return resolveRevision(repository, name, call.ref);
    const owner = name.slice(0, colon).toLowerCase();
    const other = [...call.world.state.repositories.values()].find(
      (one) => one.owner.login.toLowerCase() === owner && (one === repository || one.parent === repository),
    );
    const oid = other && (await resolveRevision(other, name.slice(colon + 1), call.ref));
    if (other && other !== repository && oid) await bring(repository, other, oid);
    return oid;
  };
  const [base, head] = await Promise.all([find(basehead.slice(0, dots)), find(basehead.slice(dots + 3))]);
  if (dots < 0 || !base || !head) throw notFound();
  const mergeBase = await repository.git.mergeBase(base, head);
  if (!mergeBase) throw notFound();
  const [ahead, behind, files] = await Promise.all([
    repository.git.commitsBetween(base, head),
    repository.git.commitsBetween(head, base),
    diffCommits(repository.git, mergeBase, head),
  ]);
  const page = `${repositoryPage(call.world, repository)}/compare/${basehead}`;
  const status =
    base === head ? 'identical' : behind.length === 0 ? 'ahead' : ahead.length === 0 ? 'behind' : 'diverged';
  return json(200, {
    url: `${repositoryUrl(call.world, repository)}/compare/${basehead}`,
    html_url: page,
    permalink_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    base_commit: await render(call, base),
    merge_base_commit: await render(call, mergeBase),
    status,
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    commits: await Promise.all(
      ahead
        .slice(0, 250)
        .toReversed()
        .map((oid) => render(call, oid)),
    ),
    files: files.slice(0, 300).map((file) => renderFile(call.world, repository, head, file)),
  });
};

const bring = (into: Repository, from: Repository, oid: string): Promise<unknown> =>
  into.git.git('fetch', '--quiet', '--no-tags', from.git.dir, oid);

const branches = (call: Call): { name: string; oid: string }[] =>
  call.repository.git.refs.list('refs/heads/').map(({ ref, oid }) => ({ name: ref.slice('refs/heads/'.length), oid }));

const listBranches = (call: Call): Promise<Reply> =>
  paged(call, call.query.get('protected') === 'true' ? [] : branches(call), ({ name, oid }) => ({
    name,
    commit: { sha: oid, url: `${repositoryUrl(call.world, call.repository)}/commits/${oid}` },
    protected: false,
  }));

const getBranch = async (call: Call): Promise<Reply> => {
  const name = call.param('branch');
  const oid = call.ref(call.repository, `refs/heads/${name}`);
  if (!oid) throw notFound();
  const self = `${repositoryUrl(call.world, call.repository)}/branches/${encodeURIComponent(name)}`;
  return json(200, {
    name,
    commit: await render(call, oid),
    _links: { self, html: `${repositoryPage(call.world, call.repository)}/tree/${encodeURIComponent(name)}` },
    protected: false,
    protection: { enabled: false, required_status_checks: { enforcement_level: 'off', contexts: [], checks: [] } },
    protection_url: `${self}/protection`,
  });
};

const read = { permission: 'contents', level: 'read' } as const;
const base = '/repos/{owner}/{repo}';

export const commitRoutes = [
  route(`GET ${base}/commits`, read, listCommits),
  route(`GET ${base}/commits/{ref}`, read, getCommit),
  route(`GET ${base}/compare/{basehead}`, read, compare),
  route(`GET ${base}/branches`, read, listBranches),
  route(`GET ${base}/branches/{branch}`, read, getBranch),
];
