import * as z from 'zod/mini';
import { KINDS, type Json } from '../../model/resource.ts';
import { about } from '../schema/words.ts';

/**
 * The documents that Flotilla writes, as schemas: only for the generated JSON Schemas, never loaded by a run. A test holds
 * each against its interface in `model/`, both ways.
 */

/** Steps and the record also have secrets that the fleet issues itself. */
const kind = z.enum([...KINDS, 'secret']);
export const address = about(z.templateLiteral([kind, '/', z.string()]), 'kind/name, such as service/api');
export const instanceId = about(
  z.templateLiteral([kind, '/', z.string(), '@', z.string()]),
  'kind/name@provider account, such as service/api@render; secret/NAME@v2 for the second value of a secret',
);
export const json = about(z.custom<Json>(), 'any JSON value');
export const jsonObject = about(z.record(z.string(), json), 'any JSON object');
export const time = about(z.string(), 'ISO 8601, UTC');
export const commit = about(
  z.nullable(z.string()),
  'git commit that the config came from; null for an uncommitted work tree',
);
export const texts = z.record(z.string(), z.string());

export const action = z.enum(['create', 'update', 'replace', 'move', 'adopt', 'delete']);

export const position = about(
  z.strictObject({ file: z.string(), line: z.int(), column: z.int() }),
  'a place in a config file; line and column count from 1',
);

export const source = about(
  z.strictObject({ dir: z.string(), tree: z.string() }),
  'folder of the repository that it is made from, and the git id of what is in it',
);

/** A key that may be left out, and is never there without a value. */
export function optional<S extends z.core.$ZodType>(schema: S, description: string): z.ZodMiniExactOptional<S> {
  return about(z.exactOptional(schema), description);
}
