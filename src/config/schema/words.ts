import * as z from 'zod/mini';

/** Notes that end up in the JSON Schema and in the README's reference. */
export interface Note {
  examples?: unknown[];
  default?: unknown;
}

/** A copy of a schema with the one sentence that editors and the reference show: the schema itself may be used in other places. */
export function about<S extends z.core.$ZodType>(schema: S, description: string, note: Note = {}): S {
  const own = z.core.clone(schema);
  z.globalRegistry.add(own, { description, ...note });
  return own;
}

/** An optional key with its meaning. */
export function key<S extends z.core.$ZodType>(schema: S, description: string, note: Note = {}): z.ZodMiniOptional<S> {
  return about(z.optional(schema), description, note);
}

/**
 * A map with known keys only. `what` says what was expected where something else stands. The message of an issue
 * about unknown keys is the list of known ones, from which `problems-of.ts` makes its "did you mean".
 */
export function map<Shape extends z.core.$ZodLooseShape>(
  what: string,
  shape: Shape,
): z.ZodMiniObject<Shape, z.core.$strict> {
  const known = Object.keys(shape).join(', ');
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? known : what) });
}

/** A map from names that the user chooses to values of one shape. */
export function mapOf<Name extends z.core.$ZodRecordKey, Value extends z.core.$ZodType>(
  what: string,
  name: Name,
  value: Value,
): z.ZodMiniRecord<Name, Value> {
  return z.record(name, value, { error: what });
}

/** A list of at most `limit` items. */
export function listOf<Item extends z.core.$ZodType>(what: string, item: Item, limit: number): z.ZodMiniArray<Item> {
  return z.array(item, { error: what }).check(z.maxLength(limit, { error: `at most ${limit} entries` }));
}

/** A check across keys: returns where it is wrong and what would be right, or undefined. */
export function rule<T>(
  check: (value: T) => { path: (string | number)[]; found: string; expected: string } | undefined,
): z.core.CheckFn<T> {
  return (payload) => {
    const wrong = check(payload.value);
    if (!wrong) return;
    payload.issues.push({
      code: 'custom',
      path: wrong.path,
      message: wrong.expected,
      params: { found: wrong.found },
      input: payload.value,
      continue: true,
    });
  };
}
