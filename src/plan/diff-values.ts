import type { Change } from '../model/plan.ts';
import type { Json } from '../model/resource.ts';

/** Differences of two values by dotted path, sorted by path; lists are compared as wholes. */
export function diffValues(from: unknown, to: unknown): Change[] {
  const changes: Change[] = [];
  walk(from as Json, to as Json, '', changes);
  return changes.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function walk(from: Json | undefined, to: Json | undefined, path: string, changes: Change[]): void {
  if (isMap(from) && isMap(to)) {
    for (const key of new Set([...Object.keys(from), ...Object.keys(to)]))
      walk(from[key], to[key], path ? `${path}.${key}` : key, changes);
  } else if (isMap(to) && from === undefined && path.split('.').length < 2) {
    walk({}, to, path, changes);
  } else if (!same(from, to)) {
    changes.push({ path, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) });
  }
}

function isMap(value: Json | undefined): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function same(a: Json | undefined, b: Json | undefined): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));
}
