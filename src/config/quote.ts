const LONGEST = 60;

/** Text from a file, cut, in quotes and safe to print. */
export function quote(text: string): string {
  return `"${visible(text.replaceAll('\\', '\\\\'))}"`;
}

/**
 * Cuts a text and escapes everything invisible or direction-changing in it, so that a message cannot be made to look like
 * another one or to steer a terminal.
 */
export function visible(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return cut.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    return `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
  });
}

/** A value from a file in plain words. */
export function found(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'empty';
  if (typeof value === 'string') return value === '' ? 'an empty text' : `the text ${quote(value)}`;
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'a list' : 'a map';
}
