import type { Description } from './slice.ts';

/** Where the converted components live: `open` ones tolerate more properties, for use inside `allOf`. */
export const componentsId = 'github';

type Schema = Record<string, unknown>;

/**
 * An OpenAPI 3.0 schema as JSON Schema 2019-09. Three things change on the way:
 * - `nullable` becomes a type;
 * - an object that lists properties takes no others: GitHub ignores what it does not know, so a misspelt request
 *   property would go unnoticed, and the sandbox must not invent answers;
 * - `oneOf` becomes `anyOf`, because the variants in GitHub's description overlap.
 */
export function toJsonSchema(schema: unknown, closed = true): Schema {
  const { nullable, discriminator: _, oneOf, anyOf = oneOf, ...rest } = schema as Schema;
  if (nullable === true) return orNull(toJsonSchema({ ...rest, ...(anyOf ? { anyOf } : {}) }, closed));
  if (typeof rest['$ref'] === 'string') return { $ref: reference(rest['$ref'], closed) };

  const listed = isObject(rest['properties']) || Array.isArray(rest['allOf']);
  const converted: Schema = { ...rest };
  if (rest['additionalProperties'] === true && (listed || !closed)) delete converted['additionalProperties'];
  if (isObject(rest['additionalProperties'])) {
    converted['additionalProperties'] = toJsonSchema(rest['additionalProperties']);
  }
  if (isObject(rest['properties'])) {
    converted['properties'] = Object.fromEntries(
      Object.entries(rest['properties']).map(([name, property]) => [name, toJsonSchema(property)]),
    );
  }
  if (rest['items'] !== undefined) converted['items'] = toJsonSchema(rest['items']);
  if (Array.isArray(rest['allOf'])) converted['allOf'] = rest['allOf'].map((part) => toJsonSchema(part, false));
  // A variant beside listed properties sees them too, so only the whole can be closed.
  if (Array.isArray(anyOf)) converted['anyOf'] = anyOf.map((variant) => toJsonSchema(variant, closed && !listed));
  if (closed && listed && converted['additionalProperties'] === undefined) converted['unevaluatedProperties'] = false;
  return converted;
}

/** All components of a description as one schema that others refer to. */
export function componentSchemas(description: Description): Schema {
  const schemas = Object.entries(description.components['schemas'] ?? {});
  return {
    $id: componentsId,
    closed: Object.fromEntries(schemas.map(([name, schema]) => [name, toJsonSchema(schema, true)])),
    open: Object.fromEntries(schemas.map(([name, schema]) => [name, toJsonSchema(schema, false)])),
  };
}

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const reference = (pointer: string, closed: boolean): string =>
  `${componentsId}#/${closed ? 'closed' : 'open'}/${pointer.slice(pointer.lastIndexOf('/') + 1)}`;

function orNull(schema: Schema): Schema {
  if (typeof schema['type'] !== 'string' || schema['anyOf']) return { anyOf: [schema, { type: 'null' }] };
  const enumerated = Array.isArray(schema['enum']) ? { enum: [...schema['enum'], null] } : {};
  return { ...schema, type: [schema['type'], 'null'], ...enumerated };
}
