import { escape, Html } from '../../../model/html.ts';

/**
 * The Markdown that Flotilla writes — headings, tables, lists, code, quotes, links, emphasis, `<details>` — as safe
 * HTML: all text is escaped first, tags come from here alone, links lead to http(s) or stay within the page.
 */
export const renderMarkdown = (text: string): Html =>
  new Html(
    blocks(
      text
        .replaceAll('\r\n', '\n')
        .replace(/<!--[\s\S]*?-->/g, '')
        .split('\n'),
    ),
  );

const bullet = /^(\s*)(?:[-*+]|(\d+)[.)])\s+(.*)$/;
const divider = /^\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$/;
/** The only tags let through, and only bare. */
const bare = /^<\/?(details|details open|summary|sub|sup|kbd|br|code)\s*\/?>$/;
/** A character named by its number or, for the few that HTML needs, by its name. */
const entity = /&(?:#\d{1,7}|#x[\da-f]{1,6}|amp|lt|gt|quot);/gi;

const blocks = (lines: readonly string[]): string => {
  const out: string[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    const fence = /^\s*(```+|~~~+)\s*(\S*)/.exec(line);
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    if (line.trim() === '') at += 1;
    else if (fence) {
      const end = lines.findIndex((other, index) => index > at && other.trim().startsWith(fence[1] ?? '```'));
      const stop = end < 0 ? lines.length : end;
      out.push(`<pre><code>${escape(lines.slice(at + 1, stop).join('\n'))}</code></pre>`);
      at = stop + 1;
    } else if (heading) {
      const level = heading[1]?.length ?? 1;
      out.push(`<h${level}>${inline(heading[2] ?? '')}</h${level}>`);
      at += 1;
    } else if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
      out.push('<hr>');
      at += 1;
    } else if (line.includes('|') && divider.test(lines[at + 1] ?? '')) {
      const stop = endOf(lines, at + 2, (other) => other.includes('|'));
      out.push(table(lines.slice(at, stop)));
      at = stop;
    } else if (/^\s*>/.test(line)) {
      const stop = endOf(lines, at, (other) => /^\s*>/.test(other));
      out.push(quote(lines.slice(at, stop).map((other) => other.replace(/^\s*> ?/, ''))));
      at = stop;
    } else if (bullet.test(line)) {
      const stop = endOf(lines, at, (other) => bullet.test(other) || /^\s{2,}\S/.test(other));
      out.push(list(lines.slice(at, stop)));
      at = stop;
    } else if (/^<\/?(details|summary)\b/.test(line.trim())) {
      out.push(inline(line.trim()));
      at += 1;
    } else {
      const stop = endOf(
        lines,
        at,
        (other) => other.trim() !== '' && !/^(#{1,6}\s|\s*>|\s*```|<\/?details)/.test(other) && !bullet.test(other),
      );
      out.push(`<p>${inline(lines.slice(at, Math.max(stop, at + 1)).join('\n'))}</p>`);
      at = Math.max(stop, at + 1);
    }
  }
  return out.join('\n');
};

const endOf = (lines: readonly string[], from: number, belongs: (line: string) => boolean): number => {
  let at = from;
  while (at < lines.length && belongs(lines[at] ?? '')) at += 1;
  return at;
};

const quote = (lines: readonly string[]): string => {
  const alert = /^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]$/.exec(lines[0]?.trim() ?? '')?.[1];
  if (!alert) return `<blockquote>${blocks(lines)}</blockquote>`;
  const name = alert[0] + alert.slice(1).toLowerCase();
  return `<blockquote class="alert ${alert.toLowerCase()}"><p><strong>${name}</strong></p>${blocks(lines.slice(1))}</blockquote>`;
};

const cells = (line: string): string[] =>
  line
    .trim()
    .replace(/^\||(?<!\\)\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));

const table = ([head = '', rule = '', ...rows]: readonly string[]): string => {
  const sides = cells(rule).map((cell) => (cell.endsWith(':') ? (cell.startsWith(':') ? 'center' : 'right') : ''));
  const row = (line: string, tag: 'th' | 'td'): string =>
    cells(line)
      .map((cell, at) => `<${tag}${sides[at] ? ` class="${sides[at]}"` : ''}>${inline(cell)}</${tag}>`)
      .join('');
  const body = rows.map((line) => `<tr>${row(line, 'td')}</tr>`).join('');
  return `<div class="scroll"><table><thead><tr>${row(head, 'th')}</tr></thead><tbody>${body}</tbody></table></div>`;
};

/** Items by indentation: what is indented further belongs into the item above. */
const list = (lines: readonly string[]): string => {
  const first = bullet.exec(lines[0] ?? '');
  const indent = first?.[1]?.length ?? 0;
  const items: string[][] = [];
  for (const line of lines) {
    const match = bullet.exec(line);
    if (match && (match[1]?.length ?? 0) <= indent) items.push([match[3] ?? '']);
    else items.at(-1)?.push(line.slice(Math.min(indent + 2, line.length - line.trimStart().length)));
  }
  const rendered = items.map(([text = '', ...nested]) => {
    const task = /^\[([ xX])\]\s+(.*)$/.exec(text);
    const box = task ? `<input type="checkbox" disabled${task[1] === ' ' ? '' : ' checked'}> ` : '';
    return `<li${task ? ' class="task"' : ''}>${box}${inline(task?.[2] ?? text)}${nested.length > 0 ? blocks(nested) : ''}</li>`;
  });
  const tag = first?.[2] ? 'ol' : 'ul';
  return `<${tag}>${rendered.join('')}</${tag}>`;
};

const safeLink = (target: string): boolean =>
  /^(https?:\/\/|#|\/(?!\/)|\.{0,2}\/?[\w%-])/i.test(target) && !/^\w+:(?!\/\/)/.test(target);

/** Parts that must not be looked at again stand behind a mark that no text can hold. */
const inline = (text: string): string => {
  const kept: string[] = [];
  const keep = (markup: string): string => `\uE000${kept.push(markup) - 1}\uE000`;
  const anchor = (label: string, target: string): string =>
    safeLink(target)
      ? `${keep(`<a href="${escape(target)}" rel="noreferrer nofollow">`)}${label}${keep('</a>')}`
      : label;
  const marked = text
    .replaceAll('\uE000', '')
    .replace(/(`+)([\s\S]*?[^`])\1(?!`)/g, (_, __, code: string) => keep(`<code>${escape(code.trim())}</code>`))
    .replace(/\\([\\`*_{}[\]()#+\-.!|<>~])/g, (_, mark: string) => keep(escape(mark)))
    .replace(entity, (named) => keep(named))
    .replace(/<[^<>\s]+(?: open)?>/g, (tag) =>
      bare.test(tag) ? keep(tag) : /^<https?:/.test(tag) ? anchor(tag.slice(1, -1), tag.slice(1, -1)) : tag,
    )
    .replace(/!?\[([^\]]*)\]\(\s*<?([^\s)>]+)>?(?:\s+"[^"]*")?\s*\)/g, (_, label: string, target: string) =>
      anchor(label || target, target),
    )
    .replace(
      /(^|[\s(])(https?:\/\/[^\s<>()\uE000]*[^\s<>().,;:!?\uE000])/g,
      (_, before: string, url: string) => before + anchor(url, url),
    );
  const styled = escape(marked)
    .replace(/\*\*(?=\S)([\s\S]*?\S)\*\*/g, '<strong>$1</strong>')
    .replace(/(?<!\w)__(?=\S)([\s\S]*?\S)__(?!\w)/g, '<strong>$1</strong>')
    .replace(/\*(?=\S)([^*]*?\S)\*/g, '<em>$1</em>')
    .replace(/(?<!\w)_(?=\S)([^_]*?\S)_(?!\w)/g, '<em>$1</em>')
    .replace(/~~(?=\S)([\s\S]*?\S)~~/g, '<del>$1</del>')
    .replace(/ {2,}\n/g, '<br>');
  let result = styled;
  // Kept parts may hold kept parts: a link whose label has code in it.
  for (let depth = 0; depth < 3; depth += 1)
    result = result.replace(/\uE000(\d+)\uE000/g, (_, at: string) => kept[Number(at)] ?? '');
  return result;
};
