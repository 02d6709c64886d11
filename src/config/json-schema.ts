/** The parts of JSON Schema (draft 7) that ours are made of. */
export interface JsonSchema {
  $ref?: string;
  $schema?: string;
  $id?: string;
  title?: string;
  description?: string;
  definitions?: Record<string, JsonSchema>;
  type?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  examples?: unknown[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | boolean;
  propertyNames?: JsonSchema;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  minimum?: number;
  maximum?: number;
  pattern?: string;
  [keyword: string]: unknown;
}

/** The schema of a partial map that is merged over one of `schema`: nothing is required, and `null` removes a key. */
export function overlayOf(schema: JsonSchema): JsonSchema {
  const { required: _, default: __, ...rest } = schema;
  const nullable = (value: JsonSchema): JsonSchema => {
    const { description, examples, ...inner } = overlayOf(value);
    return {
      ...(description ? { description } : {}),
      ...(examples ? { examples } : {}),
      anyOf: [inner, { type: 'null' }],
    };
  };
  if (schema.anyOf) return { ...rest, anyOf: schema.anyOf.map(overlayOf) };
  if (schema.type !== 'object') return rest;
  const { properties, additionalProperties } = schema;
  return {
    ...rest,
    ...(properties
      ? { properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, nullable(value)])) }
      : {}),
    ...(typeof additionalProperties === 'object' ? { additionalProperties: nullable(additionalProperties) } : {}),
  };
}
