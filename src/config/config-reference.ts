import { KINDS, SECTION } from '../model/resource.ts';
import type { JsonSchema } from './json-schema.ts';
import { configSchema } from './schemas.ts';

const HEAD = ['| key | value | default | meaning |', '| --- | --- | --- | --- |'];
/** Keys that resources of every kind have; told once. */
const COMMON = /^[a-z]+\.<name>\.(place|protect|drift)(\.|$)/;

/** Keys that sites have as services do; told with those. */
const AS_SERVICES = /^sites\.<name>\.(health|failover)\./;

/** Somebody is told of in the same words everywhere; told with the first. */
const AS_PLAN = /^policy\.<name>\.(?!plan\.|approvals\.).+\.(any_of|all_of)$/;

/** Every key of `flotilla.yml` as markdown, from the schema: one table for the file, one a kind, one for what all kinds share. */
export function configReference(): string {
  const schema = configSchema();
  const definitions = schema.definitions ?? {};
  const table = (names: string[]): Row[] =>
    names.flatMap((name) =>
      rowsOf(name, schema.properties?.[name] ?? {}, definitions, schema.required?.includes(name) ?? false),
    );
  const kinds = KINDS.map((kind) => SECTION[kind]);
  const general = Object.keys(schema.properties ?? {}).filter((name) => !kinds.includes(name));
  const shared = table(['services'])
    .filter(({ path }) => COMMON.test(path))
    .map((row) => ({ ...row, path: row.path.replace(/^services\./, '<kind>.') }));
  const parts = [
    table(general).filter(({ path }) => !AS_PLAN.test(path)),
    ...kinds.map((kind) => table([kind]).filter(({ path }) => !COMMON.test(path) && !AS_SERVICES.test(path))),
    shared,
  ];
  return parts.map((rows) => `${[...HEAD, ...rows.map(line)].join('\n')}\n`).join('\n');
}

interface Row {
  path: string;
  value: string;
  fallback: string;
  meaning: string;
}

function line({ path, value, fallback, meaning }: Row): string {
  return `| ${[`\`${path}\``, value, fallback, meaning].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** The row of one key and those of the keys below it. */
function rowsOf(path: string, given: JsonSchema, definitions: Record<string, JsonSchema>, required: boolean): Row[] {
  const schema = resolve(given, definitions);
  const row = {
    path,
    value: valueWords(schema, definitions),
    fallback: required ? '*required*' : schema.default === undefined ? '' : code(schema.default),
    meaning: [schema.description ?? '', example(schema)].filter(Boolean).join(' '),
  };
  return [row, ...below(path, schema, definitions)];
}

function below(path: string, schema: JsonSchema, definitions: Record<string, JsonSchema>): Row[] {
  const map = [schema, ...(schema.anyOf ?? [])]
    .map((one) => resolve(one, definitions))
    .find(({ type }) => type === 'object');
  if (schema.type === 'array' && schema.items)
    return below(`${path}[]`, resolve(schema.items, definitions), definitions);
  if (!map) return [];
  const rows: Row[] = [];
  for (const [key, value] of Object.entries(map.properties ?? {})) {
    // There only to be refused with words of its own.
    if (value['not']) continue;
    // What an environment changes has the keys of the section itself.
    const isOverlay = path === 'environments.<name>' && value.type === 'object';
    if (isOverlay) rows.push({ path: `${path}.${key}`, value: 'map', fallback: '', meaning: value.description ?? '' });
    else rows.push(...rowsOf(`${path}.${key}`, value, definitions, map.required?.includes(key) ?? false));
  }
  if (typeof map.additionalProperties === 'object' && !map.properties)
    rows.push(...below(`${path}.<name>`, resolve(map.additionalProperties, definitions), definitions));
  return rows;
}

function resolve(schema: JsonSchema, definitions: Record<string, JsonSchema>): JsonSchema {
  return schema.$ref ? (definitions[schema.$ref.replace('#/definitions/', '')] ?? schema) : schema;
}

function valueWords(schema: JsonSchema, definitions: Record<string, JsonSchema>): string {
  if (schema.anyOf) {
    const words = schema.anyOf
      .filter(({ type }) => type !== 'null')
      .map((one) => valueWords(resolve(one, definitions), definitions));
    return [...new Set(words)].join(' or ');
  }
  if (schema.enum) return schema.enum.map(code).join(', ');
  if (schema.const !== undefined) return code(schema.const);
  switch (schema.type) {
    case 'string':
      return 'text';
    case 'integer':
      return schema.minimum === undefined || schema.minimum < 0
        ? 'whole number'
        : `${schema.minimum}–${schema.maximum}`;
    case 'number':
      return schema.minimum === undefined ? 'number' : `${schema.minimum}–${schema.maximum}`;
    case 'boolean':
      return '`true`, `false`';
    case 'array':
      return `list of ${schema.items ? valueWords(resolve(schema.items, definitions), definitions) : 'anything'}`;
    default:
      return 'map';
  }
}

function example({ examples, type }: JsonSchema): string {
  const first = examples?.[0];
  return first === undefined || (type === 'object' && typeof first !== 'object') ? '' : `E.g. ${code(first)}.`;
}

/** A value as it would stand in YAML on one line. */
function code(value: unknown): string {
  return `\`${flow(value)}\``;
}

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (value === null || typeof value !== 'object') return String(value);
  const entries = Object.entries(value).map(([key, item]) => `${key}: ${flow(item)}`);
  return entries.length > 0 ? `{ ${entries.join(', ')} }` : '{}';
}
