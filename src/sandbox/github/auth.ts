import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { badCredentials, HttpError, notAccessible, notFound } from './errors.ts';
import type { Account, App, Permission, Permissions, Principal, Repository } from './state.ts';
import type { World } from './world.ts';
import { accountOf } from './world.ts';

const ranks: Record<Permission, number> = { none: 0, read: 1, triage: 2, write: 3, maintain: 4, admin: 5 };

/** What a request needs of a repository: of an App's token, a permission; of a user, at least a role. */
export interface Need {
  permission: string;
  level: 'read' | 'write';
  /** A permission that serves as well. */
  or?: string | undefined;
  /** Least role of a user; `app`: users are turned away. Default: the level's own name. */
  user?: Permission | 'app';
}

export const issueToken = (world: World, principal: Principal): string => {
  const token = `${principal.kind === 'user' ? 'ghp' : 'ghs'}_${randomBytes(27).toString('base64url').replace(/[-_]/g, 'x')}`;
  world.state.tokens.set(token, principal);
  return token;
};

/** Who sends a request, by its `Authorization` header. @throws HttpError 401 */
export const identify = (world: World, authorization: string | undefined): Principal => {
  if (authorization === undefined) return { kind: 'anonymous' };
  const [scheme = '', credential = ''] = authorization.trim().split(/\s+/, 2);
  if (/^basic$/i.test(scheme)) {
    const text = Buffer.from(credential, 'base64').toString();
    const [user, password] = [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)];
    return principalOf(world, password === '' || password === 'x-oauth-basic' ? user : password);
  }
  if (/^bearer$/i.test(scheme) && credential.split('.').length === 3)
    return { kind: 'app', app: verifyAppJwt(world, credential) };
  return principalOf(world, credential);
};

const principalOf = (world: World, token: string): Principal => {
  const principal = world.state.tokens.get(token);
  if (!principal) throw badCredentials();
  if (principal.kind === 'installation') {
    if (principal.expiresAt <= world.clock()) throw badCredentials();
    if (!world.state.installations.has(principal.installation.id)) throw badCredentials();
    if (principal.installation.suspendedAt) throw new HttpError(403, 'This installation has been suspended');
  }
  return principal;
};

const undecodable = (): HttpError => new HttpError(401, 'A JSON web token could not be decoded');

const jwtPart = (text: string | undefined): Record<string, unknown> => {
  try {
    return JSON.parse(Buffer.from(text ?? '', 'base64url').toString()) as Record<string, unknown>;
  } catch {
    throw undecodable();
  }
};

/** RS256 by the App's key, `iss` the App's id or client id, `exp` in the next ten minutes. */
const verifyAppJwt = (world: World, token: string): App => {
  const [head, body, signature] = token.split('.');
  const claims = jwtPart(body);
  if (jwtPart(head)['alg'] !== 'RS256') throw undecodable();
  const issuer = String(claims['iss'] ?? '');
  const app = [...world.state.apps.values()].find(({ id, clientId }) => String(id) === issuer || clientId === issuer);
  if (!app) throw new HttpError(401, "'Issuer' claim ('iss') must be an Integer");
  const signed = Buffer.from(`${head}.${body}`);
  if (!verify('RSA-SHA256', signed, createPublicKey(app.publicKey), Buffer.from(signature ?? '', 'base64url')))
    throw undecodable();
  const now = world.clock().getTime() / 1000;
  const { exp, iat } = claims;
  if (typeof exp !== 'number' || exp <= now)
    throw new HttpError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  // GitHub allows clocks to differ by a little.
  if (exp > now + 660) throw new HttpError(401, "'Expiration time' claim ('exp') is too far in the future");
  if (typeof iat !== 'number' || iat > now + 60)
    throw new HttpError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  return app;
};

/** A user's role in a repository. */
export const roleOf = (repository: Repository, account: Account): Permission => {
  if (repository.owner.id === account.id) return 'admin';
  const given = repository.collaborators.get(account.login.toLowerCase()) ?? account.basePermission;
  return given === 'none' && !repository.private ? 'read' : given;
};

/** Who acts: the user, or the App's bot. */
export const actorOf = (world: World, principal: Principal): Account => {
  if (principal.kind === 'user') return principal.account;
  if (principal.kind !== 'anonymous') return principal.app.bot;
  const ghost = accountOf(world, 'ghost');
  if (!ghost) throw new Error('sandbox GitHub: the account ghost is missing from its state');
  return ghost;
};

/** The App behind a token, if one is. */
export const appOf = (principal: Principal): App | undefined =>
  principal.kind === 'installation' || principal.kind === 'actions' ? principal.app : undefined;

const reaches = (principal: Principal, repository: Repository): boolean => {
  if (principal.kind === 'actions') return principal.repository.id === repository.id;
  if (principal.kind !== 'installation') return false;
  const { installation, repositoryIds } = principal;
  return installation.repositoryIds.has(repository.id) && (repositoryIds?.has(repository.id) ?? true);
};

const holds = (permissions: Permissions, need: Need): boolean => {
  const enough = (held: string | undefined): boolean =>
    held !== undefined && (need.level === 'read' || held !== 'read');
  if (need.permission === 'metadata') return need.level === 'read';
  return enough(permissions[need.permission]) || (need.or !== undefined && enough(permissions[need.or]));
};

/** Whether the principal may know that the repository exists. */
export const canSee = (principal: Principal, repository: Repository): boolean =>
  !repository.private ||
  reaches(principal, repository) ||
  (principal.kind === 'user' && roleOf(repository, principal.account) !== 'none');

/** @throws HttpError 404 for what is out of reach, 403 (401 for nobody) for what is not permitted. */
export const authorize = (principal: Principal, repository: Repository, need: Need): void => {
  if (!canSee(principal, repository)) throw notFound();
  // Public things may be read by anyone: GitHub asks no permission for them.
  if (need.level === 'read' && !repository.private && need.user === undefined) return;
  switch (principal.kind) {
    case 'anonymous':
      throw new HttpError(401, 'Requires authentication');
    case 'app':
      throw badCredentials();
    case 'user': {
      if (need.user === 'app') throw new HttpError(403, 'You must authenticate via a GitHub App.');
      const least = need.user ?? need.level;
      if (ranks[roleOf(repository, principal.account)] < ranks[least])
        throw least === 'admin'
          ? new HttpError(403, 'Must have admin rights to Repository.')
          : notAccessible('personal access token');
      return;
    }
    default:
      if (!reaches(principal, repository) || !holds(principal.permissions, need)) throw notAccessible('integration');
  }
};

export const atLeast = (role: Permission, least: Permission): boolean => ranks[role] >= ranks[least];
