/** Functions that colour text; handed in, so that rendering stays pure and a pipe gets plain text. */
export type Palette = Record<
  'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan',
  (text: string) => string
>;

/** How a terminal shows text; `width` in columns. */
export interface Look {
  colours: Palette;
  width: number;
}

const same = (text: string): string => text;

export const PLAIN: Palette = {
  bold: same,
  dim: same,
  red: same,
  green: same,
  yellow: same,
  blue: same,
  magenta: same,
  cyan: same,
};

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** How many columns a text without escapes takes. */
export function columns(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length;
  let total = 0;
  for (const char of text) total += /\p{M}/u.test(char) ? 0 : WIDE.test(char) ? 2 : 1;
  return total;
}

/** Filled with spaces to `width` columns. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columns(text)));
}

/** Cut to `width` columns, with `…` at the end when something is left out. */
export function fit(text: string, width: number): string {
  if (columns(text) <= width) return text;
  let taken = '';
  let used = 0;
  for (const char of text) {
    used += columns(char);
    if (used > width - 1) break;
    taken += char;
  }
  return `${taken}…`;
}

/** Words broken into lines of at most `width` columns; a word that is longer stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && columns(last) + 1 + columns(word) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Columns of text, each as wide as its widest cell (at most 40), the last as wide as it likes. */
export function align(rows: string[][]): { text: string; cells: string[] }[] {
  const widths: number[] = [];
  for (const cells of rows)
    for (const [index, cell] of cells.entries())
      widths[index] = Math.min(40, Math.max(widths[index] ?? 0, columns(cell)));
  return rows.map((cells) => {
    const padded = cells.map((cell, index) => (index === cells.length - 1 ? cell : pad(cell, widths[index] ?? 0)));
    return { text: padded.join('  ').trimEnd(), cells: padded };
  });
}
