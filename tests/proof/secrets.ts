/** Values that must never show, and the search for them. */
import { createHash } from 'node:crypto';

/** Looks like what tokens are made of, and is the same in every run. */
export const canary = (name: string): string =>
  createHash('sha512')
    .update(name)
    .digest('base64')
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, 24);

/** Long enough to be no accident, short enough that a value of which only a half is left is found. */
const PIECE = 10;

/** What is looked for of a value: what it has of letters and digits in a row, in halves where they are long enough. */
function pieces(value: string): string[] {
  const runs = value.match(new RegExp(`[A-Za-z0-9]{${PIECE},}`, 'g')) ?? [value];
  return runs.flatMap((run) => {
    const half = run.length >> 1;
    return half < PIECE ? [run] : [run.slice(0, half), run.slice(half)];
  });
}

const inner64 = (text: string, offset: number): string =>
  Buffer.concat([Buffer.alloc(offset), Buffer.from(text)])
    .toString('base64')
    .slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + text.length) * 8) / 6));

/** Every spelling of a piece by its name. Letters and digits stand for themselves in JSON, addresses and pages. */
const SPELLINGS: Record<string, (piece: string) => string[]> = {
  'as it is': (piece) => [piece],
  'in another case': (piece) => [piece.toLowerCase(), piece.toUpperCase()],
  reversed: (piece) => [[...piece].toReversed().join('')],
  'in base64': (piece) => [0, 1, 2].map((offset) => inner64(piece, offset)),
  'in hexadecimal digits': (piece) => {
    const digits = Buffer.from(piece).toString('hex');
    return [digits, digits.toUpperCase()];
  },
  'with every letter escaped': (piece) =>
    ['%', '\\u00', '\\x'].map((sign) => Buffer.from(piece).toString('hex').replace(/../g, `${sign}$&`)),
};

/** Everything to look for, with what it is of. */
export function needles(values: Iterable<string>): Map<string, string> {
  const found = new Map<string, string>();
  for (const value of values)
    for (const piece of pieces(value))
      for (const [how, spell] of Object.entries(SPELLINGS))
        for (const needle of spell(piece)) found.set(needle, `${piece} of ${value.length} ${how}`);
  return found;
}

/** How much was looked through. */
export interface Looked {
  places: number;
  bytes: number;
}

const SLOTS = 65_536;
const slotAt = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) * 40_503 +
    (bytes[at + 1] as number) * 9_973 +
    (bytes[at + 2] as number) * 613 +
    (bytes[at + 3] as number) * 31) &
  (SLOTS - 1);

/** Where values show: `place: what` for each, with what stands around it. A text that was looked through is passed over. */
export function findSecrets(
  values: Iterable<string>,
  places: Iterable<readonly [place: string, text: string]>,
  looked: Looked = { places: 0, bytes: 0 },
): string[] {
  // By their first four bytes: one look passes over nearly all of the text.
  const slots = new Map<number, { needle: Buffer; what: string }[]>();
  for (const [text, what] of needles(values)) {
    const needle = Buffer.from(text);
    const slot = slotAt(needle, 0);
    slots.set(slot, [...(slots.get(slot) ?? []), { needle, what }]);
  }
  const taken = Uint8Array.from({ length: SLOTS }, (_, slot) => (slots.has(slot) ? 1 : 0));
  const seen = new Set<string>();
  const found: string[] = [];
  for (const [place, text] of places) {
    if (seen.has(text)) continue;
    seen.add(text);
    const bytes = Buffer.from(text);
    looked.places += 1;
    looked.bytes += bytes.length;
    for (let at = 0; at < bytes.length - 3; at += 1) {
      const slot = slotAt(bytes, at);
      if (taken[slot] === 0) continue;
      for (const { needle, what } of slots.get(slot) ?? [])
        if (bytes.subarray(at, at + needle.length).equals(needle)) {
          const around = bytes.toString('utf8', Math.max(0, at - 60), at + needle.length + 20);
          found.push(`${place}: ${what} in ${JSON.stringify(around)}`);
        }
    }
  }
  return found;
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
