import { at } from './openapi.ts';
import { isObject, type Schema } from './json-schema.ts';
import type { Operation, Route } from './operation.ts';

interface Link {
  href: string;
  method?: string;
  rel?: string;
  title?: string;
  schema?: Schema;
  targetSchema?: unknown;
}

/** The links of a draft-4 hyper-schema such as Heroku's: each resource lists how it is asked for and changed. */
export function hyperSchemaRoutes(document: Schema): Route[] {
  const resources = Object.entries(document['definitions'] as Record<string, Schema>);
  return resources.flatMap(([name, resource]) =>
    merged((resource['links'] ?? []) as Link[]).map((link) => ({
      method: link.method ?? 'GET',
      path: pathOf(link.href),
      operation: () => operationOf(name, link),
    })),
  );
}

/** Links to one place by one method are ways to ask the same thing, as a release of a slug or of an earlier release. */
function merged(links: readonly Link[]): Link[] {
  const byPlace = Map.groupBy(links, ({ method, href }) => `${method ?? 'GET'} ${href}`);
  return [...byPlace.values()].map(([first, ...others]) => {
    const schemas = [first!, ...others].flatMap(({ schema }) => schema ?? []);
    return schemas.length < 2 ? first! : { ...first!, schema: { anyOf: schemas } };
  });
}

/** `{(%23%2Fdefinitions%2Fapp%2Fdefinitions%2Fidentity)}` names the schema of what stands there. */
const PLACE = /\{\(([^)]+)\)\}/g;

const pathOf = (href: string): string => {
  let index = 0;
  return href.replaceAll(PLACE, () => `{${(index += 1)}}`);
};

function operationOf(name: string, link: Link): Operation {
  const inPath = [...link.href.matchAll(PLACE)].map(([, pointer]) => ({ $ref: decodeURIComponent(pointer as string) }));
  const asked = (link.method ?? 'GET') === 'GET' ? (link.schema?.['properties'] as Schema | undefined) : undefined;
  const own = { $ref: `#/definitions/${name}` };
  const target = link.targetSchema ?? (link.rel === 'instances' ? { type: 'array', items: own } : own);
  const takesBody = link.schema !== undefined && asked === undefined;
  const required = isObject(link.schema) && ((link.schema['required'] ?? []) as unknown[]).length > 0;
  return {
    id: `${name}: ${link.title ?? link.href}`,
    parameters: [
      ...inPath.map((schema, index) => ({
        name: String(index + 1),
        in: 'path' as const,
        required: true,
        schema,
        repeated: false,
      })),
      ...Object.entries(asked ?? {}).map(([key, schema]) => ({
        name: key,
        in: 'query' as const,
        required: false,
        schema,
        repeated: true,
      })),
    ],
    ...(takesBody ? { body: { required, content: { 'application/json': link.schema } } } : {}),
    // It does not say which successes there are, nor what errors look like.
    response: (status) => (status < 300 ? { content: { 'application/json': target } } : undefined),
  };
}

/** Whether a document is of this kind. */
export function isHyperSchema(document: Schema): boolean {
  return String(document['$schema'] ?? '').includes('hyper-schema') && at(document, '#/definitions') !== undefined;
}
