import { createHash } from 'node:crypto';
import type { Config } from '../model/config.ts';
import type { CheckedConfig, ConfigData } from './check-config.ts';
import { chooseFiles } from './choose-files.ts';
import { freezeSpots, positionIn, spotOf, thawSpot, type FileSpots, type FrozenSpot } from './spots.ts';

/**
 * Remembers texts between runs; losing any costs only time. A config is validated once for each build of the program:
 * parser and schema are not even loaded for files that have been seen before.
 */
export interface ConfigCache {
  /** Names the program's build: what another build found valid says nothing. */
  build: string;
  read(key: string): Promise<string | undefined>;
  write(key: string, text: string): Promise<void>;
}

/**
 * The validated config of a repository from its files by path: `flotilla.yml` and `.flotilla/*.yml`.
 * Throws ConfigError with all problems of all files, in the order of the files.
 */
export async function readConfig(
  files: ReadonlyMap<string, Uint8Array | string>,
  cache?: ConfigCache,
): Promise<Config> {
  const chosen = chooseFiles(files);
  const key = cache && keyOf(cache.build, chosen);
  const known = key === undefined ? undefined : await cache?.read(key);
  const remembered = known === undefined ? undefined : thaw(known);
  if (remembered) return remembered;

  const { checkConfig } = await import('./check-config.ts');
  const checked = await checkConfig(chosen);
  if (key !== undefined) await cache?.write(key, freeze(checked));
  const spots = checked.locators.map((locator) => [locator.file.source.file, spotOf(locator)] as const);
  return { ...checked.data, position: positionIn(() => spots) };
}

function keyOf(build: string, files: readonly [string, Uint8Array | string][]): string {
  const hash = createHash('sha256').update(`${build}\n`);
  for (const [path, content] of files) hash.update(`${path}\n${content.length}\n`).update(content);
  return hash.digest('hex');
}

/** Closes an entry, so that one cut short is told. */
const END = '\n.';

/** Two lines: the config, which every run needs, and all positions, which only a message needs. */
function freeze({ data, locators }: CheckedConfig): string {
  const spots = locators.map((locator): [string, FrozenSpot] => [locator.file.source.file, freezeSpots(locator)]);
  return `${JSON.stringify(data)}\n${JSON.stringify(spots)}${END}`;
}

function thaw(text: string): Config | undefined {
  const end = text.indexOf('\n');
  if (end < 0 || !text.endsWith(END)) return undefined;
  let data: ConfigData;
  try {
    data = JSON.parse(text.slice(0, end)) as ConfigData;
  } catch {
    return undefined;
  }
  let spots: FileSpots | undefined;
  return {
    ...data,
    position: positionIn(
      () =>
        (spots ??= (JSON.parse(text.slice(end + 1, -END.length)) as [string, FrozenSpot][]).map(([file, frozen]) => [
          file,
          thawSpot(frozen),
        ])),
    ),
  };
}
