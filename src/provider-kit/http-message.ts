/** Makes text from elsewhere fit for a message: known secrets masked, control characters gone, one line, cut. */
export interface Mask {
  /** Masks, cleans and cuts. */
  clean(text: string): string;
  /** The same with further values to hide. */
  and(values: readonly string[]): Mask;
}

const MAX_CHARACTERS = 300;
/** Shorter values would blank out ordinary words. */
const SHORTEST_SECRET = 5;
const SENSITIVE = /auth|token|key|secret|cookie|password/i;

/** Hides what the sensitive ones of these headers carry, and what `hide` knows. */
export function masker(headers: ReadonlyMap<string, string>, hide: (text: string) => string = (text) => text): Mask {
  const values: string[] = [];
  for (const [name, value] of headers) if (SENSITIVE.test(name)) values.push(value, ...value.split(/\s+/));
  return maskOf(values, hide);
}

function maskOf(values: readonly string[], hide: (text: string) => string): Mask {
  const known = values.filter((value) => value.length >= SHORTEST_SECRET);
  const spellings = [...new Set(known.flatMap((value) => [value, encodeURIComponent(value)]))];
  spellings.sort((a, b) => b.length - a.length);
  return {
    // Before anything else is done to the text: a secret that was changed or cut is not found any more.
    clean: (text) => oneLine(spellings.reduce((masked, secret) => masked.replaceAll(secret, '***'), hide(text))),
    and: (more) => maskOf([...values, ...more], hide),
  };
}

/** Terminal sequences go, whatever cannot be seen becomes spaces, and long text ends in `…`. In time linear in the text. */
export function oneLine(text: string): string {
  const plain = text
    // oxlint-disable-next-line no-control-regex
    .replace(/\u001B(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001B]*\u0007)/g, '')
    .replace(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const characters = plain.length > MAX_CHARACTERS ? [...plain] : [];
  return characters.length > MAX_CHARACTERS ? `${characters.slice(0, MAX_CHARACTERS - 1).join('')}…` : plain;
}
