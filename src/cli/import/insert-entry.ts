import { isMap, isScalar, parseDocument, stringify, type Pair, type YAMLMap } from 'yaml';
import type { JsonObject } from '../../index.ts';

export interface Entry {
  /** Top-level key such as `services`. */
  section: string;
  name: string;
  body: JsonObject;
  /** Comments below it, a line each. */
  remarks?: readonly string[];
}

/** The text of a config with one entry more; everything that stands there stays as it is written. */
export function insertEntry(text: string, entry: Entry): string {
  const { section, name, body } = entry;
  const document = parseDocument(text);
  const wanted = { ...(document.toJS() as object | null) } as Record<string, JsonObject>;
  wanted[section] = { ...wanted[section], [name]: body };
  const inserted = insert(text, document.contents as YAMLMap | null, entry);
  if (inserted !== undefined && sameData(inserted, wanted)) return inserted;
  // Written in a way that takes no lines, all on one line for instance: then the whole is written anew, comments kept.
  document.setIn([section, name], document.createNode(body));
  return document.toString({ lineWidth: 0 });
}

function sameData(text: string, wanted: object): boolean {
  const document = parseDocument(text);
  return document.errors.length === 0 && JSON.stringify(document.toJS()) === JSON.stringify(wanted);
}

function insert(text: string, root: YAMLMap | null, entry: Entry): string | undefined {
  if (root !== null && (!isMap(root) || root.flow)) return undefined;
  const pair = root?.items.find(({ key }) => isScalar(key) && key.value === entry.section) as Pair | undefined;
  if (!pair) {
    const start = text.trim() === '' ? '' : `${text.trimEnd()}\n\n`;
    return `${start}${entry.section}:\n${linesOf(entry, '  ')}`;
  }
  const section = pair.value as YAMLMap | null;
  if (isMap(section) && section.items.length > 0) {
    if (section.flow) return undefined;
    const [first, last] = [section.items[0] as Pair, section.items.at(-1) as Pair];
    const [start] = rangeOf(first.key);
    const indent = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
    const [, end] = rangeOf(last.value) ?? rangeOf(last.key);
    return below(text, end || rangeOf(last.key)[1], linesOf(entry, indent));
  }
  // `services:` with nothing below it, or `services: {}`.
  const [, afterKey] = rangeOf(pair.key);
  if (!isMap(section)) return below(text, afterKey, linesOf(entry, '  '));
  const [from, to] = rangeOf(section);
  return below(`${text.slice(0, from).trimEnd()}${text.slice(to)}`, afterKey, linesOf(entry, '  '));
}

function rangeOf(node: unknown): [start: number, end: number] {
  const [start = 0, end = 0] = (node as { range?: number[] } | null)?.range ?? [];
  return [start, end];
}

/** Puts lines below the line that a position stands on. */
function below(text: string, position: number, lines: string): string {
  if (text[position - 1] === '\n') return `${text.slice(0, position)}${lines}${text.slice(position)}`;
  const end = text.indexOf('\n', position);
  return end < 0 ? `${text}\n${lines}` : `${text.slice(0, end + 1)}${lines}${text.slice(end + 1)}`;
}

function linesOf({ name, body, remarks = [] }: Entry, indent: string): string {
  const written = stringify({ [name]: body }, { lineWidth: 0, aliasDuplicateObjects: false });
  const comments = remarks.map((remark) => `  # ${remark}\n`).join('');
  return `${written}${comments}`.replace(/^(?=.)/gm, indent);
}
