/** Shorter values would hide ordinary text; the config refuses such secrets. */
const SHORTEST = 4;

const HIDDEN = '***';

/**
 * Finds secret values: as they are, line by line, URL-encoded, JSON-escaped, and in base64 at whichever of the three
 * alignments they may stand in it. Undefined when there is nothing to look for.
 */
export function secretPattern(values: Iterable<string>): RegExp | undefined {
  const forms = new Set<string>();
  for (const value of values) for (const form of formsOf(value)) if (form.length >= SHORTEST) forms.add(form);
  if (forms.size === 0) return undefined;
  // The longest first, so that of two that begin alike the whole is found.
  const longestFirst = [...forms]
    .toSorted((a, b) => b.length - a.length)
    .map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  // Looking ahead only, so that one that begins inside another is found too.
  return new RegExp(`(?=(${longestFirst.join('|')}))`, 'g');
}

/** Replaces by `***` whatever any of the patterns finds; where two finds overlap, all of both. */
export function hide(text: string, patterns: readonly RegExp[]): string {
  const finds = patterns.flatMap((pattern) => findsOf(pattern, text)).toSorted((a, b) => a.start - b.start);
  if (finds.length === 0) return text;
  let [hidden, end] = ['', 0];
  for (const find of finds) {
    if (find.start >= end) hidden += text.slice(end, find.start) + HIDDEN;
    end = Math.max(end, find.end);
  }
  return hidden + text.slice(end);
}

/** By hand: `matchAll` makes the pattern anew for each text, which takes longer than looking. */
function findsOf(pattern: RegExp, text: string): { start: number; end: number }[] {
  const finds: { start: number; end: number }[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const { 1: found = '', index } = match;
    finds.push({ start: index, end: index + found.length });
    pattern.lastIndex = index + 1;
  }
  return finds;
}

function formsOf(value: string): string[] {
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  const plain = [value, value.trim(), ...(lines.length > 1 ? lines : [])].filter((text) => text.length >= SHORTEST);
  const forms = plain.flatMap((text) => [text, ...urlForms(text), ...jsonForms(text), ...base64Forms(text)]);
  return [...forms, ...wrapped(value)];
}

function urlForms(text: string): string[] {
  const encoded = encodeURIComponent(text.toWellFormed());
  const forms = [
    encoded,
    encoded.replace(/%20/g, '+'),
    encoded.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`),
    encodeURI(text.toWellFormed()),
  ];
  // Either case is right, and programs write either.
  return [...forms, ...forms.map((form) => form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))];
}

function jsonForms(text: string): string[] {
  const once = JSON.stringify(text).slice(1, -1);
  // As PHP and Go write it, so that it may stand in a page.
  const php = once.replaceAll('/', '\\/');
  const go = once.replace(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
  return [once, JSON.stringify(once).slice(1, -1), php, go];
}

/** In bytes: a longer value is not looked for line by line in base64. */
const LONGEST_WRAPPED = 8 * 1024;

/** The whole lines of its base64 as programs break them, by 76 or 64 characters; the last one may be innocent text. */
function wrapped(value: string): string[] {
  if (value.length > LONGEST_WRAPPED) return [];
  const encoded = Buffer.from(value).toString('base64');
  return [/.{76}/g, /.{64}/g].flatMap((line) => encoded.match(line) ?? []);
}

/** The characters of the base64 text that depend on the value alone, for each place it can start at in a group of three bytes. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const first = Math.ceil((offset * 8) / 6);
    const last = Math.floor(((offset + bytes.length) * 8) / 6);
    const inner = encoded.slice(first, last);
    // Fewer characters than these would mask innocent text.
    return inner.length >= SHORTEST ? [inner, inner.replaceAll('+', '-').replaceAll('/', '_')] : [];
  });
}
