import { createMask } from '../model/mask.ts';

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
  return maskOf(sensitive(headers), hide);
}

/** What the sensitive ones of some headers carry, whole and word by word. */
export function sensitive(headers: Iterable<readonly [name: string, value: string]>): string[] {
  return [...headers].flatMap(([name, value]) => (SENSITIVE.test(name) ? [value, ...value.split(/\s+/)] : []));
}

function maskOf(values: readonly string[], hide: (text: string) => string): Mask {
  const own = createMask(values.filter((value) => value.length >= SHORTEST_SECRET));
  return {
    // Before anything else is done to the text: a secret that was changed or cut is not found any more.
    clean: (text) => oneLine(own.hide(hide(text))),
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
