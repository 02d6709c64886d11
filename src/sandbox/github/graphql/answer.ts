import { buildSchema, execute, GraphQLError, Kind, parse, validate } from 'graphql';
import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql';
import { canSee } from '../auth.ts';
import { HttpError } from '../errors.ts';
import type { Reply } from '../router.ts';
import { json } from '../router.ts';
import { accountOf } from '../world.ts';
import type { GraphqlContext } from './context.ts';
import { asFailure, failure } from './context.ts';
import { mutations } from './mutations.ts';
import { accountNode } from './account-node.ts';
import { nodeById, repositoryNode } from './nodes.ts';
import { typeDefinitions } from './schema.ts';

let schema: GraphQLSchema | undefined;
const documents = new Map<string, DocumentNode>();
const keptDocuments = 500;

interface Asked {
  query: string;
  variables: Record<string, unknown> | undefined;
  operationName: string | undefined;
}

const askedIn = (body: unknown): Asked | undefined => {
  if (typeof body !== 'object' || body === null) return undefined;
  const { query, variables, operationName } = body as Record<string, unknown>;
  if (typeof query !== 'string') return undefined;
  return {
    query,
    variables: (variables ?? undefined) as Asked['variables'],
    operationName: typeof operationName === 'string' ? operationName : undefined,
  };
};

/** The operation's name: as sent, or as written in the document; for one without a name, its first field. */
export const operationNameOf = (body: unknown): string | undefined => {
  const asked = askedIn(body);
  if (!asked) return undefined;
  if (asked.operationName) return asked.operationName;
  const written = /^\s*(?:query|mutation)\s+(\w+)/m.exec(asked.query)?.[1];
  return written ?? /\{\s*(?:\w+\s*:\s*)?(\w+)/.exec(asked.query)?.[1];
};

export const isMutation = (body: unknown): boolean => /^\s*mutation\b/m.test(askedIn(body)?.query ?? '');

const root = {
  repository: ({ owner, name }: { owner: string; name: string }, context: GraphqlContext) => {
    const repository = context.world.state.repositories.get(`${owner}/${name}`.toLowerCase());
    if (!repository || !canSee(context.principal, repository))
      throw failure('NOT_FOUND', `Could not resolve to a Repository with the name '${owner}/${name}'.`);
    return repositoryNode(context, repository);
  },
  viewer: (_: unknown, context: GraphqlContext) => {
    const { principal } = context;
    // An App's bot is shown as a user here, as GitHub does.
    if (principal.kind === 'user') return accountNode(context, principal.account);
    if (principal.kind === 'anonymous') throw failure('FORBIDDEN', 'There is no viewer');
    return { ...accountNode(context, principal.app.bot), __typename: 'User' };
  },
  user: ({ login }: { login: string }, context: GraphqlContext) => {
    const account = accountOf(context.world, login);
    if (account?.type !== 'User')
      throw failure('NOT_FOUND', `Could not resolve to a User with the login of '${login}'.`);
    return accountNode(context, account);
  },
  rateLimit: (_: unknown, { limiter, principal }: GraphqlContext) => {
    const { limit, remaining, used, reset } = limiter.window(principal, 'graphql');
    return { cost: 1, nodeCount: 0, limit, remaining, used, resetAt: new Date(reset * 1000).toISOString() };
  },
  node: ({ id }: { id: string }, context: GraphqlContext) => nodeById(context, id),
  nodes: ({ ids }: { ids: string[] }, context: GraphqlContext) => ids.map((id) => nodeById(context, id)),
  ...mutations,
};

const documentOf = (query: string): DocumentNode | GraphQLError[] => {
  const known = documents.get(query);
  if (known) return known;
  schema ??= buildSchema(typeDefinitions);
  try {
    const document = parse(query);
    const problems = validate(schema, document);
    if (problems.length > 0) return [...problems];
    if (documents.size >= keptDocuments) documents.clear();
    documents.set(query, document);
    return document;
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
};

/** GitHub puts `type` beside `message`, not into `extensions`. */
const renderError = (error: GraphQLError) => {
  const cause = error.originalError === undefined ? error : asFailure(error.originalError);
  const found = cause instanceof GraphQLError ? cause : error;
  const type = found.extensions['type'];
  return {
    ...(typeof type === 'string' ? { type } : {}),
    ...(error.path ? { path: error.path } : {}),
    ...(error.locations ? { locations: error.locations } : {}),
    message: found.message,
  };
};

/** Answers one GraphQL request: 200 also for errors, as GitHub does. */
export const answerGraphql = async (
  request: Omit<GraphqlContext, 'repositoryNode'> & { body: unknown },
): Promise<Reply> => {
  const context: GraphqlContext = {
    ...request,
    repositoryNode: (repository) => repositoryNode(context, repository),
  };
  if (context.principal.kind === 'anonymous')
    throw new HttpError(401, 'This endpoint requires you to be authenticated.', {
      documentationUrl: 'https://docs.github.com/graphql/guides/forming-calls-with-graphql#authenticating-with-graphql',
    });
  if (context.principal.kind === 'app') throw new HttpError(401, 'Bad credentials');
  const asked = askedIn(request.body);
  if (!asked) return json(200, { errors: [{ message: 'A query attribute must be specified and must be a string.' }] });
  const document = documentOf(asked.query);
  if (Array.isArray(document)) return json(200, { errors: document.map(renderError) });
  const hasOperation = document.definitions.some(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  if (!hasOperation || !schema) return json(200, { errors: [{ message: 'No operations in the document.' }] });
  const result = (await execute({
    schema,
    document,
    rootValue: root,
    contextValue: context,
    variableValues: asked.variables ?? null,
    operationName: asked.operationName ?? null,
  })) as ExecutionResult;
  return json(200, {
    ...(result.data === undefined ? {} : { data: result.data }),
    ...(result.errors ? { errors: result.errors.map(renderError) } : {}),
  });
};
