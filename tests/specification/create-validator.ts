import { Ajv2019, type ErrorObject, type ValidateFunction } from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';
import { toJsonSchema, type Conversion, type Schema } from './json-schema.ts';
import { at } from './openapi.ts';
import type { Content, Found, Parameter } from './operation.ts';

export interface Asked {
  query: URLSearchParams;
  /** Parsed where it is JSON; undefined without one. */
  body: unknown;
  /** Default `application/json`. */
  mediaType?: string | undefined;
}

/** Holds requests and answers against the schemas of one document. What is wrong is a line each. */
export interface Validator {
  request(found: Found, asked: Asked): string[];
  /** A value against a schema of the document; `part` names it within the operation, for messages and for compiling once. */
  check(found: Found, part: string, schema: unknown, value: unknown, options?: { closed?: boolean }): string[];
}

/** Compiling takes most of the time, so each part of an operation and each component is compiled when first met, once. */
export function createValidator(document: unknown, formats: Record<string, RegExp> = {}): Validator {
  const strict = createCompiler(document, formats, false);
  const coercing = createCompiler(document, formats, true);

  function parameters(found: Found, place: Parameter['in'], values: Record<string, unknown>): string[] {
    const here = found.operation.parameters.filter((parameter) => parameter.in === place);
    const schema = {
      type: 'object',
      properties: Object.fromEntries(here.map(({ name, schema }) => [name, schema])),
      required: here.filter(({ required }) => required).map(({ name }) => name),
    };
    // Some descriptions leave their paths' parameters to the path.
    const conversion = { closed: place === 'query', direction: 'request' } as const;
    return coercing(`${keyOf(found)} ${place}`, schema, conversion, place, values);
  }

  return {
    request(found, { query, body: sent, mediaType = 'application/json' }) {
      const { body } = found.operation;
      const violations = [
        ...parameters(found, 'path', { ...found.parameters }),
        ...parameters(found, 'query', queryValues(found.operation.parameters, query, document)),
      ];
      if (absent(sent)) return body?.required ? [...violations, 'body: missing'] : violations;
      const media = body && mediaOf(body.content, mediaType);
      if (body && media === undefined)
        return [...violations, `body: ${mediaType} is not among ${Object.keys(body.content).join(', ')}`];
      if (!body || media === undefined)
        return isEmptyObject(sent) ? violations : [...violations, 'body: the operation takes none'];
      if (!isJson(mediaType)) return violations;
      const conversion = { closed: true, direction: 'request' } as const;
      return [...violations, ...strict(`${keyOf(found)} body`, body.content[media], conversion, 'body', sent)];
    },
    check: (found, part, schema, value, { closed = true } = {}) =>
      strict(`${keyOf(found)} ${part} ${closed}`, schema, { closed, direction: 'response' }, part, value),
  };
}

const keyOf = ({ route }: Found): string => `${route.method} ${route.path}`;

/** The declared media type that covers one that was sent; parameters after `;` do not count. */
export function mediaOf(content: Content, mediaType: string): string | undefined {
  const wanted = typeOf(mediaType);
  const covers = (declared: string) => {
    const range = typeOf(declared);
    return range === wanted || range === '*/*' || (range.endsWith('/*') && wanted.startsWith(range.slice(0, -1)));
  };
  return Object.keys(content).find(covers) ?? (isJson(wanted) ? Object.keys(content).find(isJson) : undefined);
}

const typeOf = (mediaType: string): string => (mediaType.split(';')[0] as string).trim().toLowerCase();

export const isJson = (mediaType: string): boolean => /[/+]json\b/.test(mediaType);

type Check = (
  key: string,
  schema: unknown,
  conversion: Pick<Conversion, 'closed' | 'direction'>,
  part: string,
  value: unknown,
) => string[];

function createCompiler(document: unknown, formats: Record<string, RegExp>, coerceTypes: boolean): Check {
  let ajv: Ajv2019 | undefined;
  const compiled = new Map<string, ValidateFunction>();
  const references = new Map<string, string>();

  function refer(pointer: string, { closed, direction }: Conversion): string {
    const key = `${closed} ${direction} ${pointer}`;
    const known = references.get(key);
    if (known !== undefined) return known;
    const id = `https://specification.invalid/${references.size}`;
    references.set(key, id);
    const target = at(document, pointer);
    if (target === undefined) throw new Error(`the specification has no ${pointer}`);
    const parent = closed ? target : withoutHeirs(target, pointer, document);
    ajv!.addSchema(toJsonSchema(parent, { closed, direction, refer }) as object, id);
    return id;
  }

  return (key, schema, conversion, part, value) => {
    ajv ??= newAjv(coerceTypes, formats);
    let validate = compiled.get(key);
    if (!validate) {
      validate = ajv.compile(toJsonSchema(schema, { ...conversion, refer }));
      compiled.set(key, validate);
    }
    return validate(value) ? [] : linesOf(validate.errors ?? [], part, value);
  };
}

/** A base class that lists its variants, each of which is `allOf` the base and more, would be checked without end. */
function withoutHeirs(schema: unknown, pointer: string, document: unknown): unknown {
  const { oneOf, ...rest } = (schema ?? {}) as { oneOf?: { $ref?: string }[]; [key: string]: unknown };
  const inherits = ({ $ref }: { $ref?: string }): boolean =>
    $ref !== undefined && JSON.stringify((at(document, $ref) as Schema)?.['allOf'] ?? '').includes(`"${pointer}"`);
  return Array.isArray(oneOf) && oneOf.some(inherits) ? rest : schema;
}

function newAjv(coerceTypes: boolean, formats: Record<string, RegExp>): Ajv2019 {
  const instance = new Ajv2019({
    strict: false,
    allErrors: true,
    coerceTypes,
    validateSchema: false,
    unicodeRegExp: false,
    logger: false,
  });
  addFormats.default(instance);
  for (const [name, format] of Object.entries(formats)) instance.addFormat(name, format);
  return instance;
}

/** More lines say no more: variants of variants repeat what is wrong. */
const MOST_LINES = 12;

/** Ajv's errors as sentences, each with the place and what was found there. */
export function linesOf(errors: readonly ErrorObject[], part: string, value: unknown): string[] {
  const lines = errors
    .filter((error) => error.keyword !== 'if')
    .map(({ instancePath, message, params }) => {
      const extra = params['unevaluatedProperty'] ?? params['additionalProperty'];
      const detail = extra === undefined ? (params['allowedValues'] ?? '') : extra;
      const where = instancePath.replace(/^\//, '').replaceAll('/', '.');
      const said = JSON.stringify(at(value, instancePath))?.slice(0, 60);
      return `${part}${where && ` ${where}`}: ${message}${detail === '' ? '' : ` (${String(detail)})`}, found ${said}`;
    });
  const distinct = [...new Set(lines)];
  return distinct.length > MOST_LINES ? [...distinct.slice(0, MOST_LINES), `${part}: and more`] : distinct;
}

/** Query parameters with lists as lists. `name[]` and `name[key]` are spellings of `name`. */
function queryValues(parameters: Parameter[], query: URLSearchParams, document: unknown): Record<string, unknown> {
  const known = new Map(parameters.filter((each) => each.in === 'query').map((each) => [each.name, each]));
  const values: Record<string, unknown> = {};
  for (const name of new Set(query.keys())) {
    const given = query.getAll(name);
    const [, plain = name, key] = /^(.+)\[(.*)\]$/.exec(name) ?? [];
    const parameter = known.get(name) ?? known.get(plain);
    if (!parameter) values[name] = given[0];
    else if (key && !known.has(name)) values[plain] = { ...(values[plain] as object), [key]: given[0] };
    else if (takesList(parameter.schema, document))
      values[parameter.name] = parameter.repeated ? given : given.flatMap((item) => item.split(','));
    else values[parameter.name] = given.length > 1 ? given : given[0];
  }
  return values;
}

function takesList(schema: unknown, document: unknown): boolean {
  const { $ref, type, anyOf, oneOf } = (schema ?? {}) as Record<string, unknown>;
  if (typeof $ref === 'string') return takesList(at(document, $ref), document);
  const variants = (anyOf ?? oneOf) as unknown[] | undefined;
  if (variants) return variants.every((variant) => takesList(variant, document));
  return type === 'array' || (Array.isArray(type) && type.includes('array'));
}

export const absent = (body: unknown): boolean => body === undefined || body === null || body === '';

const isEmptyObject = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && Object.keys(body).length === 0;
