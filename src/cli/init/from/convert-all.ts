import { providers } from '../../../index.ts';
import { UsageError } from '../../usage-error.ts';
import { wordOf } from '../detect.ts';
import { join, type Found, type Listing } from '../found.ts';
import { beside, choose, type Choice } from './choose.ts';
import { fileText, leftoverLine } from './config-text.ts';
import type { Leftover, Source } from './converted.ts';
import { fit, type Offer } from './fit.ts';

/** What was carried over from other hosts. */
export interface Carried {
  /** `flotilla.yml`. */
  text: string;
  read: { file: string; title: string }[];
  unused: Choice['unused'];
  resources: string[];
  leftovers: Leftover[];
  /** Names of secrets that it takes from the environment. */
  secrets: string[];
}

interface Wanted {
  fleet: string;
  repository: string;
  found: readonly Found[];
  /** Files to read in place of those that are found. */
  asked: readonly string[];
  offer?: Offer;
}

/** What the files of other hosts say, as `flotilla.yml`; undefined when there are none. UsageError when one cannot be read. */
export async function convertAll(files: Listing, wanted: Wanted): Promise<Carried | undefined> {
  const { fleet, repository, found, asked, offer = offerOf } = wanted;
  const { used, unused } = choose(files, asked);
  if (used.length === 0) return undefined;
  const parts = used.map(({ file, dir, text, format }) => {
    const source: Source = {
      file,
      text,
      dir,
      name: wordOf(dir === '.' ? repository : (dir.split('/').at(-1) ?? '')) || 'app',
      beside: beside(files, dir),
      found: foundIn(found, dir),
    };
    return { file, converted: format.convert(source) };
  });
  const { config, leftovers } = await fit(fleet, parts, offer);
  const resources = config.resources();
  const names = used.flatMap(({ file, also }) => [file, ...also]);
  if (resources.length === 0)
    throw new UsageError(
      [`${names.join(', ')}: nothing there can be carried over`, ...leftovers.map(leftoverLine)].join('\n  '),
      'move it away to have the folders looked at, or start from an example: flotilla init --template starter',
    );
  const text = fileText(names, config, leftovers);
  return {
    text,
    read: used.flatMap(({ file, also, format }) => [file, ...also].map((one) => ({ file: one, title: format.title }))),
    unused,
    resources,
    leftovers,
    secrets: [
      ...new Set([...config.text().matchAll(/(?<!\$)\$\{secret\.(\w+)\}/g)].map(([, name]) => name ?? '')),
    ].toSorted(),
  };
}

const offerOf: Offer = async (type) =>
  providers.types.includes(type) ? (await providers.load(type)).kinds : undefined;

const PLAIN = ['public', 'static', 'www', 'site', '_site'];

/** What was found in the folder, or in the folder of plain files inside it. */
function foundIn(found: readonly Found[], dir: string): Found | undefined {
  return [dir, ...PLAIN.map((name) => join(dir, name))].flatMap((path) => found.filter((one) => one.dir === path))[0];
}
