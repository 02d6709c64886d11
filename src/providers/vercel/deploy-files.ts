import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SiteSpec } from '../../model/config.ts';
import { DeployError, UnsupportedError } from '../../model/errors.ts';
import type { JsonObject } from '../../model/resource.ts';
import { buildSite, digestsOf, type BuiltSite, type SiteFile } from '../../provider-kit/build-site.ts';
import type { Desired, StepRun } from '../../provider-kit/provider.ts';
import { uploadFiles } from '../../provider-kit/upload-files.ts';
import type { Deployment, NewDeployment, Project, VercelWriter } from './api.ts';
import { metaOf } from './mark.ts';
import { routing } from './routing.ts';

/** Builds, asks Vercel which files it lacks, sends those, and starts the deployment. */
export async function deployFiles(
  api: VercelWriter,
  project: Project,
  desired: Desired,
  { restored }: { restored: boolean },
  run: StepRun,
): Promise<Deployment> {
  const built = await buildSite(desired, run, { restored });
  try {
    const files = await withRouting(built, desired.spec as unknown as SiteSpec);
    const digests = await digestsOf(files, built.folder, 'sha1');
    const bySha = new Map(files.map((file) => [digests.get(file.path) as string, file]));
    const deployment: NewDeployment = {
      name: project.name,
      project: project.id,
      meta: metaOf(desired),
      commit: desired.commit,
      files: files.map(({ path, size }) => ({ file: path.slice(1), sha: digests.get(path) as string, size })),
    };
    const mask = Object.values((desired.spec['env'] ?? {}) as Record<string, string>);
    const first = await api.createDeployment(deployment, mask);
    if (!('missing' in first)) return first;
    const missing = [...new Set(first.missing)].flatMap((sha) => (bySha.has(sha) ? [sha] : []));
    await uploadFiles({
      items: missing,
      upload: async (sha) => api.uploadFile(sha, await (bySha.get(sha) as SiteFile).bytes()),
      size: (sha) => (bySha.get(sha) as SiteFile).size,
      total: files.length,
      account: api.account,
      run,
    });
    const second = await api.createDeployment(deployment, mask);
    if (!('missing' in second)) return second;
    throw new DeployError(`${desired.address}: Vercel lacks files that were sent`, {
      mend: 'run again; if that does not help, report it',
      log: second.missing.slice(0, 50).map((sha) => `missing: ${bySha.get(sha)?.path ?? sha}`),
      restored,
    });
  } finally {
    await built.discard();
  }
}

const CONFIG = 'vercel.json';

async function withRouting({ folder, files }: BuiltSite, spec: SiteSpec): Promise<SiteFile[]> {
  const own = files.find(({ path }) => path === `/${CONFIG}`);
  const config = routing(spec, own && parse(await readFile(join(folder, CONFIG), 'utf8')));
  if (!config) return files;
  const bytes = Buffer.from(JSON.stringify(config, null, 2));
  // Never through a link that the source put there.
  await rm(join(folder, CONFIG), { force: true });
  await writeFile(join(folder, CONFIG), bytes, { flag: 'wx' });
  const file: SiteFile = { path: `/${CONFIG}`, size: bytes.length, bytes: async () => bytes };
  return [...files.filter(({ path }) => path !== file.path), file];
}

function parse(text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject;
  } catch (error) {
    throw new UnsupportedError(`the site's ${CONFIG} is not JSON: ${(error as Error).message}`, { mend: 'correct it' });
  }
}
