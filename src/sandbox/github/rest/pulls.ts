import { notFound, unprocessable, validationFailed, HttpError } from '../errors.ts';
import { updateIssue } from '../operations/issues.ts';
import { createPull, mergePull } from '../operations/pulls.ts';
import { pullFacts, pullFiles } from '../operations/pull-sync.ts';
import { renderCommit } from '../render/commit.ts';
import { renderFile, renderPull, renderPullSimple } from '../render/pull.ts';
import type { Call, Reply } from '../router.ts';
import { json, route } from '../router.ts';
import type { PullRequest } from '../state.ts';
import { isPullRequest } from '../state.ts';
import { optionalFlag, optionalOneOf, optionalText, requiredText } from './body.ts';
import { paged } from './pagination.ts';
import { resolveRevision } from './revision.ts';

const pullNamed = (call: Call): PullRequest => {
  const issue = call.repository.issues.get(Number(call.param('pull_number')));
  if (!issue || !isPullRequest(issue)) throw notFound();
  return issue;
};

const render = async (call: Call, issue: PullRequest) =>
  renderPull(call.world, call.repository, issue, await pullFacts(call.repository, issue));

const allPulls = (call: Call): PullRequest[] => [...call.repository.issues.values()].filter(isPullRequest);

const listPulls = (call: Call): Promise<Reply> => {
  const state = call.query.get('state') ?? 'open';
  const head = call.query.get('head');
  const base = call.query.get('base');
  const found = allPulls(call).filter(
    (issue) =>
      (state === 'all' || issue.state === state) &&
      // A head without its owner filters nothing: GitHub ignores it.
      (!head?.includes(':') ||
        `${issue.pull.headOwner.login}:${issue.pull.headRef}`.toLowerCase() === head.toLowerCase()) &&
      (base === null || issue.pull.baseRef === base),
  );
  const byUpdate = call.query.get('sort') === 'updated';
  const at = (issue: PullRequest): number => (byUpdate ? issue.updatedAt : issue.createdAt).getTime();
  const upwards = (call.query.get('direction') ?? 'desc') === 'asc' ? 1 : -1;
  found.sort((a, b) => (at(a) - at(b) || a.number - b.number) * upwards);
  return paged(call, found, (issue) => renderPullSimple(call.world, call.repository, issue));
};

const create = async (call: Call): Promise<Reply> => {
  const { body } = call;
  const issue = await createPull(
    call.world,
    call.repository,
    {
      title: requiredText(body, 'title'),
      body: optionalText(body, 'body'),
      head: requiredText(body, 'head'),
      base: requiredText(body, 'base'),
      draft: optionalFlag(body, 'draft'),
      maintainerCanModify: optionalFlag(body, 'maintainer_can_modify'),
    },
    call.principal,
  );
  const rendered = await render(call, issue);
  return json(201, rendered, { location: rendered.url });
};

const update = async (call: Call): Promise<Reply> => {
  const issue = pullNamed(call);
  const base = optionalText(call.body, 'base');
  if (base !== undefined) {
    const sha = call.repository.git.refs.get(`refs/heads/${base}`);
    if (!sha) throw validationFailed({ resource: 'PullRequest', field: 'base', code: 'invalid' });
    Object.assign(issue.pull, { baseRef: base, baseSha: sha });
  }
  await updateIssue(
    call.world,
    call.repository,
    issue,
    {
      title: optionalText(call.body, 'title'),
      body: optionalText(call.body, 'body'),
      state: optionalOneOf(call.body, 'state', ['open', 'closed']),
    },
    call.principal,
  );
  return json(200, await render(call, issue));
};

/** GitHub lists at most this many files of a pull request. */
const fileLimit = 3000;

const listFiles = async (call: Call): Promise<Reply> => {
  const issue = pullNamed(call);
  const files = await pullFiles(call.repository, issue);
  return paged(call, files.slice(0, fileLimit), (file) =>
    renderFile(call.world, call.repository, issue.pull.headSha, file),
  );
};

const listCommits = async (call: Call): Promise<Reply> => {
  const { pull } = pullNamed(call);
  const oids = await call.repository.git.commitsBetween(pull.baseSha, pull.headSha);
  return paged(call, oids.slice(0, 250).toReversed(), async (oid) => {
    const commit = await call.repository.git.commit(oid);
    return commit ? renderCommit(call.world, call.repository, oid, commit) : null;
  });
};

const merge = async (call: Call): Promise<Reply> => {
  const issue = pullNamed(call);
  const method = optionalOneOf(call.body, 'merge_method', ['merge', 'squash', 'rebase']) ?? 'merge';
  if (method === 'rebase') throw new HttpError(405, 'Rebase merges are not allowed on this repository.');
  const sha = await mergePull(
    call.world,
    call.repository,
    issue,
    {
      method,
      title: optionalText(call.body, 'commit_title'),
      message: optionalText(call.body, 'commit_message'),
      sha: optionalText(call.body, 'sha'),
    },
    call.principal,
  );
  return json(200, { sha, merged: true, message: 'Pull Request successfully merged' });
};

const merged = (call: Call): Reply => {
  if (!pullNamed(call).pull.merged) throw notFound();
  return { status: 204 };
};

const pullsOfCommit = async (call: Call): Promise<Reply> => {
  const oid = await resolveRevision(call.repository, call.param('commit_sha'), call.ref);
  if (!oid) throw unprocessable(`No commit found for SHA: ${call.param('commit_sha')}`);
  const found: PullRequest[] = [];
  for (const issue of allPulls(call)) {
    const { pull } = issue;
    const own = await call.repository.git.commitsBetween(pull.baseSha, pull.headSha);
    if (own.includes(oid) || (pull.merged && pull.mergeCommitSha === oid)) found.push(issue);
  }
  return paged(call, found, (issue) => renderPullSimple(call.world, call.repository, issue));
};

const read = { permission: 'pull_requests', level: 'read' } as const;
const open = { permission: 'pull_requests', level: 'write', user: 'read' } as const;
const base = '/repos/{owner}/{repo}';

export const pullRoutes = [
  route(`GET ${base}/pulls`, read, listPulls),
  route(`POST ${base}/pulls`, open, create),
  route(`GET ${base}/pulls/{pull_number}`, read, async (call) => json(200, await render(call, pullNamed(call)))),
  route(`PATCH ${base}/pulls/{pull_number}`, { ...open, user: 'triage' }, update),
  route(`GET ${base}/pulls/{pull_number}/files`, read, listFiles),
  route(`GET ${base}/pulls/{pull_number}/commits`, read, listCommits),
  route(`GET ${base}/pulls/{pull_number}/merge`, read, merged),
  route(`PUT ${base}/pulls/{pull_number}/merge`, { permission: 'contents', level: 'write' }, merge),
  route(`GET ${base}/commits/{commit_sha}/pulls`, read, pullsOfCommit),
];
