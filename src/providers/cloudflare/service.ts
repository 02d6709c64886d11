import { posix } from 'node:path';
import type { ServiceSpec } from '../../model/config.ts';
import { UnsupportedError } from '../../model/errors.ts';
import { buildSite, type SiteFile } from '../../provider-kit/build-site.ts';
import type { Desired } from '../../provider-kit/provider.ts';
import { requireOffered } from '../../provider-kit/refusal.ts';
import type { Module } from './api.ts';
import { refuses } from './refuses.ts';
import { createWorkerHandler } from './worker.ts';

const MODULE: Record<string, string> = {
  '.js': 'application/javascript+module',
  '.mjs': 'application/javascript+module',
  '.wasm': 'application/wasm',
};

/** Services in JavaScript: a module that exports `fetch`. There is no process, so port, replicas and resources mean nothing. */
export const service = createWorkerHandler({
  kind: 'service',
  async content(_api, desired, restored, run) {
    const { source, env } = desired.spec as unknown as ServiceSpec;
    const { build } = source;
    requireOffered(desired, refuses(desired));
    const dir = source.dir ?? '.';
    const spec = { dir, env, redirects: [], headers: [], domains: [], ...(build ? { build } : {}) };
    const built = await buildSite({ ...desired, spec }, run, { restored });
    try {
      const entry = await entryOf(desired, source, built.files);
      const folder = posix.dirname(entry.path);
      const others = built.files.filter(
        ({ path }) => path !== entry.path && posix.extname(path) in MODULE && isBelow(folder, path),
      );
      const module = async (file: SiteFile): Promise<Module> => {
        const type = MODULE[posix.extname(file.path)] ?? 'application/javascript+module';
        return { name: posix.relative(folder, file.path), type, bytes: await file.bytes() };
      };
      return {
        mainModule: await module(entry),
        modules: await Promise.all(others.map(module)),
        // Values of this type never come back.
        bindings: Object.entries(env).map(([name, text]) => ({ type: 'secret_text', name, text })),
      };
    } finally {
      await built.discard();
    }
  },
});

/** The file that `command` ends with, else what package.json calls its main, else the usual names. */
async function entryOf(desired: Desired, { command }: ServiceSpec['source'], files: SiteFile[]): Promise<SiteFile> {
  const named = command?.at(-1)?.split(/\s+/).at(-1);
  const manifest = files.find(({ path }) => path === '/package.json');
  const main = named ?? (manifest ? mainOf((await manifest.bytes()).toString('utf8')) : undefined);
  const wanted = main === undefined ? ['/worker.js', '/index.js', '/dist/index.js'] : [posix.join('/', main)];
  const found = wanted.flatMap((path) => files.find((file) => file.path === path) ?? [])[0];
  if (found) return found;
  throw new UnsupportedError(`${desired.address}: there is no ${wanted.join(' or ')} after the build`, {
    mend: 'name the module in `source.command`, or as main in package.json',
  });
}

function mainOf(text: string): string | undefined {
  try {
    const { main } = JSON.parse(text) as { main?: unknown };
    return typeof main === 'string' ? main : undefined;
  } catch {
    return undefined;
  }
}

function isBelow(folder: string, path: string): boolean {
  return folder === '/' || path.startsWith(`${folder}/`);
}
