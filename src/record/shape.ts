/**
 * What a file of the record looks like. The branch can be written by whoever may push, and everything that reads it relies on
 * these types: so they are looked at where it is read, and nowhere else. Keys that are not named here are let be.
 */
export type Shape = (value: unknown) => string | undefined;

/** Where a value differs, as a dotted path; undefined where it does not. The empty path is the value itself. */
const is =
  (fits: (value: unknown) => boolean): Shape =>
  (value) =>
    fits(value) ? undefined : '';

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

export const text = is((value) => typeof value === 'string');
export const number = is((value) => typeof value === 'number');
export const flag = is((value) => typeof value === 'boolean');
export const json = is(isObject);
export const moment = is((value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)));

export const orNull =
  (shape: Shape): Shape =>
  (value) =>
    value === null ? undefined : shape(value);

export const optional =
  (shape: Shape): Shape =>
  (value) =>
    value === undefined ? undefined : shape(value);

export const listOf =
  (item: Shape): Shape =>
  (value) =>
    Array.isArray(value) ? firstWrong(value.entries(), () => item) : '';

/** By names that are not known beforehand. */
export const mapOf =
  (item: Shape): Shape =>
  (value) =>
    isObject(value) ? firstWrong(Object.entries(value), () => item) : '';

export function object(keys: Record<string, Shape>): Shape {
  const shapes = Object.entries(keys);
  return (value) => {
    if (!isObject(value)) return '';
    return firstWrong(
      shapes.map(([key]) => [key, Object.hasOwn(value, key) ? value[key] : undefined]),
      (key) => keys[key] as Shape,
    );
  };
}

function firstWrong<Key extends string | number>(
  entries: Iterable<[Key, unknown]>,
  shapeOf: (key: Key) => Shape,
): string | undefined {
  for (const [key, value] of entries) {
    const within = shapeOf(key)(value);
    if (within !== undefined) return within === '' ? String(key) : `${key}.${within}`;
  }
  return undefined;
}
