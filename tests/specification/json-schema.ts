export type Schema = Record<string, unknown>;

export interface Conversion {
  /**
   * Whether an object that lists properties takes no others: APIs ignore what they do not know, so a misspelt request
   * property would go unnoticed, and a fake must not invent answers. Parts of an `allOf` are open, their whole is closed.
   */
  closed: boolean;
  /** In a request what is read-only need not be there, in an answer what is write-only. */
  direction: 'request' | 'response';
  /** Gives the identifier of what a local pointer (`#/components/schemas/App`) names, converted in the same way. */
  refer(pointer: string, conversion: Conversion): string;
}

/**
 * A schema of OpenAPI 3.0 or 3.1, Swagger 2 or draft 4 as JSON Schema 2019-09: `nullable` becomes a type, exclusive limits
 * become numbers, and `oneOf` becomes `anyOf`, because the variants that descriptions list overlap.
 */
export function toJsonSchema(schema: unknown, conversion: Conversion): Schema | boolean {
  if (!isObject(schema)) return schema !== false;
  const { nullable, 'x-nullable': swaggerNullable, oneOf, ...rest } = schema;
  if (oneOf !== undefined && rest['anyOf'] !== undefined) {
    const parts = Array.isArray(rest['allOf']) ? rest['allOf'] : [];
    return toJsonSchema({ ...rest, nullable, allOf: [...parts, { anyOf: oneOf }] }, conversion);
  }
  const whole = oneOf === undefined ? rest : { ...rest, anyOf: oneOf };
  if (nullable === true || swaggerNullable === true) return orNull(toJsonSchema(whole, conversion));
  if (typeof whole['$ref'] === 'string') return { $ref: conversion.refer(whole['$ref'], conversion) };
  return { ...bare(whole), ...required(whole, conversion), ...limits(whole), ...inner(whole, conversion) };
}

/** What neither holds schemas nor is said otherwise elsewhere. */
const KEPT = [
  'type',
  'enum',
  'const',
  'format',
  'pattern',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'multipleOf',
  'minimum',
  'maximum',
];

function bare(schema: Schema): Schema {
  const kept = KEPT.flatMap((key) => (schema[key] === undefined ? [] : [[key, schema[key]]]));
  const converted: Schema = Object.fromEntries(kept);
  if (!isPattern(converted['pattern'])) delete converted['pattern'];
  // Swagger's way to say that a body is bytes.
  if (converted['type'] === 'file') delete converted['type'];
  return converted;
}

function inner(schema: Schema, conversion: Conversion): Schema {
  const { properties, items, allOf, anyOf, not, additionalProperties: others } = schema;
  const converted: Schema = {};
  const whole = { ...conversion, closed: true };
  const part = { ...conversion, closed: false };
  const listed = isObject(properties) || Array.isArray(allOf);
  if (isObject(properties)) {
    const entries = Object.entries(properties).map(([name, property]) => [name, toJsonSchema(property, whole)]);
    converted['properties'] = Object.fromEntries(entries);
  }
  const { patternProperties: byPattern } = schema;
  if (isObject(byPattern)) {
    const entries = Object.entries(byPattern).filter(([pattern]) => isPattern(pattern));
    converted['patternProperties'] = Object.fromEntries(
      entries.map(([name, each]) => [name, toJsonSchema(each, whole)]),
    );
  }
  if (items !== undefined) converted['items'] = toJsonSchema(items, whole);
  if (not !== undefined) converted['not'] = toJsonSchema(not, part);
  if (Array.isArray(allOf)) converted['allOf'] = allOf.map((each) => toJsonSchema(each, part));
  // A variant beside listed properties sees them too, so only the whole can be closed.
  const variants = { ...conversion, closed: conversion.closed && !listed };
  if (Array.isArray(anyOf)) converted['anyOf'] = anyOf.map((variant) => toJsonSchema(variant, variants));
  if (isObject(others)) converted['additionalProperties'] = toJsonSchema(others, whole);
  else if (others === false) converted['additionalProperties'] = false;
  else if (conversion.closed && listed && schema['x-kubernetes-preserve-unknown-fields'] !== true)
    converted['unevaluatedProperties'] = false;
  return converted;
}

function required({ required: names, properties }: Schema, { direction }: Conversion): Schema {
  if (!Array.isArray(names) || names.length === 0) return {};
  const elsewhere = direction === 'request' ? 'readOnly' : 'writeOnly';
  const asked = names.filter((name: string) => {
    const property = isObject(properties) ? properties[name] : undefined;
    return !(isObject(property) && property[elsewhere] === true);
  });
  return { required: asked };
}

/** Before draft 6 an exclusive limit was a limit and a flag beside it. */
function limits(schema: Schema): Schema {
  const converted: Schema = {};
  for (const [flag, limit] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (schema[flag] === true) Object.assign(converted, { [flag]: schema[limit], [limit]: undefined });
    else if (typeof schema[flag] === 'number') converted[flag] = schema[flag];
  }
  return converted;
}

/** Some patterns are of another language's making. */
function isPattern(pattern: unknown): boolean {
  if (typeof pattern !== 'string') return false;
  try {
    return Boolean(new RegExp(pattern));
  } catch {
    return false;
  }
}

export const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function orNull(schema: Schema | boolean): Schema | boolean {
  if (typeof schema === 'boolean') return schema;
  if (typeof schema['type'] !== 'string' || schema['anyOf']) return { anyOf: [schema, { type: 'null' }] };
  const enumerated = Array.isArray(schema['enum']) ? { enum: [...schema['enum'], null] } : {};
  return { ...schema, type: [schema['type'], 'null'], ...enumerated };
}
