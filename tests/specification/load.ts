import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { JSON_SCHEMA, load as parseYaml } from 'js-yaml';
import { absent, createValidator, isJson, mediaOf } from './create-validator.ts';
import { validateGraphqlRequest, validateGraphqlResponse } from './graphql.ts';
import { hyperSchemaRoutes, isHyperSchema } from './hyper-schema.ts';
import { basePathOf, openapiRoutes, type Document } from './openapi.ts';
import { createRouteTable, type Found } from './operation.ts';

/** One call of an API and its answer. */
export interface Exchange {
  method: string;
  /** Without query. */
  path: string;
  query: URLSearchParams;
  requestType?: string | undefined;
  /** Parsed where it is JSON; undefined without one. */
  requestBody: unknown;
  /** Absent when nothing was answered. */
  answer?: { status: number; type: string; body: unknown };
}

/** What is wrong with an exchange, a line each; undefined when it is of no operation that the specification has. */
export type Judge = (exchange: Exchange) => string[] | undefined;

export interface LoadOptions {
  base?: string | undefined;
  spanning?: readonly string[] | undefined;
}

/** Reads a specification: OpenAPI 3, Swagger 2 or hyper-schema in JSON or YAML, or GraphQL SDL. */
export function loadSpecification(file: string, { base, spanning }: LoadOptions = {}): Judge {
  const text = readFileSync(file, 'utf8');
  if (file.endsWith('.graphql')) return graphqlJudge(text, base ?? '/graphql');
  const document = (file.endsWith('.json') ? JSON.parse(text) : parseYaml(text, { schema: JSON_SCHEMA })) as Document;
  const hyper = isHyperSchema(document);
  const routes = createRouteTable(hyper ? hyperSchemaRoutes(document) : openapiRoutes(document), new Set(spanning));
  const validator = createValidator(document);
  const root = base ?? (hyper ? '' : basePathOf(document));

  function ofAnswer(found: Found, { status, type, body }: NonNullable<Exchange['answer']>): string[] {
    // A server's own failures have any form.
    if (status >= 500) return [];
    const declared = found.operation.response(status);
    const part = `response ${status}`;
    if (!declared) return UNDECLARED.has(status) ? [] : [`${part}: ${found.operation.id} does not answer so`];
    if (Object.keys(declared.content).length === 0) return absent(body) ? [] : [`${part}: is answered without a body`];
    if (body === undefined) return status === 204 ? [] : [`${part}: the body is missing`];
    const media = mediaOf(declared.content, type);
    if (media === undefined) return [`${part}: ${type} is not among ${Object.keys(declared.content).join(', ')}`];
    return isJson(type) ? validator.check(found, part, declared.content[media], body) : [];
  }

  return ({ method, path, query, requestType, requestBody, answer }) => {
    const below = root !== '' && path.startsWith(`${root}/`) ? path.slice(root.length) : root === '' ? path : undefined;
    const found = below === undefined ? undefined : routes.find(method, below);
    if (!found) return undefined;
    const asked = validator.request(found, { query, body: requestBody, mediaType: requestType });
    return [...asked.map((line) => `request ${line}`), ...(answer ? ofAnswer(found, answer) : [])];
  };
}

/** Statuses that any operation may end in, declared or not. */
const UNDECLARED = new Set([400, 401, 402, 403, 404, 405, 406, 409, 410, 413, 415, 422, 429]);

function graphqlJudge(sdl: string, endpoint: string): Judge {
  const schema = buildSchema(sdl, { assumeValidSDL: true });
  return ({ path, requestBody, answer }) => {
    if (path !== endpoint) return undefined;
    const exchange = { status: answer?.status ?? 0, requestBody, responseBody: answer?.body };
    const asked = validateGraphqlRequest(schema, exchange);
    return answer && answer.status < 500 ? [...asked, ...validateGraphqlResponse(schema, exchange)] : asked;
  };
}
