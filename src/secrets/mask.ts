/** Shorter values would hide ordinary text; the config refuses such secrets. */
const SHORTEST = 4;

const HIDDEN = '***';

/**
 * A function that replaces secret values in text by `***`: as they are, line by line, URL-encoded, JSON-escaped, and in
 * base64 at whichever of the three alignments they may stand in it.
 */
export function createMask(values: Iterable<string>): (text: string) => string {
  const forms = new Set<string>();
  for (const value of values) for (const form of formsOf(value)) if (form.length >= SHORTEST) forms.add(form);
  if (forms.size === 0) return (text) => text;
  // The longest first, so that a form that contains another is hidden whole.
  const longestFirst = [...forms]
    .toSorted((a, b) => b.length - a.length)
    .map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  const pattern = new RegExp(longestFirst.join('|'), 'g');
  return (text) => text.replace(pattern, HIDDEN);
}

function formsOf(value: string): string[] {
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  const plain = [value, value.trim(), ...(lines.length > 1 ? lines : [])].filter((text) => text.length >= SHORTEST);
  return plain.flatMap((text) => [text, ...urlForms(text), ...jsonForms(text), ...base64Forms(text)]);
}

function urlForms(text: string): string[] {
  const encoded = encodeURIComponent(text.toWellFormed());
  return [
    encoded,
    encoded.replace(/%20/g, '+'),
    encoded.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`),
    encodeURI(text.toWellFormed()),
  ];
}

function jsonForms(text: string): string[] {
  const once = JSON.stringify(text).slice(1, -1);
  return [once, JSON.stringify(once).slice(1, -1)];
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
