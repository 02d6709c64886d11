import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import type { SiteSpec } from '../model/config.ts';
import { DeployError } from '../model/errors.ts';
import { createLimiter } from '../model/limiter.ts';
import type { Desired, StepRun } from './provider.ts';
import { runBuild } from './run-build.ts';
import { writeSiteRules } from './site-rules.ts';

/** One file that a site serves. */
export interface SiteFile {
  /** From the root of the site: `/assets/app.js`. */
  path: string;
  /** Bytes. */
  size: number;
  bytes(): Promise<Buffer<ArrayBuffer>>;
}

export interface BuiltSite {
  /** Where the files are until `discard`. */
  folder: string;
  /** Sorted by path. */
  files: SiteFile[];
  discard(): Promise<void>;
}

export interface BuildOptions {
  /** Whether a deployment serves already, for the error. */
  restored: boolean;
  /** `files`: redirects and headers go into `_redirects` and `_headers`. Default: the provider is told in another way. */
  rules?: 'files' | 'elsewhere';
}

/**
 * The files of a site, as its source and its build make them on this machine. Secrets of `spec.env` reach the build alone.
 * @throws DeployError when the build fails or leaves nothing to serve.
 */
export async function buildSite(
  desired: Desired,
  run: StepRun,
  { restored, rules = 'elsewhere' }: BuildOptions,
): Promise<BuiltSite> {
  const spec = desired.spec as unknown as SiteSpec;
  const root = await mkdtemp(join(tmpdir(), 'flotilla-site-'));
  const discard = () => rm(root, { recursive: true, force: true });
  try {
    const source = join(root, 'source');
    await mkdir(source);
    await desired.source?.materialise(source);
    if (spec.build) {
      run.progress(`building: ${spec.build}`);
      await runBuild({
        command: spec.build,
        folder: source,
        log: join(root, 'build.log'),
        env: spec.env,
        signal: run.signal,
        restored,
      });
    }
    const folder = join(source, spec.output ?? '.');
    const files = await filesIn(folder, await realpath(source));
    if (files.length > 0 && rules === 'files' && (await writeSiteRules(spec, folder)))
      return { folder, files: await filesIn(folder, await realpath(source)), discard };
    if (files.length > 0) return { folder, files, discard };
    const place = spec.output ? `${spec.dir}/${spec.output}` : spec.dir;
    throw new DeployError(`${desired.address}: there is no file to serve in ${place}`, {
      mend: spec.build ? 'set `output` to the folder that the build writes' : 'set `build`, or `output`',
      log: [`${place} is missing or empty after the build`],
      restored,
    });
  } catch (error) {
    await discard();
    throw error;
  }
}

/** A digest in hex of each file's content, by path. */
export async function digestsOf(files: SiteFile[], folder: string, algorithm: 'sha1' | 'sha256') {
  const limited = createLimiter(16);
  const digests = files.map(({ path }) => limited(async () => [path, await digestOf(join(folder, path), algorithm)]));
  return new Map((await Promise.all(digests)) as [path: string, digest: string][]);
}

async function digestOf(file: string, algorithm: string): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Parts of a repository and of a build that nobody wants served. */
const LEFT_OUT = new Set(['.git', 'node_modules', '.DS_Store']);

/** Links are followed as long as they stay inside `root`: a site must not serve what happens to be on this machine. */
async function filesIn(folder: string, root: string): Promise<SiteFile[]> {
  const found: SiteFile[] = [];
  async function walk(at: string, path: string, above: ReadonlySet<string>): Promise<void> {
    const real = await realpath(at).catch(() => undefined);
    if (real === undefined || !(real + sep).startsWith(root + sep)) return;
    const info = await stat(real);
    if (info.isFile()) found.push({ path, size: info.size, bytes: () => readFile(real) });
    // A link to a folder that it is in would lead round for ever.
    if (!info.isDirectory() || above.has(real)) return;
    const here = new Set([...above, real]);
    for (const name of await readdir(real))
      if (!LEFT_OUT.has(name)) await walk(join(at, name), `${path}/${name}`, here);
  }
  await walk(folder, '', new Set());
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
