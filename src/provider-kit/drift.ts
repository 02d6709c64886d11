import { canonical } from '../model/canonical.ts';
import type { Change } from '../model/plan.ts';
import type { Json, JsonObject } from '../model/resource.ts';

/**
 * How what a provider reports differs from what is wanted, by dotted path. Only wanted keys count, because providers report
 * defaults that nobody asked for, and no value that still holds a reference, because that is known only while applying.
 */
export function driftOf(wanted: JsonObject, actual: JsonObject, path = ''): Change[] {
  return Object.entries(wanted).flatMap(([key, to]): Change[] => {
    const from = actual[key];
    const at = path ? `${path}.${key}` : key;
    if (isMap(to)) return driftOf(to, isMap(from) ? from : {}, at);
    if (from === to) return [];
    const text = canonical(to);
    if (text.includes('${') || text === canonical(from)) return [];
    return [{ path: at, to, ...(from === undefined ? {} : { from }) }];
  });
}

function isMap(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
