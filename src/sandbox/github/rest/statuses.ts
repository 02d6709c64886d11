import { unprocessable, validationFailed } from '../errors.ts';
import { emit } from '../events.ts';
import { isOid } from '../git/objects.ts';
import { renderCommit } from '../render/commit.ts';
import { renderSimpleStatus, renderStatus } from '../render/deployment.ts';
import { renderMinimalRepository, repositoryUrl } from '../render/repository.ts';
import type { Call, Reply } from '../router.ts';
import { json, route } from '../router.ts';
import type { CommitStatus } from '../state.ts';
import { nextId } from '../state.ts';
import { optionalOneOf, optionalText, requiredText } from './body.ts';
import { paged } from './pagination.ts';
import { commitNamed } from './revision.ts';

const createCommitStatus = async (call: Call): Promise<Reply> => {
  const { repository, world, body } = call;
  const sha = call.param('sha');
  const commit = isOid(sha) ? await repository.git.commit(sha) : undefined;
  if (!commit) throw unprocessable(`No commit found for SHA: ${sha}`);
  const state = optionalOneOf({ state: requiredText(body, 'state') }, 'state', [
    'error',
    'failure',
    'pending',
    'success',
  ]);
  const description = optionalText(body, 'description') ?? null;
  if (description && [...description].length > 140)
    throw validationFailed({
      resource: 'Status',
      field: 'description',
      code: 'custom',
      message: 'description is too long (maximum is 140 characters)',
    });
  const status: CommitStatus = {
    id: nextId(world.state),
    sha,
    state: state ?? 'pending',
    targetUrl: optionalText(body, 'target_url') ?? null,
    description,
    context: optionalText(body, 'context') ?? 'default',
    creator: call.actor,
    createdAt: world.clock(),
  };
  repository.statuses.push(status);
  emit(world, {
    repository,
    event: 'status',
    by: call.principal,
    payload: () => {
      const { url: _, ...rest } = renderSimpleStatus(world, repository, status);
      return {
        ...rest,
        sha,
        name: repository.fullName,
        commit: renderCommit(world, repository, sha, commit),
        branches: [],
      };
    },
  });
  const rendered = renderStatus(world, repository, status);
  return json(201, rendered, { location: rendered.url });
};

/** Newest first. */
const statusesOf = (call: Call, sha: string): CommitStatus[] =>
  call.repository.statuses.filter((status) => status.sha === sha).toReversed();

const listStatuses = async (call: Call): Promise<Reply> => {
  const { oid } = await commitNamed(call.repository, call.param('ref'), call.ref);
  return paged(call, statusesOf(call, oid), (status) => renderStatus(call.world, call.repository, status));
};

const combined = async (call: Call): Promise<Reply> => {
  const { repository, world } = call;
  const { oid } = await commitNamed(repository, call.param('ref'), call.ref);
  const newest = new Map<string, CommitStatus>();
  for (const status of statusesOf(call, oid)) if (!newest.has(status.context)) newest.set(status.context, status);
  const found = [...newest.values()];
  const failed = found.some(({ state }) => state === 'error' || state === 'failure');
  const pending = found.length === 0 || found.some(({ state }) => state === 'pending');
  const url = `${repositoryUrl(world, repository)}/commits/${oid}`;
  return paged(
    call,
    found,
    (status) => renderSimpleStatus(world, repository, status),
    (statuses, total) => ({
      state: failed ? 'failure' : pending ? 'pending' : 'success',
      statuses,
      sha: oid,
      total_count: total,
      repository: renderMinimalRepository(world, repository),
      commit_url: url,
      url: `${url}/status`,
    }),
  );
};

const base = '/repos/{owner}/{repo}';

export const statusRoutes = [
  route(`POST ${base}/statuses/{sha}`, { permission: 'statuses', level: 'write' }, createCommitStatus),
  route(`GET ${base}/commits/{ref}/status`, { permission: 'statuses', level: 'read' }, combined),
  route(`GET ${base}/commits/{ref}/statuses`, { permission: 'statuses', level: 'read' }, listStatuses),
];
