import { createHash } from 'node:crypto';
import type { Violation } from '../model/verification.ts';
import type { BlobRef, StateCommit } from './store.ts';

/** A file that was put aside because it was full: nothing is added to it any more. */
const PUT_ASIDE = /\.\d{3,}\.ndjson$/;

/** Journal files with their contents, by path. */
export type Journals = ReadonlyMap<string, Uint8Array>;

/**
 * What a commit's parent must have held if the commit only added to it. A file that grew has the old one as its start, or it
 * was put aside: then a new rotated file has. The old contents are so known without being read: a start of the length that git
 * says, with the id that git says. `unexplained` are the paths for which there is none.
 */
export function shrink(
  parent: ReadonlyMap<string, BlobRef>,
  child: { refs: ReadonlyMap<string, BlobRef>; contents: Journals },
): { contents: Map<string, Uint8Array>; unexplained: string[] } {
  const contents = new Map<string, Uint8Array>();
  const unexplained: string[] = [];
  for (const [path, { id, size }] of parent) {
    const same = child.refs.get(path)?.id === id ? child.contents.get(path) : undefined;
    const start =
      same ??
      (PUT_ASIDE.test(path) ? [] : successors(path, parent, child.contents))
        .filter((bytes) => bytes.length >= size)
        .map((bytes) => bytes.subarray(0, size))
        .find((bytes) => blobId(bytes, id.length) === id);
    if (start) contents.set(path, start);
    else unexplained.push(path);
  }
  return { contents, unexplained };
}

/**
 * Where the branch is not one row of commits: what Flotilla writes has one parent, and one commit has none. A merge is not
 * looked at by its content: of many parents GitHub tells the first ones only, and the record could be lost in the others.
 */
export function forks(commits: readonly StateCommit[]): Violation[] {
  const merges = commits
    .filter(({ parents }) => parents.length > 1)
    .map(({ id, parents }) => ({ id, what: `it joins ${parents.length} histories, which Flotilla never does` }));
  const roots = commits.filter(({ parents }) => parents.length === 0);
  const what = `it begins one of ${roots.length} histories, which Flotilla does once`;
  const begun = roots.length > 1 ? roots.map(({ id }) => ({ id, what })) : [];
  return [...merges, ...begun].map(({ id: commit, what: fault }) => ({ commit, file: null, line: null, what: fault }));
}

/** What became of the lines of a file that is not the start of what followed it. */
export function losses(
  path: string,
  before: Uint8Array,
  parent: ReadonlyMap<string, BlobRef>,
  after: Journals,
): Omit<Violation, 'commit'>[] {
  const following = successors(path, parent, after);
  if (following.length === 0) return [{ file: path, line: null, what: 'the file is gone' }];
  const lines = following.flatMap(linesOf);
  const there = new Set(lines);
  const ids = new Set(lines.map(idOf));
  const old = linesOf(before);
  const missing = old.flatMap((line, index) => {
    if (there.has(line)) return [];
    const id = idOf(line);
    const what = id !== undefined && ids.has(id) ? `the event ${id} was changed` : `the event ${id ?? 'here'} was lost`;
    return [{ file: path, line: index + 1, what }];
  });
  if (missing.length > 0) return missing;
  const first = old.findIndex((line, index) => lines[index] !== line);
  if (first === -1) return [{ file: path, line: old.length, what: 'it was put aside, and yet events were added' }];
  const what = 'the events from here on were put in another order, or others were put between them';
  return [{ file: path, line: first + 1, what }];
}

/** The same file later, and files that it may have been put aside as since. */
function successors(path: string, parent: ReadonlyMap<string, BlobRef>, after: Journals): Uint8Array[] {
  const stem = path.replace(/ndjson$/, '');
  const rotated = [...after.keys()].filter(
    (other) => other.startsWith(stem) && /^\d{3,}\.ndjson$/.test(other.slice(stem.length)) && !parent.has(other),
  );
  return [...rotated.toSorted(), path].flatMap((name) => after.get(name) ?? []);
}

/** The id that git gives a file of these bytes; `length` of an id in hex says which digest the repository uses. */
export function blobId(bytes: Uint8Array, length: number): string {
  return createHash(length === 64 ? 'sha256' : 'sha1')
    .update(`blob ${bytes.length}\0`)
    .update(bytes)
    .digest('hex');
}

function linesOf(bytes: Uint8Array): string[] {
  return Buffer.from(bytes).toString().replace(/\n$/, '').split('\n');
}

function idOf(line: string): string | undefined {
  try {
    const { id } = JSON.parse(line) as { id?: unknown };
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}
