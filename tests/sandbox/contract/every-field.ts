import {
  getNamedType,
  isAbstractType,
  isLeafType,
  isRequiredArgument,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';

/** Arguments for the fields that demand some: `Repository.issue` to `number: 1`. */
export type FieldArguments = Record<string, string>;

/** Deep enough for every type of the sandbox; each further step makes the query many times longer. */
const DEPTH = 4;

/**
 * A selection set of every field that the type has, and that the types it leads to have, to some depth and each type
 * once on the way down. Names are aliased, so that fields of the same name in different types do not meet.
 */
export function everyField(
  schema: GraphQLSchema,
  typeName: string,
  given: FieldArguments,
  above: string[] = [],
): string {
  const type = schema.getType(typeName);
  if (!type) throw new Error(`The sandbox's GraphQL schema has no ${typeName}.`);
  if (above.length > DEPTH || above.includes(typeName)) return '{ __typename }';
  const path = [...above, typeName];
  if (isAbstractType(type)) {
    const variants = schema
      .getPossibleTypes(type)
      .map(({ name }) => `... on ${name} ${everyField(schema, name, given, path)}`);
    return `{ __typename ${variants.join(' ')} }`;
  }
  const select = (field: GraphQLField<unknown, unknown>): string => {
    const stated = given[`${typeName}.${field.name}`];
    if (stated === undefined && field.args.some(isRequiredArgument)) return '';
    const paged = field.args.some(({ name }) => name === 'first') ? 'first: 5' : '';
    const passed = [paged, stated].filter(Boolean).join(', ');
    const inner: GraphQLNamedType = getNamedType(field.type);
    const selection = isLeafType(inner) ? '' : everyField(schema, inner.name, given, path);
    return `${typeName}_${field.name}: ${field.name}${passed && `(${passed})`} ${selection}`;
  };
  return `{ __typename ${fieldsOf(type).map(select).join(' ')} }`;
}

/** Which fields of the schema none of the documents select: `Type.field`. */
export function fieldsLeftOut(schema: GraphQLSchema, documents: readonly string[]): string[] {
  const selected = new Set<string>();
  for (const document of documents) {
    const info = new TypeInfo(schema);
    const enter = () => {
      const parent = info.getParentType();
      const field = info.getFieldDef();
      if (parent && field) selected.add(`${parent.name}.${field.name}`);
    };
    visit(parse(document), visitWithTypeInfo(info, { Field: { enter } }));
  }
  return Object.values(schema.getTypeMap())
    .filter((type) => !type.name.startsWith('__') && !isAbstractType(type))
    .flatMap((type) => fieldsOf(type).map(({ name }) => `${type.name}.${name}`))
    .filter((field) => !selected.has(field));
}

function fieldsOf(type: GraphQLNamedType): GraphQLField<unknown, unknown>[] {
  return 'getFields' in type && 'getInterfaces' in type ? Object.values(type.getFields()) : [];
}
