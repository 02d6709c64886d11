import { createHash } from 'node:crypto';

/**
 * Names of git objects, worked out here: what the branch holds already is known before anything is sent, and the tree that
 * GitHub makes can be held against the one that was meant.
 */

/** Of a file with these bytes. */
export function blobSha(bytes: Uint8Array): string {
  return objectSha('blob', bytes);
}

/** Of the tree with these files: blob by path, without a leading slash. All are plain files. */
export function treeSha(files: ReadonlyMap<string, string>): string {
  const entries = new Map<string, { mode: string; sha: string }>();
  const folders = new Map<string, Map<string, string>>();
  for (const [path, sha] of files) {
    const slash = path.indexOf('/');
    if (slash < 0) entries.set(path, { mode: '100644', sha });
    else {
      const name = path.slice(0, slash);
      (folders.get(name) ?? folders.set(name, new Map()).get(name)!).set(path.slice(slash + 1), sha);
    }
  }
  for (const [name, inside] of folders) entries.set(name, { mode: '40000', sha: treeSha(inside) });
  const sorted = [...entries].toSorted(([a, { mode: one }], [b, { mode: two }]) =>
    Buffer.compare(sortKey(a, one), sortKey(b, two)),
  );
  return objectSha(
    'tree',
    Buffer.concat(
      sorted.map(([name, { mode, sha }]) => Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(sha, 'hex')])),
    ),
  );
}

/** Git compares names as if those of folders ended with a slash. */
function sortKey(name: string, mode: string): Buffer {
  return Buffer.from(mode === '40000' ? `${name}/` : name);
}

function objectSha(type: string, bytes: Uint8Array): string {
  return createHash('sha1').update(`${type} ${bytes.byteLength}\0`).update(bytes).digest('hex');
}
