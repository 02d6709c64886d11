/** Values that must never show, and the search for them. */

/** Planted values. Each line of each has a part that no encoding but base64 changes, so that a piece of it is found too. */
export const PLANTED = {
  SANDBOX_CLOUD_TOKEN: 'tok+canaryTokenQ7x1/==',
  PLAIN_KEY: 'canaryPlainK3v9',
  NASTY_KEY: `first  canaryNastyA5t2 "quoted" 100%25 &<b>\nsecond\tcanaryNastyB8m4 it's \\ and\u00a0\u00fc so on`,
  LOUD_KEY: 'canaryLoudZ6p0 with spaces % and "quotes"',
};

/** The part of a value that is looked for: what it has of plain letters and digits in a row. */
const cores = (value: string): string[] =>
  /canary\w+/.test(value) ? [...value.matchAll(/canary\w+/g)].map(String) : [value];

/** Everything to look for: the parts as they are, and in base64 at each of the three places they can start at. */
function needles(values: Iterable<string>): Map<string, string> {
  const found = new Map<string, string>();
  for (const value of values)
    for (const core of cores(value)) {
      found.set(core, core);
      for (const offset of [0, 1, 2]) {
        const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(core)]).toString('base64url');
        const inner = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + core.length) * 8) / 6));
        found.set(inner, `${core} in base64`);
        found.set(inner.replaceAll('-', '+').replaceAll('_', '/'), `${core} in base64`);
      }
    }
  return found;
}

/** Where values show: `place: what` for each, with what stands around it. */
export function findSecrets(
  values: Iterable<string>,
  places: Iterable<readonly [place: string, text: string]>,
): string[] {
  const wanted = needles(values);
  const pattern = new RegExp(
    [...wanted.keys()].map((needle) => needle.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')).join('|'),
    'gi',
  );
  const known = new Map([...wanted].map(([needle, name]) => [needle.toLowerCase(), name]));
  return [...places].flatMap(([place, text]) =>
    [...text.matchAll(pattern)].map(({ 0: match, index }) => {
      const around = text.slice(Math.max(0, index - 60), index + match.length + 20);
      return `${place}: ${known.get(match.toLowerCase())} in ${JSON.stringify(around)}`;
    }),
  );
}

/** Every string that hangs on a value, keys included; what is under one of the keys in `without` is left out. */
export function everyString(root: unknown, without: readonly string[] = []): string[] {
  const seen = new Set<object>();
  const strings: string[] = [];
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string') strings.push(value);
    if (value instanceof Uint8Array) strings.push(Buffer.from(value).toString('latin1'));
    else if (value !== null && typeof value === 'object' && !seen.has(value)) {
      seen.add(value);
      if (value instanceof Map) open.push(...value.keys(), ...value.values());
      else if (value instanceof Set || Array.isArray(value)) open.push(...value);
      else for (const [key, item] of Object.entries(value)) if (!without.includes(key)) open.push(key, item);
    }
  }
  return strings;
}
