import type { Position } from '../model/resource.ts';
import type { Locator, Path } from './locate.ts';
import type { Place } from './problems-of.ts';

/** Looks paths up over all files of a config: the file that knows most of a path answers. */
export function placeIn(locators: readonly Locator[]): Place {
  return (path, aim) => {
    let best: { position: Position; path: Path } | undefined;
    for (const locator of locators) {
      const { position, depth } = locator.locate(path, aim);
      if (!best || depth > best.path.length) best = { position, path: path.slice(0, depth) };
    }
    return best ?? { position: { file: 'flotilla.yml', line: 1, column: 1 }, path: [] };
  };
}
