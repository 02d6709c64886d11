import { schema as official } from '@octokit/graphql-schema';
import { buildSchema, GraphQLScalarType, type GraphQLSchema } from 'graphql';

let schema: GraphQLSchema | undefined;

/** GitHub's official GraphQL schema, whose scalars also refuse what GitHub would never send or take. Built once. */
export function officialGraphql(): GraphQLSchema {
  if (schema) return schema;
  schema = buildSchema(official.idl, { assumeValidSDL: true });
  for (const [name, pattern] of Object.entries(scalars)) {
    const scalar = schema.getType(name);
    if (!(scalar instanceof GraphQLScalarType)) throw new Error(`GitHub's GraphQL schema has no scalar ${name}.`);
    scalar.parseValue = scalar.serialize = (value) => {
      if (typeof value === 'string' && pattern.test(value)) return value;
      throw new TypeError(`${name} cannot be ${JSON.stringify(value)}`);
    };
  }
  return schema;
}

const scalars: Record<string, RegExp> = {
  Base64String: /^[A-Za-z0-9+/]*=*$/,
  Date: /^\d{4}-\d\d-\d\d$/,
  DateTime: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  GitObjectID: /^[0-9a-f]{40}$/,
  GitTimestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  PreciseDateTime: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
  URI: /^[a-z][a-z0-9+.-]*:\S+$/,
};
