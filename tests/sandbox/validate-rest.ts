import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2019, type ValidateFunction } from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';
import { findOperation, type FoundOperation } from './openapi/find-operation.ts';
import { componentSchemas, toJsonSchema } from './openapi/json-schema.ts';
import type { Description } from './openapi/slice.ts';
import type { RecordedExchange } from './recorded-exchange.ts';

export const description: Description = JSON.parse(
  readFileSync(join(import.meta.dirname, 'openapi/github.slice.json'), 'utf8'),
);

/** Statuses that any operation may end in, declared or not. */
const generic = new Set([304, 400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 422, 429, 500, 502, 503, 504]);

/** What a client asked for, held against the operation's parameters and request body. */
export function validateRestRequest(exchange: RecordedExchange): string[] {
  const { path, query } = locate(exchange.path);
  const found = findOperation(description, exchange.method, path);
  if (!found) return [`the sandbox's slice of GitHub's API has no such operation`];
  const parameters = parametersOf(found.operation);
  const body = found.operation['requestBody'] as { required?: boolean; content?: Content } | undefined;
  const schema = body?.content?.['application/json']?.schema;
  const sent = !absent(exchange.requestBody);
  const violations = [
    ...check(found, 'path', () => parameterSchema(parameters, 'path'), found.parameters),
    ...check(found, 'query', () => parameterSchema(parameters, 'query'), Object.fromEntries(query)),
  ];
  if (sent && schema) violations.push(...check(found, 'body', () => toJsonSchema(schema), exchange.requestBody));
  else if (sent && !isEmptyObject(exchange.requestBody)) violations.push('body: the operation takes none');
  else if (!sent && body?.required) violations.push('body: missing');
  return violations.map((violation) => `request ${violation}`);
}

/** GitHub's id of the operation that an exchange used, e.g. `checks/create`. */
export function operationId(exchange: RecordedExchange): string | undefined {
  return findOperation(description, exchange.method, locate(exchange.path).path)?.id;
}

/** What was answered, held against the operation's declared responses, or the shape of GitHub's errors. */
export function validateRestResponse(exchange: RecordedExchange): string[] {
  const { path } = locate(exchange.path);
  const { status, responseBody: body } = exchange;
  const found = findOperation(description, exchange.method, path);
  // An unknown path is answered as GitHub does: not found.
  if (!found)
    return status === 404 ? errorShape(exchange) : [`response: ${status} from an operation outside the slice`];
  const declared = resolve((found.operation['responses'] as Record<string, unknown>)[String(status)]) as
    | { content?: Content }
    | undefined;
  if (!declared && !generic.has(status)) return [`response: ${found.id} does not answer ${status}`];
  if (status >= 400) {
    const schema = declared?.content?.['application/json']?.schema;
    const own = schema ? check(found, `response ${status}`, () => toJsonSchema(schema, false), body) : [];
    return own.length > 0 ? own : errorShape(exchange);
  }
  const media = mediaType(exchange, declared?.content);
  if (media === undefined) return absent(body) ? [] : [`response ${status}: ${found.id} answers without a body`];
  if (media === 'text') return typeof body === 'string' ? [] : [`response ${status}: text was asked for`];
  const schema = declared!.content![media]!.schema;
  return check(found, `response ${status} ${media}`, () => toJsonSchema(schema), body);
}

type Content = Record<string, { schema: unknown }>;

interface Parameter {
  name: string;
  in: 'path' | 'query';
  required?: boolean;
  schema: unknown;
}

/** Compiling takes most of the time, so each part of an operation is compiled when first met, once. */
const compiled = new Map<string, ValidateFunction>();
let ajv: { strict: Ajv2019; coercing: Ajv2019 } | undefined;

function check(found: FoundOperation, part: string, schema: () => object, value: unknown): string[] {
  const key = `${found.id} ${part}`;
  ajv ??= { strict: newAjv(false), coercing: newAjv(true) };
  let validate = compiled.get(key);
  if (!validate) {
    validate = (part === 'path' || part === 'query' ? ajv.coercing : ajv.strict).compile(schema());
    compiled.set(key, validate);
  }
  return run(validate, part, value);
}

function run(validate: ValidateFunction, part: string, value: unknown): string[] {
  if (validate(value)) return [];
  const errors = (validate.errors ?? []).filter((error) => error.keyword !== 'if');
  const lines = errors.map(({ instancePath, message, params }) => {
    const extra = params['unevaluatedProperty'] ?? params['additionalProperty'];
    const detail = extra === undefined ? (params['allowedValues'] ?? '') : extra;
    const where = instancePath.replace(/^\//, '').replaceAll('/', '.');
    const said = JSON.stringify(at(value, instancePath))?.slice(0, 60);
    return `${part}${where && ` ${where}`}: ${message}${detail === '' ? '' : ` (${String(detail)})`}, found ${said}`;
  });
  return [...new Set(lines)];
}

function newAjv(coerceTypes: boolean): Ajv2019 {
  const instance = new Ajv2019({ strict: false, allErrors: true, coerceTypes });
  addFormats.default(instance);
  instance.addFormat('timestamp', /^\d{4}-\d\d-\d\dT/);
  instance.addFormat('repo.nwo', /^[\w.-]+\/[\w.-]+$/);
  instance.addSchema(componentSchemas(description));
  return instance;
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
let validateError: ValidateFunction | undefined;

function errorShape(exchange: RecordedExchange): string[] {
  validateError ??= newAjv(false).compile(errorSchema);
  const violations = run(validateError, `response ${exchange.status}`, exchange.responseBody);
  const status = (exchange.responseBody as { status?: string } | null)?.status;
  if (status !== undefined && status !== String(exchange.status))
    violations.push(`response: its status says ${status}`);
  return violations;
}

function mediaType(exchange: RecordedExchange, content: Content | undefined): string | undefined {
  if (!content) return undefined;
  const accept = exchange.requestHeaders?.['accept'] ?? '';
  const asked = /application\/vnd\.github\.(?:v3\.)?(raw|diff|patch|sha|html|object)\b/.exec(accept)?.[1];
  if (asked === 'object' && content['application/vnd.github.object']) return 'application/vnd.github.object';
  if (asked && asked !== 'object') return 'text';
  return 'application/json' in content ? 'application/json' : Object.keys(content)[0];
}

function locate(path: string): { path: string; query: URLSearchParams } {
  const [pathname = '', search = ''] = path.split('?', 2);
  return { path: pathname, query: new URLSearchParams(search) };
}

function parametersOf(operation: Record<string, unknown>): Parameter[] {
  return ((operation['parameters'] ?? []) as unknown[]).map((parameter) => resolve(parameter) as Parameter);
}

function parameterSchema(parameters: Parameter[], place: Parameter['in']): object {
  const here = parameters.filter((parameter) => parameter.in === place);
  return {
    type: 'object',
    properties: Object.fromEntries(here.map(({ name, schema }) => [name, toJsonSchema(schema)])),
    required: here.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
  };
}

function resolve(value: unknown): unknown {
  const reference = (value as { $ref?: string } | undefined)?.$ref;
  if (reference === undefined) return value;
  const [, , kind = '', name = ''] = reference.split('/');
  return description.components[kind]?.[name];
}

const absent = (body: unknown): boolean => body === undefined || body === null || body === '';

const isEmptyObject = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && Object.keys(body).length === 0;

function at(value: unknown, pointer: string): unknown {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return steps.reduce<unknown>((inner, step) => (inner as Record<string, unknown> | undefined)?.[step], value);
}
