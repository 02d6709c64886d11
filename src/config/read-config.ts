import type { Config } from '../model/config.ts';
import { chooseFiles } from './choose-files.ts';
import { entryOf, remembered, type ConfigCache } from './remembered.ts';
import { freezeSpots, positionIn, spotOf, thawSpot, type FileSpots } from './spots.ts';

/**
 * The validated config of a repository from its files by path: `flotilla.yml` and `.flotilla/*.yml`.
 * Throws ConfigError with all problems of all files, in the order of the files.
 */
export async function readConfig(
  files: ReadonlyMap<string, Uint8Array | string>,
  cache?: ConfigCache,
): Promise<Config> {
  const chosen = chooseFiles(files);
  const entry = await cache?.read();
  const known = cache && entry && remembered(entry, cache.build, chosen);
  if (known) {
    let spots: FileSpots | undefined;
    const thawed = () => known.spots().map(([file, frozen]) => [file, thawSpot(frozen)] as const);
    return { ...known.data, position: positionIn(() => (spots ??= thawed())) };
  }

  const { checkConfig } = await import('./check-config.ts');
  const { data, locators } = await checkConfig(chosen);
  if (cache) {
    const frozen = locators.map((locator) => [locator.file.source.file, freezeSpots(locator)] as [string, never]);
    await cache.write(entryOf(cache.build, chosen, data, frozen));
  }
  const spots = locators.map((locator) => [locator.file.source.file, spotOf(locator)] as const);
  return { ...data, position: positionIn(() => spots) };
}
