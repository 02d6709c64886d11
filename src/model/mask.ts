import { readings } from './readings.ts';

/** Shorter values would hide ordinary text; the config refuses such secrets. */
const SHORTEST = 4;
/** Shorter pieces of base64 that is broken into lines say little, and would hide innocent text. */
const SHORTEST_LINE = 16;
/** Where `base64` and `openssl` begin a new line. */
const WIDTHS = [76, 64];

const HIDDEN = '***';

/** Hides secret values in text. */
export interface Mask {
  /** From now on hides a value; one of fewer than four characters is left alone. */
  add(value: string): void;
  /** Replaces each by `***`; where two overlap, all of both. In time in line with the length of the text, however many there are. */
  hide(text: string): string;
  /** `hide` over every string of a value; names stay. Texts in a list are lines: what goes on from one to the next is found. */
  hideDeep<T>(value: T): T;
}

/** A spelling of a value, and where in it the characters stand by which it is found. */
interface Form {
  text: string;
  anchor: number;
}

const SLOTS = 65_536;
/** Places in a spelling among which the least common one becomes its anchor. */
const CANDIDATES = 24;

/**
 * Finds values as they are, line by line, URL-encoded, escaped for JSON, HTML or a shell, packed so several times, in hexadecimal
 * digits, and in base64 at whichever of the three alignments they may stand in it, in one line or many. No regular expression:
 * its error would show them.
 */
export function createMask(values: Iterable<string> = []): Mask {
  const slots = new Map<number, Form[]>();
  const taken = new Uint8Array(SLOTS);
  const known = new Set<string>();

  function put(text: string): void {
    if (text.length < SHORTEST || known.has(text)) return;
    known.add(text);
    const last = text.length - SHORTEST;
    let [anchor, fewest] = [0, Infinity];
    for (let candidate = 0; candidate <= Math.min(last, CANDIDATES) && fewest > 0; candidate += 1) {
      const others = slots.get(slotAt(text, candidate))?.length ?? 0;
      if (others < fewest) [anchor, fewest] = [candidate, others];
    }
    const slot = slotAt(text, anchor);
    const forms = slots.get(slot) ?? [];
    forms.push({ text, anchor });
    slots.set(slot, forms);
    taken[slot] = 1;
  }

  function find(text: string, found: (start: number, end: number) => void): void {
    for (let index = 0; index <= text.length - SHORTEST; index += 1) {
      const slot = slotAt(text, index);
      if (taken[slot] === 0) continue;
      for (const { text: form, anchor } of slots.get(slot) as Form[]) {
        const start = index - anchor;
        if (start >= 0 && text.startsWith(form, start)) found(start, start + form.length);
      }
    }
  }

  /** Where values stand, in order and apart from each other. */
  function spansIn(text: string): Span[] {
    if (known.size === 0) return [];
    const finds: Span[] = [];
    for (const { text: read, at } of readings(text))
      find(read, (start, end) =>
        finds.push(at ? { start: at[start] as number, end: at[end] as number } : { start, end }),
      );
    return joined(finds);
  }

  function hideLines(lines: readonly string[]): string[] {
    const spans = spansIn(lines.join('\n'));
    if (spans.length === 0) return [...lines];
    let from = 0;
    return lines.map((line) => {
      const to = from + line.length;
      const own = spans.filter(({ start, end }) => start < to && end > from);
      const shifted = own.map(({ start, end }) => ({
        start: Math.max(start - from, 0),
        end: Math.min(end, to) - from,
      }));
      from = to + 1;
      return without(line, shifted);
    });
  }

  const mask: Mask = {
    add(value) {
      for (const form of formsOf(value)) put(form);
    },
    hide: (text) => without(text, spansIn(text)),
    hideDeep<T>(value: T): T {
      // A plan of thousands is not taken apart where there is nothing to find.
      if (known.size === 0) return value;
      if (typeof value === 'string') return mask.hide(value) as T;
      if (Array.isArray(value) && value.length > 1 && value.every((item) => typeof item === 'string'))
        return hideLines(value) as T;
      if (Array.isArray(value)) return value.map(mask.hideDeep) as T;
      if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, mask.hideDeep(item)])) as T;
      if (value !== null && typeof value === 'object')
        return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mask.hideDeep(item)])) as T;
      return value;
    },
  };
  for (const value of values) mask.add(value);
  return mask;
}

/** Where four characters are looked up. */
function slotAt(text: string, index: number): number {
  const [a, b] = [text.charCodeAt(index), text.charCodeAt(index + 1)];
  const [c, d] = [text.charCodeAt(index + 2), text.charCodeAt(index + 3)];
  return (a * 40_503 + b * 9_973 + c * 613 + d * 31) & (SLOTS - 1);
}

interface Span {
  start: number;
  end: number;
}

/** Where two overlap, they become one. */
function joined(finds: Span[]): Span[] {
  finds.sort((a, b) => a.start - b.start);
  const spans: Span[] = [];
  for (const { start, end } of finds) {
    const last = spans.at(-1);
    if (last && start < last.end) last.end = Math.max(last.end, end);
    else spans.push({ start, end });
  }
  return spans;
}

function without(text: string, spans: readonly Span[]): string {
  let [hidden, at] = ['', 0];
  for (const { start, end } of spans) {
    hidden += text.slice(at, start) + HIDDEN;
    at = end;
  }
  return hidden + text.slice(at);
}

function formsOf(value: string): string[] {
  const lines = value.split(/\r\n|\r|\n/).map((line) => line.trim());
  const plain = [value, value.trim(), ...(lines.length > 1 ? lines : [])].filter((text) => text.length >= SHORTEST);
  return plain.flatMap((text) => {
    const hexadecimal = Buffer.from(text).toString('hex');
    return [text, hexadecimal, hexadecimal.toUpperCase(), ...base64Forms(text)];
  });
}

/** The characters of the base64 text that depend on the value alone, for each place it can start at in a group of three bytes. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text);
  const forms = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const first = Math.ceil((offset * 8) / 6);
    const last = Math.floor(((offset + bytes.length) * 8) / 6);
    return encoded.slice(first, last);
  });
  const [whole = ''] = forms;
  const lines = WIDTHS.flatMap((width) => whole.match(new RegExp(`.{1,${width}}`, 'g')) ?? []);
  return [...forms, ...lines.filter((line) => line.length >= SHORTEST_LINE)].flatMap((form) => [
    form,
    form.replaceAll('+', '-').replaceAll('/', '_'),
  ]);
}
