/**
 * Control, bidirectional, zero-width and other invisible characters, and halves of surrogate pairs: what can make text
 * look like something else, or drive a terminal.
 */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One line of text in which nothing hides: such characters are shown as escapes (`\n`, `\u{202e}`). */
export function visible(text: string): string {
  return text.replace(UNSEEN, (char) => SHORT[char] ?? `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Visible and of at most `limit` characters, however long the text is. */
export function brief(text: string, limit: number): string {
  return clip(visible(clip(text, limit)), limit);
}

/** At most `limit` characters, the last one `…` when something was cut; never half of a surrogate pair. */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
