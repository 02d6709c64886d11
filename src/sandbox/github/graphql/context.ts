import { GraphQLError } from 'graphql';
import { authorize } from '../auth.ts';
import type { Need } from '../auth.ts';
import { HttpError } from '../errors.ts';
import type { RateLimiter } from '../limits.ts';
import type { Principal, Repository } from '../state.ts';
import type { World } from '../world.ts';

/** One GraphQL request. */
export interface GraphqlContext {
  world: World;
  limiter: RateLimiter;
  principal: Principal;
  /** A ref's id as this request sees it: the latest, or the one before in a stale read. */
  ref(repository: Repository, name: string): string | undefined;
  /** A repository's node; here so that what lies in a repository can lead back to it. */
  repositoryNode(repository: Repository): unknown;
}

/** What GitHub calls an error's `type`. */
export type GraphqlErrorType =
  | 'NOT_FOUND'
  | 'FORBIDDEN'
  | 'UNPROCESSABLE'
  | 'STALE_DATA'
  | 'INSUFFICIENT_SCOPES'
  | 'MISSING_PAGINATION_BOUNDARIES'
  | 'EXCESSIVE_PAGINATION'
  | 'BAD_USER_INPUT';

export const failure = (type: GraphqlErrorType, message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { type } });

export const unresolvable = (id: string): GraphQLError =>
  failure('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`);

/** {@link authorize}, failing in GraphQL's way. */
export const permit = (context: GraphqlContext, repository: Repository, need: Need): void => {
  try {
    authorize(context.principal, repository, need);
  } catch (error) {
    throw asFailure(error);
  }
};

/** A REST refusal as the GraphQL error of the same meaning. */
export const asFailure = (error: unknown): unknown => {
  if (!(error instanceof HttpError)) return error;
  const type =
    error.status === 404 ? 'NOT_FOUND' : error.status === 403 || error.status === 401 ? 'FORBIDDEN' : 'UNPROCESSABLE';
  const details = (error.errors ?? [])
    .map((detail) => (detail as { message?: string }).message)
    .filter((message) => message !== undefined);
  return failure(type, details.length > 0 ? details.join('; ') : error.message);
};
