/** What is dropped: prose, examples and hints. None of it says whether a request or an answer is right. */
const prose = new Set([
  'default',
  'deprecated',
  'description',
  'example',
  'examples',
  'externalDocs',
  'headers',
  'links',
  'readOnly',
  'servers',
  'summary',
  'tags',
  'title',
]);

/** Inline schemas at least this long (characters of JSON) that occur more than once become one component. */
const WORTH_SHARING = 400;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Tree = { [key: string]: Json };

/** An OpenAPI 3.0 document, as far as slicing reads it. */
export interface Description {
  openapi: string;
  info: { title: string; version: string; license?: Json };
  paths: Record<string, Record<string, Json>>;
  components: Record<string, Record<string, Json>>;
}

/**
 * The part of a description that the named operations need: structure only, with the components they reach.
 * Same description and names, same slice. Throws when the description lacks an operation.
 */
export function slice(description: Description, operationIds: readonly string[]): Description {
  const wanted = new Set(operationIds);
  const paths: Description['paths'] = {};
  for (const path of Object.keys(description.paths).toSorted()) {
    for (const [method, operation] of Object.entries(description.paths[path]!)) {
      const id = isTree(operation) ? operation['operationId'] : undefined;
      if (typeof id !== 'string' || !wanted.delete(id)) continue;
      paths[path] = { ...paths[path], [method]: structure(operation) };
    }
  }
  if (wanted.size > 0) throw new Error(`GitHub's description has no operation ${[...wanted].join(', ')}.`);
  const components = reachable(description.components, paths);
  return share({
    openapi: description.openapi,
    info: {
      title: 'GitHub REST API, a slice of its structure',
      version: description.info.version,
      license: description.info.license ?? null,
    },
    paths,
    components,
  });
}

/** One line an operation and a component, so that a newer description makes a diff that can be read. */
export function print({ openapi, info, paths, components }: Description): string {
  const nested = (tree: Record<string, Record<string, Json>>) =>
    Object.entries(tree).map(([key, value]) => block(key, lines(value, 6), 4));
  const parts = [
    ...lines({ openapi, info: info as Json }, 2),
    block('paths', nested(paths), 2),
    block('components', nested(components), 2),
  ];
  return `{\n${parts.join(',\n')}\n}\n`;
}

const lines = (tree: Record<string, Json>, indent: number): string[] =>
  Object.entries(tree).map(([key, value]) => `${' '.repeat(indent)}${JSON.stringify(key)}: ${JSON.stringify(value)}`);

const block = (key: string, entries: string[], indent: number): string =>
  `${' '.repeat(indent)}${JSON.stringify(key)}: {\n${entries.join(',\n')}\n${' '.repeat(indent)}}`;

const isTree = (value: Json | undefined): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value without prose. The keys of `properties` are names, not keywords, and are all kept. */
function structure(value: Json, named = false): Json {
  if (Array.isArray(value)) return value.map((item) => structure(item));
  if (!isTree(value)) return value;
  const kept = Object.entries(value).filter(([key]) => named || !(prose.has(key) || key.startsWith('x-')));
  return Object.fromEntries(
    kept.map(([key, item]) => [key, key === 'enum' && !named ? item : structure(item, key === 'properties' && !named)]),
  );
}

/** The components that the paths refer to, directly or through others, without prose and in order. */
function reachable(all: Description['components'], paths: Json): Description['components'] {
  const found = new Map<string, Json>();
  const visit = (value: Json): void => {
    for (const reference of references(value)) {
      if (found.has(reference)) continue;
      const [kind, name] = split(reference);
      const component = all[kind]?.[name];
      if (component === undefined) throw new Error(`GitHub's description has no component ${reference}.`);
      const bare = structure(component);
      found.set(reference, bare);
      visit(bare);
    }
  };
  visit(paths);
  const components: Description['components'] = {};
  for (const reference of [...found.keys()].toSorted()) {
    const [kind, name] = split(reference);
    components[kind] = { ...components[kind], [name]: found.get(reference)! };
  }
  return components;
}

function* references(value: Json): Generator<string> {
  if (Array.isArray(value)) for (const item of value) yield* references(item);
  if (!isTree(value)) return;
  if (typeof value['$ref'] === 'string') yield value['$ref'];
  for (const item of Object.values(value)) yield* references(item);
}

function split(reference: string): [kind: string, name: string] {
  const [, , kind = '', name = ''] = reference.split('/');
  return [kind, name];
}

/** Long schemas that are written out more than once are written once, and referred to. */
function share(description: Description): Description {
  const seen = new Map<string, number>();
  const count = (value: Json): void => {
    if (Array.isArray(value)) return value.forEach(count);
    if (!isTree(value)) return;
    const text = JSON.stringify(value);
    if (isSchema(value) && text.length >= WORTH_SHARING) seen.set(text, (seen.get(text) ?? 0) + 1);
    Object.values(value).forEach(count);
  };
  const { paths, components } = description;
  count(paths as Json);
  count(components as Json);

  const schemas = components['schemas'] ?? {};
  const names = new Map(Object.entries(schemas).map(([name, schema]) => [JSON.stringify(schema), name]));
  const shared: Record<string, Json> = {};
  const replace = (value: Json, inline: boolean): Json => {
    if (Array.isArray(value)) return value.map((item) => replace(item, true));
    if (!isTree(value)) return value;
    const text = JSON.stringify(value);
    const inner = () => Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replace(item, true)]));
    if (!inline || (seen.get(text) ?? 0) < 2) return inner();
    let name = names.get(text);
    if (name === undefined) {
      name = `shared-${Object.keys(shared).length + 1}`;
      names.set(text, name);
      shared[name] = {};
      shared[name] = inner();
    }
    return { $ref: `#/components/schemas/${name}` };
  };
  const map = (trees: Record<string, Record<string, Json>>) =>
    Object.fromEntries(
      Object.entries(trees).map(([key, tree]) => [
        key,
        Object.fromEntries(Object.entries(tree).map(([name, item]) => [name, replace(item, false)])),
      ]),
    );
  const sharedPaths = map(paths);
  const sharedComponents = map(components);
  return {
    ...description,
    paths: sharedPaths,
    components: { ...sharedComponents, schemas: { ...sharedComponents['schemas'], ...shared } },
  };
}

const isSchema = (value: Tree): boolean => 'type' in value && ('properties' in value || 'items' in value);
