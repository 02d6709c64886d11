import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { absent, createValidator } from '../specification/create-validator.ts';
import { openapiRoutes, type Document } from '../specification/openapi.ts';
import { createRouteTable, type Content, type Found } from '../specification/operation.ts';
import type { Description } from './openapi/slice.ts';
import type { RecordedExchange } from './recorded-exchange.ts';

export const description: Description = JSON.parse(
  readFileSync(join(import.meta.dirname, 'openapi/github.slice.json'), 'utf8'),
);

const document = description as unknown as Document;
const routes = createRouteTable(
  openapiRoutes(document),
  new Set(['path', 'ref', 'branch', 'basehead', 'environment_name', 'name']),
);
const validator = createValidator(document, { timestamp: /^\d{4}-\d\d-\d\dT/, 'repo.nwo': /^[\w.-]+\/[\w.-]+$/ });

/** Statuses that any operation may end in, declared or not. */
const generic = new Set([304, 400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 422, 429, 500, 502, 503, 504]);

/** What a client asked for, held against the operation's parameters and request body. */
export function validateRestRequest(exchange: RecordedExchange): string[] {
  const { found, query } = locate(exchange);
  if (!found) return [`the sandbox's slice of GitHub's API has no such operation`];
  const violations = validator.request(found, { query, body: exchange.requestBody });
  return violations.map((violation) => `request ${violation}`);
}

/** GitHub's id of the operation that an exchange used, e.g. `checks/create`. */
export function operationId(exchange: RecordedExchange): string | undefined {
  return locate(exchange).found?.operation.id;
}

/** What was answered, held against the operation's declared responses, or the shape of GitHub's errors. */
export function validateRestResponse(exchange: RecordedExchange): string[] {
  const { found } = locate(exchange);
  const { status, responseBody: body } = exchange;
  // An unknown path is answered as GitHub does: not found.
  if (!found)
    return status === 404
      ? errorShape(undefined, exchange)
      : [`response: ${status} from an operation outside the slice`];
  const { id } = found.operation;
  const declared = found.operation.response(status);
  if (!declared && !generic.has(status)) return [`response: ${id} does not answer ${status}`];
  if (status >= 400) {
    const schema = declared?.content['application/json'];
    const own = schema ? validator.check(found, `response ${status}`, schema, body, { closed: false }) : [];
    return own.length > 0 ? own : errorShape(found, exchange);
  }
  const media = mediaType(exchange, declared?.content ?? {});
  if (media === undefined) return absent(body) ? [] : [`response ${status}: ${id} answers without a body`];
  if (media === 'text') return typeof body === 'string' ? [] : [`response ${status}: text was asked for`];
  return validator.check(found, `response ${status} ${media}`, declared!.content[media], body);
}

/** Every error says what is wrong; those that list single errors do so as objects with a code, or as sentences. */
const errorSchema = {
  type: 'object',
  required: ['message', 'documentation_url'],
  properties: {
    message: { type: 'string', minLength: 1 },
    documentation_url: { type: 'string' },
    status: { type: 'string' },
    errors: { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'object', required: ['code'] }] } },
    // Branch rules that were broken by a write.
    metadata: { type: 'object' },
  },
  additionalProperties: false,
};

const nowhere: Found = {
  route: { method: '', path: '', operation: () => nowhere.operation },
  operation: { id: '', parameters: [], response: () => undefined },
  parameters: {},
};

function errorShape(found: Found | undefined, { status, responseBody }: RecordedExchange): string[] {
  const violations = validator.check(found ?? nowhere, `error ${status}`, errorSchema, responseBody);
  const said = (responseBody as { status?: string } | null)?.status;
  if (said !== undefined && said !== String(status)) violations.push(`response: its status says ${said}`);
  return violations;
}

function mediaType(exchange: RecordedExchange, content: Content): string | undefined {
  const [first] = Object.keys(content);
  if (first === undefined) return undefined;
  const accept = exchange.requestHeaders?.['accept'] ?? '';
  const asked = /application\/vnd\.github\.(?:v3\.)?(raw|diff|patch|sha|html|object)\b/.exec(accept)?.[1];
  if (asked === 'object' && content['application/vnd.github.object']) return 'application/vnd.github.object';
  if (asked && asked !== 'object') return 'text';
  return 'application/json' in content ? 'application/json' : first;
}

function locate({ method, path }: RecordedExchange): { found: Found | undefined; query: URLSearchParams } {
  const [pathname = '', search = ''] = path.split('?', 2);
  return { found: routes.find(method, pathname), query: new URLSearchParams(search) };
}
