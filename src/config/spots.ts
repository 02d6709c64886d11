import type { Config } from '../model/config.ts';
import type { Position } from '../model/resource.ts';
import { pathText, type Locator, type Path } from './locate.ts';

/** Where something stands in one file, and the things in it: a view that is worth remembering between runs. */
export interface Spot {
  line: number;
  column: number;
  child(part: string): Spot | undefined;
}

/** The root of each file, by its path. */
export type FileSpots = readonly (readonly [string, Spot])[];

/** A spot as JSON: line, column, children by key or index. */
export type FrozenSpot = [line: number, column: number, children?: Record<string, FrozenSpot>];

/** The spots of a parsed file, looked up when asked for. */
export function spotOf(locator: Locator, path: Path = []): Spot {
  const { line, column } = locator.locate(path, 'value').position;
  return {
    line,
    column,
    child(part) {
      const inside = [...path, /^\d+$/.test(part) && Array.isArray(valueAt(locator, path)) ? Number(part) : part];
      return locator.find(inside).depth === inside.length ? spotOf(locator, inside) : undefined;
    },
  };
}

function valueAt({ file, find }: Locator, path: Path): unknown {
  return file.nodes.value[find(path).node];
}

/** All spots of a file as JSON, for the cache. */
export function freezeSpots(locator: Locator, path: Path = []): FrozenSpot {
  const { line, column } = locator.locate(path, 'value').position;
  const value = valueAt(locator, path);
  if (value === null || typeof value !== 'object') return [line, column];
  const children: [string, FrozenSpot][] = [];
  for (const key of Object.keys(value)) {
    const inside = [...path, Array.isArray(value) ? Number(key) : key];
    if (locator.find(inside).depth === inside.length) children.push([key, freezeSpots(locator, inside)]);
  }
  return [line, column, Object.fromEntries(children)];
}

export function thawSpot([line, column, children]: FrozenSpot): Spot {
  return {
    line,
    column,
    child(part) {
      const frozen = children && Object.hasOwn(children, part) ? children[part] : undefined;
      return frozen && thawSpot(frozen);
    },
  };
}

/** How `Config.position` answers: the file that knows most of the path, an environment's overlay before the base. */
export function positionIn(spots: () => FileSpots): Config['position'] {
  return (dotted, environment) => {
    if (environment !== undefined) {
      const over = follow(spots(), `${pathText(['environments', environment])}.${dotted}`);
      if (over.rest === '') return over.position;
    }
    return follow(spots(), dotted).position;
  };
}

function follow(spots: FileSpots, dotted: string): { position: Position; rest: string } {
  let best: { position: Position; rest: string } | undefined;
  for (const [file, root] of spots) {
    let [spot, rest] = [root, dotted];
    for (let next = step(spot, rest); next; next = step(spot, rest)) ({ spot, rest } = next);
    if (!best || rest.length < best.rest.length)
      best = { position: { file, line: spot.line, column: spot.column }, rest };
  }
  return best ?? { position: { file: 'flotilla.yml', line: 1, column: 1 }, rest: dotted };
}

/** One part further: the shortest key that the text starts with, since keys may hold dots themselves as domains do. */
function step(spot: Spot, rest: string): { spot: Spot; rest: string } | undefined {
  if (rest === '') return undefined;
  const index = /^\[(\d+)\]\.?/.exec(rest);
  if (index) {
    const item = spot.child(index[1] as string);
    return item && { spot: item, rest: rest.slice(index[0].length) };
  }
  for (let at = boundary(rest, 1); ; at = boundary(rest, at + 1)) {
    const child = spot.child(rest.slice(0, at));
    if (child) return { spot: child, rest: rest[at] === '.' ? rest.slice(at + 1) : rest.slice(at) };
    if (at >= rest.length) return undefined;
  }
}

/** The end of the next candidate for a key: a dot, an opening bracket, or the end. */
function boundary(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) if (text[at] === '.' || text[at] === '[') return at;
  return text.length;
}
