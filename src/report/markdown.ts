/**
 * Markdown in which nothing but our own words has meaning. Names, values and messages come from strangers' files, so each
 * goes through `inert` (prose) or `code` (names and values): no markup, link, mention, issue reference or HTML survives.
 */
import { visible } from './visible.ts';

/** An underscore within a word marks nothing up, and our messages are full of them. */
const MARKUP = /[&<>\\`*[\]~|$]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu;

/** A zero-width space as an entity: GitHub looks for mentions and references after rendering, so an escaped `@` is not enough. */
const BREAK = '&#8203;';

function entity(char: string): string {
  return `&#${char.codePointAt(0)};`;
}

/** Prose of one line that means nothing but itself. */
export function inert(text: string): string {
  return visible(text)
    .replace(MARKUP, entity)
    .replace(
      /^(\s*)([#>+=-]|\d+(?=[.)]))/,
      (_, space: string, first: string) => `${space}${entity(first)}${first.slice(1)}`,
    )
    .replace(/@(?=\S)/g, `@${BREAK}`)
    .replace(/(?<!&)#(?=\d)/g, `#${BREAK}`)
    .replace(/\bgh-(?=\d)/gi, (found) => `${found}${BREAK}`)
    .replace(/:(?=\/\/)/g, `:${BREAK}`)
    .replace(/\bwww(?=\.)/gi, (found) => `${found}${BREAK}`)
    .replace(/:(?=[a-z_+-][a-z0-9_+-]*:)/gi, `:${BREAK}`);
}

/** Text as code, safe in prose, in a table cell and in a list. */
export function code(text: string): string {
  const shown = visible(text);
  if (shown === '') return '';
  return /[`|\\]|^\s|\s$/.test(shown) ? htmlCode(text) : `\`${shown}\``;
}

/** The same as HTML, for places where markdown is not read, such as a `<summary>`. */
export function htmlCode(text: string): string {
  return `<code>${visible(text).replace(/[^\w ./:-]/gu, entity)}</code>`;
}

/** A fenced block; `lines` are shown one by one, each made visible. */
export function fence(lines: string[], language = ''): string {
  const body = lines.map(visible).join('\n');
  const longest = Math.max(2, ...[...body.matchAll(/`+/g)].map(([run]) => run.length));
  const mark = '`'.repeat(longest + 1);
  return `${mark}${language}\n${body}\n${mark}\n`;
}

/** A link when `url` is plain http(s), else the URL as code. */
export function link(label: string, url: string): string {
  if (!/^https?:\/\/[\w.:[\]-]+(?:[/?#][\w./?#=&%:~+,@!-]*)?$/.test(url)) return code(url);
  if (label === url) return `<${url}>`;
  return `[${inert(label)}](${url.replace(/[()]/g, encodeURIComponent)})`;
}

/** A part that folds away, `open` to begin with or not. `summary` is HTML. */
export function details(summary: string, body: string, open = false): string {
  return `<details${open ? ' open' : ''}><summary>${summary}</summary>\n\n${body.trimEnd()}\n\n</details>\n`;
}

/** One row; cells are markdown already. */
export function row(cells: string[]): string {
  return `| ${cells.join(' | ')} |\n`;
}

/** The two lines above a table's rows. */
export function tableHead(cells: string[]): string {
  return `${row(cells)}${row(cells.map(() => '---'))}`;
}
