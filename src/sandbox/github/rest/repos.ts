import { actorOf, roleOf } from '../auth.ts';
import { HttpError, notFound } from '../errors.ts';
import { forkRepository } from '../operations/repositories.ts';
import { renderAccount, renderProfile } from '../render/account.ts';
import { renderFullRepository } from '../render/repository.ts';
import type { Call, Reply } from '../router.ts';
import { json, route } from '../router.ts';
import type { Account, Permission } from '../state.ts';
import { accountOf } from '../world.ts';
import { optionalText } from './body.ts';
import { paged } from './pagination.ts';

const getUser = (call: Call): Reply => {
  if (call.principal.kind !== 'user') throw new HttpError(403, 'Resource not accessible by integration');
  return json(200, {
    ...renderProfile(call.world, call.actor),
    private_gists: 0,
    total_private_repos: 0,
    owned_private_repos: 0,
    disk_usage: 0,
    collaborators: 0,
    two_factor_authentication: true,
  });
};

const getAccount = (call: Call): Reply => {
  const account = accountOf(call.world, call.param('username'));
  if (!account) throw notFound();
  return json(200, renderProfile(call.world, account));
};

/** The four levels older than roles. */
const legacy: Record<Permission, 'admin' | 'write' | 'read' | 'none'> = {
  admin: 'admin',
  maintain: 'write',
  write: 'write',
  triage: 'read',
  read: 'read',
  none: 'none',
};

const renderCollaborator = (call: Call, account: Account, role: Permission) => {
  const order: Permission[] = ['read', 'triage', 'write', 'maintain', 'admin'];
  const rank = order.indexOf(role);
  return {
    ...renderAccount(call.world, account),
    permissions: { pull: rank >= 0, triage: rank >= 1, push: rank >= 2, maintain: rank >= 3, admin: rank >= 4 },
    role_name: role,
  };
};

const getPermission = (call: Call): Reply => {
  const account = accountOf(call.world, call.param('username'));
  if (!account) throw notFound();
  const role = roleOf(call.repository, account);
  return json(200, {
    permission: legacy[role],
    role_name: role,
    user: renderCollaborator(call, account, role),
  });
};

const listCollaborators = (call: Call): Promise<Reply> => {
  const found = [...call.world.state.accounts.values()]
    .filter(({ type }) => type === 'User')
    .map((account) => ({ account, role: roleOf(call.repository, account) }))
    .filter(
      ({ account, role }) =>
        role !== 'none' && (role !== 'read' || call.repository.collaborators.has(account.login.toLowerCase())),
    );
  return paged(call, found, ({ account, role }) => renderCollaborator(call, account, role));
};

const rateLimit = (call: Call): Reply => {
  const core = call.limiter.window(call.principal, 'core');
  const graphql = call.limiter.window(call.principal, 'graphql');
  const search = call.limiter.window(call.principal, 'search');
  return json(200, { resources: { core, graphql, search }, rate: core });
};

const fork = async (call: Call): Promise<Reply> => {
  const { world, repository } = call;
  const organization = optionalText(call.body, 'organization');
  const owner = organization === undefined ? actorOf(world, call.principal) : accountOf(world, organization);
  if (!owner || owner.type === 'Bot') throw new HttpError(403, 'Resource not accessible by integration');
  const made = await forkRepository(world, repository, owner, optionalText(call.body, 'name') ?? repository.name);
  return json(202, renderFullRepository(world, made));
};

const metadata = { permission: 'metadata', level: 'read' } as const;
const base = '/repos/{owner}/{repo}';

export const repositoryRoutes = [
  route('GET /meta', 'anyone', () => json(200, { verifiable_password_authentication: false })),
  route('GET /rate_limit', 'anyone', rateLimit),
  route('GET /user', 'token', getUser),
  route('GET /users/{username}', 'anyone', getAccount),
  route(`GET ${base}`, metadata, (call) => json(200, renderFullRepository(call.world, call.repository))),
  route(`GET ${base}/collaborators`, { permission: 'metadata', level: 'read', user: 'write' }, listCollaborators),
  route(`GET ${base}/collaborators/{username}/permission`, metadata, getPermission),
  route(`POST ${base}/forks`, { permission: 'metadata', level: 'read', user: 'read' }, fork),
];
