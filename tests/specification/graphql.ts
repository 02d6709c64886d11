import {
  executeSync,
  getDirectiveValues,
  getVariableValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  isAbstractType,
  Kind,
  parse,
  validate,
  type DocumentNode,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type SelectionNode,
} from 'graphql';

/** One request and its answer. */
export interface GraphqlExchange {
  status: number;
  /** Parsed JSON. */
  requestBody?: unknown;
  responseBody?: unknown;
}

interface GraphqlRequest {
  query: string;
  variables?: Record<string, unknown> | null;
  operationName?: string | null;
}

interface GraphqlAnswer {
  data?: Record<string, unknown> | null;
  errors?: unknown;
}

/** The document and its variables, held against the schema. */
export function validateGraphqlRequest(schema: GraphQLSchema, exchange: GraphqlExchange): string[] {
  const request = exchange.requestBody as GraphqlRequest | undefined;
  if (typeof request?.query !== 'string') return ['request body: a GraphQL request needs its `query`'];
  const document = parsed(request.query);
  if (typeof document === 'string') return [`request document: ${document}`];
  const errors = validate(schema, document);
  if (errors.length > 0) return errors.map(({ message }) => `request document: ${message}`);
  const operation = operationOf(document, request.operationName);
  if (!operation) return ['request document: names no operation'];
  const variables = getVariableValues(schema, operation.variableDefinitions ?? [], request.variables ?? {});
  const unknown = Object.keys(request.variables ?? {}).filter(
    (name) => !operation.variableDefinitions?.some(({ variable }) => variable.name.value === name),
  );
  return [
    ...(variables.errors ?? []).map(({ message }) => `request variables: ${message}`),
    ...unknown.map((name) => `request variables: the document declares no $${name}`),
  ];
}

/**
 * The answer, held against the schema by executing the document again with the answer as the only source of
 * values: what the executor then misses, cannot serialise or leaves over is not what the API could have answered.
 */
export function validateGraphqlResponse(schema: GraphQLSchema, exchange: GraphqlExchange): string[] {
  const request = exchange.requestBody as GraphqlRequest | undefined;
  const answer = exchange.responseBody as (GraphqlAnswer & { message?: unknown }) | undefined;
  if (exchange.status >= 400) return typeof answer?.message === 'string' ? [] : ['response: an error needs a message'];
  if (typeof answer !== 'object' || answer === null) return ['response: not a JSON object'];
  const violations = Object.keys(answer)
    .filter((key) => !['data', 'errors', 'extensions'].includes(key))
    .map((key) => `response: GraphQL answers have no \`${key}\``);
  if (answer.errors !== undefined) violations.push(...errorShapes(answer.errors));
  else if (!answer.data) violations.push('response: neither data nor errors');
  if (!answer.data || typeof request?.query !== 'string') return violations;
  const document = parsed(request.query);
  return typeof document === 'string'
    ? violations
    : [...violations, ...execute(schema, document, request, answer.data)];
}

function execute(
  schema: GraphQLSchema,
  document: DocumentNode,
  request: GraphqlRequest,
  data: Record<string, unknown>,
): string[] {
  const missing: string[] = [];
  const result = executeSync({
    schema,
    document,
    rootValue: data,
    variableValues: request.variables ?? {},
    operationName: request.operationName ?? null,
    fieldResolver: (source: Record<string, unknown>, _arguments, _context, info) => {
      if (!(info.path.key in source)) missing.push(`response ${dotted(info.path)}: missing`);
      return source[info.path.key];
    },
    typeResolver: (value: Record<string, unknown>, _context, info, abstract) =>
      info.schema.getPossibleTypes(abstract).find((type) => isOf(type, value, info))?.name,
  });
  return [
    ...missing,
    ...(result.errors ?? []).map(({ message, path }) => `response ${(path ?? []).join('.')}: ${message}`),
    ...differences(data, result.data, []),
  ];
}

/** Whether the value has just the keys that the selection gives an object of this type, and names no other type. */
function isOf(type: GraphQLObjectType, value: Record<string, unknown>, info: GraphQLResolveInfo): boolean {
  const expected = selectedKeys(type, info);
  return (
    Object.keys(value).length === expected.size &&
    Object.keys(value).every((key) => expected.has(key)) &&
    [...expected].every(([key, field]) => field !== '__typename' || value[key] === type.name)
  );
}

/** From each key that an answer of this type has for the field's selection to the name of the field it holds. */
function selectedKeys(type: GraphQLObjectType, info: GraphQLResolveInfo): Map<string, string> {
  const found = new Map<string, string>();
  const collect = (selections: readonly SelectionNode[]): void => {
    for (const selection of selections) {
      if (getDirectiveValues(GraphQLSkipDirective, selection, info.variableValues)?.['if'] === true) continue;
      if (getDirectiveValues(GraphQLIncludeDirective, selection, info.variableValues)?.['if'] === false) continue;
      if (selection.kind === Kind.FIELD) {
        found.set(selection.alias?.value ?? selection.name.value, selection.name.value);
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : info.fragments[selection.name.value];
      const condition = fragment?.typeCondition && info.schema.getType(fragment.typeCondition.name.value);
      const applies =
        !condition || condition === type || (isAbstractType(condition) && info.schema.isSubType(condition, type));
      if (fragment && applies) collect(fragment.selectionSet.selections);
    }
  };
  for (const node of info.fieldNodes) collect(node.selectionSet?.selections ?? []);
  return found;
}

/** Keys of the answer that nobody asked for, and values that the API would have written differently. */
function differences(answered: unknown, expected: unknown, path: string[]): string[] {
  // Whatever became null has been reported by the executor.
  if (expected === null || expected === undefined) return [];
  if (typeof answered !== 'object' || answered === null) {
    return answered === expected ? [] : [`response ${path.join('.')}: ${JSON.stringify(answered)} is of another type`];
  }
  return Object.entries(answered).flatMap(([key, value]) =>
    key in (expected as object)
      ? differences(value, (expected as Record<string, unknown>)[key], [...path, key])
      : [`response ${[...path, key].join('.')}: not asked for`],
  );
}

function errorShapes(errors: unknown): string[] {
  if (!Array.isArray(errors) || errors.length === 0) return ['response errors: not a list with at least one error'];
  return errors.flatMap((error: Record<string, unknown>, index) => {
    const allowed: Record<string, (value: unknown) => boolean> = {
      message: (value) => typeof value === 'string' && value !== '',
      type: (value) => typeof value === 'string' && /^[A-Z][A-Z_]*$/.test(value),
      path: (value) => Array.isArray(value) && value.every((step) => ['string', 'number'].includes(typeof step)),
      locations: (value) => Array.isArray(value) && value.every(({ line, column }) => line > 0 && column > 0),
      extensions: (value) => typeof value === 'object',
    };
    const wrong = Object.entries(error).filter(([key, value]) => !allowed[key]?.(value));
    return [
      ...('message' in error ? [] : [`response errors.${index}: no message`]),
      ...wrong.map(([key, value]) => `response errors.${index}.${key}: cannot be ${JSON.stringify(value)}`),
    ];
  });
}

function parsed(query: string): DocumentNode | string {
  try {
    return parse(query);
  } catch (error) {
    return (error as Error).message;
  }
}

function operationOf(document: DocumentNode, name: string | null | undefined) {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  return name ? operations.find((operation) => operation.name?.value === name) : operations[0];
}

function dotted(path: GraphQLResolveInfo['path']): string {
  return path.prev ? `${dotted(path.prev)}.${path.key}` : String(path.key);
}
