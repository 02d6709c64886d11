import type { Position } from '../model/resource.ts';
import type { YamlFile } from './parse-yaml.ts';
import { skipSpace } from './source-text.ts';

/** A path into a file's value: keys of maps, indexes of lists. */
export type Path = readonly (string | number)[];

/** `services.api.env.PORT`, `sites.web.redirects[0].from`. */
export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${part}` : part),
    '',
  );
}

/** A key and its value in the node table; `value` is -1 where the key has none. */
export interface Pair {
  key: number;
  value: number;
}

/** Where to point: at the key, or at the value (a map or list is always pointed at by its key). */
export type Aim = 'key' | 'value';

export interface Located {
  position: Position;
  /** How many parts of the path were found. */
  depth: number;
}

/** Positions of one file, found when asked for; each map that was looked into is remembered. */
export interface Locator {
  file: YamlFile;
  locate(path: Path, aim: Aim): Located;
  /** Every map of the file, with the node table's row of each key and value. */
  maps(): Iterable<Pair[]>;
  /** The keys and values of a map, the rows of a list's items. */
  pairs(node: number): Pair[];
  items(node: number): number[];
  /** Where a row of the node table stands. */
  at(node: number): Position;
  /** The text of a row as it is written. */
  spelling(node: number): string;
  /** The node of a path, with the node of its last key where it has one. */
  find(path: Path): { depth: number; node: number; key: number };
}

export function locator(file: YamlFile): Locator {
  const { nodes, source } = file;
  const { text } = source;
  const indexes = new Map<number, Map<string, Pair>>();

  /** A block value that holds a flow collection or a scalar is recorded twice; the inner one has the children. */
  function inner(node: number): number {
    let at = node;
    while (nodes.end[at + 1] === nodes.end[at] && nodes.end[at] !== at + 1 && nodes.value[at + 1] === nodes.value[at])
      at += 1;
    return at;
  }

  function items(node: number): number[] {
    const from = inner(node);
    const list: number[] = [];
    for (let at = from + 1; at < (nodes.end[from] as number); at = nodes.end[at] as number) list.push(at);
    return list;
  }

  /** The table does not tell keys from values, and a key may lack a value: the colon between them tells. */
  function pairs(node: number): Pair[] {
    const list = items(node);
    const result: Pair[] = [];
    for (let index = 0; index < list.length; index += 1) {
      const key = list[index] as number;
      const hasValue = text.charCodeAt(skipSpace(text, nodes.stop[key] as number)) === 58;
      const value = hasValue ? (list[(index += 1)] ?? -1) : -1;
      result.push({ key, value });
    }
    return result;
  }

  function index(node: number): Map<string, Pair> {
    let known = indexes.get(node);
    if (!known) {
      known = new Map();
      for (const pair of pairs(node)) known.set(keyText(nodes.value[pair.key]), pair);
      indexes.set(node, known);
    }
    return known;
  }

  /** The node of one list item; an empty item has none. */
  function item(node: number, list: unknown[], wanted: number): number {
    const candidates = items(node);
    let at = 0;
    for (let index = 0; index <= wanted; index += 1) {
      const here = candidates[at];
      if (here === undefined) return -1;
      const same = nodes.value[here] === list[index];
      if (index === wanted) return same || list[index] !== null ? here : -1;
      // `- ` alone leaves no node; `[a: 1]` leaves two.
      if (same) at += 1;
      else if (list[index] !== null) at += 2;
    }
    return -1;
  }

  function find(path: Path): { depth: number; node: number; key: number } {
    let [node, key, depth] = [0, -1, 0];
    for (const part of path) {
      const value = node < 0 ? undefined : nodes.value[node];
      if (Array.isArray(value) && typeof part === 'number') {
        node = item(node, value, part);
        if (node < 0) break;
        key = -1;
      } else if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
        const pair = index(node).get(String(part));
        if (!pair) break;
        ({ key, value: node } = pair);
      } else break;
      depth += 1;
    }
    return { depth, node, key };
  }

  function offsetOf({ node, key }: { node: number; key: number }, aim: Aim): number {
    const value = node < 0 ? null : nodes.value[node];
    const pointsAtValue = aim === 'value' && value !== null && typeof value !== 'object';
    const at = key >= 0 && !pointsAtValue ? key : node;
    return Math.min(skipSpace(text, nodes.start[at] ?? 0), Math.max(0, text.length - 1));
  }

  return {
    file,
    find,
    pairs,
    items,
    *maps() {
      for (const [node, value] of nodes.value.entries())
        if (value !== null && typeof value === 'object' && !Array.isArray(value) && inner(node) === node)
          yield pairs(node);
    },
    at: (node) => source.at(skipSpace(text, nodes.start[node] as number)),
    spelling: (node) => text.slice(skipSpace(text, nodes.start[node] as number), nodes.stop[node]).trim(),
    locate(path, aim) {
      // A path that leads nowhere is pointed at by the last part that is there.
      let found = find(path);
      if (found.node < 0 && found.key < 0) found = { ...find(path.slice(0, found.depth)), depth: found.depth };
      return { position: source.at(offsetOf(found, aim)), depth: found.depth };
    },
  };
}

/** The text that js-yaml makes of a key that is none. */
function keyText(key: unknown): string {
  if (Array.isArray(key)) return key.map((item) => (item === null ? '' : keyText(item))).join(',');
  return typeof key === 'object' && key !== null ? '[object Object]' : String(key);
}
