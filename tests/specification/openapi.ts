import { isObject, type Schema } from './json-schema.ts';
import type { Content, Operation, Parameter, Route } from './operation.ts';

/** An OpenAPI 3 or Swagger 2 document, as far as it is read. */
export type Document = Schema;

const METHODS = new Set(['get', 'put', 'post', 'delete', 'patch', 'head', 'options']);

export function openapiRoutes(document: Document): Route[] {
  const paths = document['paths'] as Record<string, Record<string, unknown>>;
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((method) => METHODS.has(method))
      .map((method) => ({ method, path, operation: () => operationOf(document, path, method) })),
  );
}

/** The path that all others are below, without a slash at its end. */
export function basePathOf(document: Document): string {
  const url = (document['servers'] as { url: string }[] | undefined)?.[0]?.url ?? document['basePath'] ?? '';
  return new URL(String(url).replaceAll(/[{}]/g, ''), 'http://specification').pathname.replace(/\/+$/, '');
}

/** What a local reference names, however many references lead there; other values are what they are. */
export function resolve(document: Document, value: unknown): unknown {
  const pointer = isObject(value) ? value['$ref'] : undefined;
  return typeof pointer === 'string' ? resolve(document, at(document, pointer)) : value;
}

/** The value that a JSON pointer, or a local reference such as `#/components/schemas/App`, names. */
export function at(document: unknown, pointer: string): unknown {
  const steps = (pointer.startsWith('#') ? decodeURIComponent(pointer) : pointer).split('/').slice(1);
  return steps
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((inner, step) => (inner as Schema | undefined)?.[step], document);
}

function operationOf(document: Document, path: string, method: string): Operation {
  const item = (document['paths'] as Record<string, Schema>)[path] as Schema;
  const operation = item[method] as Schema;
  const given = [...list(item['parameters']), ...list(operation['parameters'])].map(
    (parameter) => resolve(document, parameter) as Schema,
  );
  // An operation's own parameter stands for its path's of the same name.
  const all = [...new Map(given.map((parameter) => [`${parameter['in']} ${parameter['name']}`, parameter])).values()];
  const body = bodyOf(document, operation, all);
  return {
    id: String(operation['operationId'] ?? `${method.toUpperCase()} ${path}`),
    parameters: all.filter((parameter) => parameter['in'] === 'path' || parameter['in'] === 'query').map(parameterOf),
    ...(body ? { body } : {}),
    response(status) {
      const responses = (operation['responses'] ?? {}) as Schema;
      const key = [String(status), `${String(status)[0]}XX`, `${String(status)[0]}xx`, 'default'].find(
        (candidate) => responses[candidate] !== undefined,
      );
      if (key === undefined) return undefined;
      const response = resolve(document, responses[key]) as Schema;
      return { content: contentOf(response, document, operation) };
    },
  };
}

function parameterOf(parameter: Schema): Parameter {
  const style = parameter['style'] ?? 'form';
  const repeated = parameter['schema']
    ? style === 'form' && parameter['explode'] !== false
    : parameter['collectionFormat'] === 'multi';
  return {
    name: String(parameter['name']),
    in: parameter['in'] as Parameter['in'],
    required: parameter['required'] === true,
    // Swagger writes the schema into the parameter, which may say "required" of itself.
    schema: parameter['schema'] ?? { ...parameter, required: undefined },
    repeated,
  };
}

function bodyOf(document: Document, operation: Schema, parameters: Schema[]): Operation['body'] {
  const body = resolve(document, operation['requestBody']) as Schema | undefined;
  if (body) return { required: body['required'] === true, content: contentOf(body, document, operation) };
  const swagger = parameters.find((parameter) => parameter['in'] === 'body');
  if (swagger) {
    const media = list(operation['consumes'] ?? document['consumes'] ?? ['application/json']) as string[];
    const content = Object.fromEntries(media.map((type) => [type, swagger['schema'] ?? true]));
    return { required: swagger['required'] === true, content };
  }
  const form = parameters.some((parameter) => parameter['in'] === 'formData');
  return form ? { required: false, content: { 'multipart/form-data': true } } : undefined;
}

function contentOf(holder: Schema, document: Document, operation: Schema): Content {
  if (isObject(holder['content'])) {
    const entries = Object.entries(holder['content']) as [string, { schema?: unknown }][];
    return Object.fromEntries(entries.map(([type, { schema }]) => [type, schema ?? true]));
  }
  if (holder['schema'] === undefined) return {};
  const media = list(operation['produces'] ?? document['produces'] ?? ['application/json']) as string[];
  return Object.fromEntries(media.map((type) => [type, holder['schema']]));
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
