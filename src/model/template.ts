import { KINDS, type Address, type Kind } from './resource.ts';

/** `${service.api.url}`, `${secret.NAME}` and `$${` for a literal `${` in any string of a spec. */
export type Reference =
  | { type: 'output'; text: string; address: Address; kind: Kind; name: string; output: string }
  | { type: 'secret'; text: string; name: string }
  | { type: 'invalid'; text: string };

/**
 * Variables of the run itself, which no config gets: what opens every secret, what may write to the repository, and what proves
 * to others who the run is. In any case: to Windows it is all one.
 */
export const OWN_VARIABLE = /^(FLOTILLA|INPUT|ACTIONS)_/i;

const PATTERN = /\$?\$\{([^}]*)\}/g;

/** All references in one string, in order. */
export function referencesIn(text: string): Reference[] {
  if (!text.includes('${')) return [];
  return [...text.matchAll(PATTERN)].filter(([whole]) => !whole.startsWith('$$')).map((match) => parse(match[1] ?? ''));
}

function parse(text: string): Reference {
  const parts = text.trim().split('.');
  if (parts[0] === 'secret' && parts.length === 2 && /^[A-Za-z_][A-Za-z0-9_]*$/.test(parts[1] ?? ''))
    return { type: 'secret', text, name: parts[1] as string };
  const kind = KINDS.find((candidate) => candidate === parts[0]);
  if (kind && parts.length >= 3) {
    const output = parts.at(-1) as string;
    const name = parts.slice(1, -1).join('.');
    return { type: 'output', text, address: `${kind}/${name}`, kind, name, output };
  }
  return { type: 'invalid', text };
}

/** Replaces references for which `value` knows something; the others stay as they are written. */
export function fill(text: string, value: (reference: Reference) => string | undefined): string {
  if (!text.includes('${')) return text;
  return text.replace(PATTERN, (whole: string, inner: string) => {
    if (whole.startsWith('$$')) return whole.slice(1);
    return value(parse(inner)) ?? whole;
  });
}

/** `fill` over every string of a value; what holds no reference is given back as it is. */
export function fillDeep<T>(value: T, lookup: (reference: Reference) => string | undefined): T {
  if (typeof value === 'string') return fill(value, lookup) as T;
  if (Array.isArray(value)) return value.map((item) => fillDeep(item, lookup)) as T;
  if (value === null || typeof value !== 'object') return value;
  let filled: Record<string, unknown> | undefined;
  const map = value as Record<string, unknown>;
  for (const key of Object.keys(map)) {
    const next = fillDeep(map[key], lookup);
    if (next !== map[key]) (filled ??= { ...map })[key] = next;
  }
  return (filled ?? value) as T;
}

/** Calls `visit` with every string of a value that holds `${`, and its dotted path. */
export function eachTemplate(value: unknown, visit: (text: string, path: string) => void, path = ''): void {
  if (typeof value === 'string') {
    if (value.includes('${')) visit(value, path);
  } else if (Array.isArray(value)) value.forEach((item, index) => eachTemplate(item, visit, `${path}[${index}]`));
  else if (value !== null && typeof value === 'object')
    for (const [key, item] of Object.entries(value))
      if (typeof item === 'object' || (typeof item === 'string' && item.includes('${')))
        eachTemplate(item, visit, path ? `${path}.${key}` : key);
}

/** Names of the secrets that any string of a value refers to. */
export function secretsIn(value: unknown): Set<string> {
  const names = new Set<string>();
  eachTemplate(value, (text) => {
    for (const reference of referencesIn(text)) if (reference.type === 'secret') names.add(reference.name);
  });
  return names;
}
