import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { TransientError, UnsupportedError } from '../../model/errors.ts';
import { digestsOf, type BuiltSite, type SiteFile } from '../../provider-kit/build-site.ts';
import type { StepRun } from '../../provider-kit/provider.ts';
import { uploadFiles } from '../../provider-kit/upload-files.ts';
import type { CloudflareWriter } from './api.ts';

/** Of the free plan. */
const MOST_FILES = 20_000;
const LARGEST = 25 * 1024 * 1024;
/** Groups that are sent at once. */
const CONCURRENCY = 3;

/** Told to the edge in another way, and not to be served. */
const RULES = new Set(['/_headers', '/_redirects']);

/** Sends the files that Cloudflare lacks; no message repeats what `mask` holds. Returns the token that a Worker takes them by. */
export async function sendAssets(
  api: CloudflareWriter,
  script: string,
  built: BuiltSite,
  mask: string[],
  run: StepRun,
): Promise<string> {
  const files = built.files.filter(({ path }) => !RULES.has(path));
  check(files);
  const digests = await digestsOf(files, built.folder, 'sha256');
  const hashes = new Map(files.map((file) => [file, hashOf(digests.get(file.path) as string, file.path)]));
  const byHash = new Map(files.map((file) => [hashes.get(file) as string, file]));
  const manifest = Object.fromEntries(
    files.map((file) => [file.path, { hash: hashes.get(file) as string, size: file.size }]),
  );
  const { jwt, buckets } = await api.openAssets(script, manifest, mask);
  const sizeOf = (hash: string): number => byHash.get(hash)?.size ?? 0;
  let completed = buckets.length === 0 ? jwt : undefined;
  await uploadFiles({
    items: buckets,
    async upload(bucket) {
      const sent = bucket.flatMap((hash) => byHash.get(hash) ?? []);
      const parts = sent.map(async (file) => {
        const type = typeOf(file.path);
        return { name: hashes.get(file) as string, type, bytes: (await file.bytes()).toString('base64') };
      });
      completed = (await api.sendAssets(jwt, await Promise.all(parts), mask)) ?? completed;
    },
    size: (bucket) => bucket.reduce((sum, hash) => sum + sizeOf(hash), 0),
    count: (bucket) => bucket.length,
    total: files.length,
    concurrency: CONCURRENCY,
    account: api.account,
    run,
  });
  if (completed) return completed;
  throw new TransientError('Cloudflare did not say that the upload of the files is complete');
}

/** A hash stands for content and media type, so files that differ in their ending alone must not share one. */
function hashOf(digest: string, path: string): string {
  return createHash('sha256')
    .update(digest + extname(path))
    .digest('hex')
    .slice(0, 32);
}

function check(files: SiteFile[]): void {
  if (files.length > MOST_FILES)
    throw new UnsupportedError(`Cloudflare takes ${MOST_FILES} files of a site at most, and there are ${files.length}`);
  const large = files.find(({ size }) => size > LARGEST);
  if (large)
    throw new UnsupportedError(`Cloudflare takes files of 25 MiB at most, and ${large.path} is larger`, {
      mend: 'put it into a bucket',
    });
}

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.map': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.xml': 'application/xml',
  '.txt': 'text/plain',
  '.md': 'text/markdown',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.pdf': 'application/pdf',
  '.wasm': 'application/wasm',
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
  '.mp3': 'audio/mpeg',
};

function typeOf(path: string): string {
  return TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream';
}
