import type { Position } from '../model/resource.ts';
import { pathText, type Aim, type Locator, type Path } from './locate.ts';
import type { Place } from './problems-of.ts';

/** Positions over all files of a config: the file that knows most of a path answers. */
export function places(locators: readonly Locator[]): {
  place: Place;
  position(dotted: string, environment?: string): Position;
} {
  function deepest(pathIn: (locator: Locator) => Path, aim: Aim) {
    let best: { position: Position; path: Path; whole: boolean } | undefined;
    for (const locator of locators) {
      const path = pathIn(locator);
      const { position, depth } = locator.locate(path, aim);
      if (!best || depth > best.path.length)
        best = { position, path: path.slice(0, depth), whole: depth === path.length };
    }
    return best ?? { position: { file: 'flotilla.yml', line: 1, column: 1 }, path: [], whole: false };
  }

  return {
    place: (path, aim) => deepest(() => path, aim),
    position(dotted, environment) {
      if (environment !== undefined) {
        const over = deepest(
          (locator) => locator.split(`${pathText(['environments', environment])}.${dotted}`),
          'value',
        );
        if (over.whole) return over.position;
      }
      return deepest((locator) => locator.split(dotted), 'value').position;
    },
  };
}
