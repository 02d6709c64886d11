/** A text with escapes undone, and where what it says stands: character `index` from `at[index]` to `at[index + 1]`; absent: in place. */
export interface Reading {
  text: string;
  at?: Uint32Array;
}

interface Escapes {
  /** Without it there is nothing to undo. */
  sign: string;
  pattern: RegExp;
  /** What an escape stands for, in parts with how many of its characters each takes. */
  undo(match: RegExpExecArray): { text: string; length: number }[];
}

const SHORT: Record<string, string> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r' };
const ENTITIES: Record<string, string> = { quot: '"', amp: '&', apos: "'", lt: '<', gt: '>' };

const ESCAPES: readonly Escapes[] = [
  {
    sign: '\\',
    pattern: /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\s\S]))/g,
    undo: ([whole, unit, byte, char = '']) => {
      const code = unit ?? byte;
      const text = code === undefined ? (SHORT[char] ?? char) : String.fromCharCode(Number.parseInt(code, 16));
      return [{ text, length: whole.length }];
    },
  },
  { sign: '%', pattern: /(?:%[0-9a-fA-F]{2})+/g, undo: ([whole]) => fromBytes(whole) },
  // A form's space.
  { sign: '+', pattern: /\+/g, undo: () => [{ text: ' ', length: 1 }] },
  {
    sign: '&',
    pattern: /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(quot|amp|apos|lt|gt));/g,
    undo: ([whole, decimal, hexadecimal, name = '']) => {
      const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
      const text = ENTITIES[name] ?? (code <= 0x10ffff ? String.fromCodePoint(code) : whole);
      return [{ text, length: whole.length }];
    },
  },
  // How shells write a quote within quotes, as when they trace what they do.
  {
    sign: "'",
    pattern: /'(?:\\'|"('+)")'/g,
    undo: ([whole, quotes = "'"]) => [{ text: quotes, length: whole.length }],
  },
  // Base64 is broken into lines wherever it may be.
  { sign: '\n', pattern: /\r?\n/g, undo: ([whole]) => [{ text: '', length: whole.length }] },
];

/** How often something may have been packed: JSON in JSON in an address. */
const DEEPEST = 3;
/** Ways to read one text that are looked through, those that take the fewest steps first: all of two steps. */
const MOST = 64;
/** Characters of all of them together: of a text beyond 300,000, fewer are. */
const LONGEST = 16_000_000;

/** The text as it is, and as it reads when what may be escaped in it, for JSON, addresses, forms, pages or shells, is undone, once or several times. */
export function readings(text: string): Reading[] {
  const all: Reading[] = [{ text }];
  const most = Math.min(MOST, Math.max(2, Math.floor(LONGEST / text.length)));
  if (!ESCAPES.some(({ sign }) => text.includes(sign))) return all;
  const known = new Set([text]);
  for (let [depth, from] = [0, 0]; depth < DEEPEST; depth += 1) {
    const to = all.length;
    for (; from < to; from += 1)
      for (const escapes of ESCAPES) {
        const read = undone(all[from] as Reading, escapes);
        if (!read || known.has(read.text)) continue;
        known.add(read.text);
        all.push(read);
        if (all.length >= most) return all;
      }
  }
  return all;
}

function undone({ text, at }: Reading, { sign, pattern, undo }: Escapes): Reading | undefined {
  if (!text.includes(sign)) return undefined;
  const places = new Uint32Array(text.length + 1);
  let [read, count, end] = ['', 0, 0];
  const place = (index: number): void => void (places[count++] = at ? (at[index] as number) : index);
  const keep = (until: number): void => {
    read += text.slice(end, until);
    for (; end < until; end += 1) place(end);
  };
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    keep(match.index);
    for (const part of undo(match)) {
      read += part.text;
      for (let unit = 0; unit < part.text.length; unit += 1) place(end);
      end += part.length;
    }
  }
  if (end === 0) return undefined;
  keep(text.length);
  place(text.length);
  return { text: read, at: places.subarray(0, count) };
}

/** `%C3%BC` is one character: each with as many bytes as its first one says. */
function fromBytes(escaped: string): { text: string; length: number }[] {
  const bytes = Buffer.from(escaped.replaceAll('%', ''), 'hex');
  const parts: { text: string; length: number }[] = [];
  for (let index = 0; index < bytes.length;) {
    const first = bytes[index] as number;
    const count = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const own = bytes.subarray(index, index + count);
    parts.push({ text: own.toString('utf8'), length: own.length * 3 });
    index += count;
  }
  return parts;
}
