import { hash } from 'node:crypto';
import type { Json } from './resource.ts';

/** JSON text with sorted keys and no white space: same value, same bytes (RFC 8785 for the values that we use). */
export function canonical(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  // Thousands of specs are written in one run: no array is made for each of their keys.
  let text = '';
  for (const key of Object.keys(value).toSorted()) {
    const item = (value as Record<string, unknown>)[key];
    if (item !== undefined) text += `${text && ','}${JSON.stringify(key)}:${canonical(item)}`;
  }
  return `{${text}}`;
}

/** SHA-256 of the canonical text, as `length` hex digits (default 16: plenty for change detection, short for people). */
export function digest(value: unknown, length = 16): string {
  return hash('sha256', canonical(value)).slice(0, length);
}

/** The text of a file on the state branch: sorted keys, two spaces, a final newline, so that diffs stay small. */
export function stateText(value: unknown): string {
  return `${JSON.stringify(sortKeys(value as Json), null, 2)}\n`;
}

function sortKeys(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(sortKeys);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sortKeys(item)]),
  );
}
