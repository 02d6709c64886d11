import { UsageError } from '../../usage-error.ts';
import { isOurs } from '../detect.ts';
import { join, type Listing } from '../found.ts';
import { FORMATS, formatOf, type Format } from './formats.ts';

export interface Choice {
  used: Candidate[];
  /** Files that are there and were not read, and why. */
  unused: { file: string; because: string }[];
}

interface Candidate {
  file: string;
  /** Files that are read together with it. */
  also: string[];
  dir: string;
  text: string;
  format: Format;
}

/**
 * Which files of other hosts describe the repository: those asked for; else one a folder, none inside a folder that has one,
 * and those for development only where there is no other. Pure.
 */
export function choose(files: Listing, asked: readonly string[]): Choice {
  if (asked.length > 0) return { used: asked.map((file) => candidate(files, file)), unused: [] };
  const found = [...files.keys()].flatMap((file): Candidate[] => {
    const [dir, name] = parts(file);
    const [format, text] = [formatOf(file), files.get(file)];
    if (!format || typeof text !== 'string' || !isOurs(dir)) return [];
    return (format.isMeant?.(name, text) ?? true) ? [{ file, also: [], dir, text, format }] : [];
  });
  found.sort((a, b) => depth(a.dir) - depth(b.dir) || rank(a) - rank(b) || (a.file < b.file ? -1 : 1));
  const hasHost = found.some(({ format }) => !format.isLast);
  const choice: Choice = { used: [], unused: [] };
  for (const one of found) {
    const outer = choice.used.find(({ dir }) => dir === '.' || one.dir === dir || one.dir.startsWith(`${dir}/`));
    if (one.format.isLast && hasHost) choice.unused.push({ file: one.file, because: 'a host’s own file is there' });
    else if (outer && outer.dir === one.dir && outer.format === one.format && one.format.isTogether)
      outer.also.push(one.file);
    else if (outer) choice.unused.push({ file: one.file, because: `${outer.file} describes this folder` });
    else choice.used.push(one);
  }
  return choice;
}

function candidate(files: Listing, file: string): Candidate {
  const [format, text] = [formatOf(file), files.get(file)];
  if (!format)
    throw new UsageError(
      `${file} is no file of a host that can be read`,
      `one of ${FORMATS.flatMap(({ names }) => names).join(', ')}`,
    );
  if (typeof text !== 'string')
    throw new UsageError(`there is no ${file} to read`, 'write its path from the root of the repository');
  const [dir] = parts(file);
  const also = format.isTogether
    ? format.names.map((name) => join(dir, name)).filter((path) => path !== file && files.has(path))
    : [];
  return { file, also, dir, text, format };
}

function parts(file: string): [dir: string, name: string] {
  const slash = file.lastIndexOf('/');
  return slash < 0 ? ['.', file] : [file.slice(0, slash), file.slice(slash + 1)];
}

const depth = (dir: string): number => (dir === '.' ? 0 : dir.split('/').length);
const rank = ({ format, file }: Candidate): number =>
  FORMATS.indexOf(format) * 10 + format.names.indexOf(parts(file)[1]);

/** Text of a file beside another. */
export function beside(files: Listing, dir: string): (name: string) => string | undefined {
  return (name) => files.get(join(dir, name)) ?? undefined;
}
