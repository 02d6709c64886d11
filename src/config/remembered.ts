import type { ConfigData } from './check-config.ts';
import type { FrozenSpot } from './spots.ts';

/**
 * Keeps the last config between runs; losing it costs only time. A config is validated once for each build of the program:
 * parser and schema are not even loaded for files that are the same as the last time.
 */
export interface ConfigCache {
  /** Names the program's build: what another build found valid says nothing. */
  build: string;
  /** What was written last. */
  read(): Promise<Uint8Array | undefined>;
  write(entry: Uint8Array): Promise<void>;
}

type Files = readonly [string, Uint8Array | string][];

/** The first line of an entry. The files' texts follow, the config, and the positions, which only a message needs. */
interface Head {
  build: string;
  /** Path and bytes. */
  files: [string, number][];
  /** Bytes. */
  data: number;
  spots: number;
}

/** A validated config with the very bytes that it was read from. */
export function entryOf(build: string, files: Files, data: ConfigData, spots: [string, FrozenSpot][]): Uint8Array {
  const texts = files.map(([path, content]) => [path, bytesOf(content)] as const);
  const [config, positions] = [Buffer.from(JSON.stringify(data)), Buffer.from(JSON.stringify(spots))];
  const head: Head = {
    build,
    files: texts.map(([path, { length }]) => [path, length]),
    data: config.length,
    spots: positions.length,
  };
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), ...texts.map(([, text]) => text), config, positions]);
}

/** What an entry says of these files; undefined when it is about others, by another build, or damaged. */
export function remembered(entry: Uint8Array, build: string, files: Files) {
  const bytes = bytesOf(entry);
  const end = bytes.indexOf(10);
  const head = end < 0 ? undefined : (parse(bytes.subarray(0, end)) as Partial<Head> | null | undefined);
  if (head?.build !== build || head.files?.length !== files.length) return undefined;
  let at = end + 1;
  const next = (length: number) => bytes.subarray(at, (at += length));
  const same = files.every(([path, content], index) => {
    const [known, length] = head.files?.[index] ?? ['', 0];
    return known === path && next(length).equals(bytesOf(content));
  });
  if (!same) return undefined;
  const [data, spots] = [next(head.data ?? 0), next(head.spots ?? 0)];
  const config = at === bytes.length ? (parse(data) as ConfigData | undefined) : undefined;
  return config && { data: config, spots: () => JSON.parse(spots.toString()) as [string, FrozenSpot][] };
}

const bytesOf = (content: Uint8Array | string): Buffer =>
  typeof content === 'string'
    ? Buffer.from(content)
    : Buffer.from(content.buffer, content.byteOffset, content.byteLength);

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
