import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Desired } from '../../provider-kit/provider.ts';
import { specOf } from './app-settings.ts';

export interface Archive {
  bytes: Uint8Array<ArrayBuffer>;
  /** As Heroku checks it. */
  checksum: string;
}

/** The files that Heroku builds from, gzipped: the service's folder at its git tree, and what says how to run it. */
export async function archiveOf(desired: Desired, signal: AbortSignal): Promise<Archive> {
  const work = await mkdtemp(join(tmpdir(), 'flotilla-heroku-'));
  try {
    const [folder, file] = [join(work, 'source'), join(work, 'source.tgz')];
    await mkdir(folder);
    await desired.source?.materialise(folder);
    for (const [name, text] of Object.entries(additions(desired, folder))) {
      // Never through a link that the source put there.
      await rm(join(folder, name), { force: true });
      await writeFile(join(folder, name), text, { flag: 'wx' });
    }
    await promisify(execFile)('tar', ['-czf', file, '-C', folder, '.'], { signal });
    const bytes = new Uint8Array(await readFile(file));
    return { bytes, checksum: `SHA256:${createHash('sha256').update(bytes).digest('hex')}` };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** An image is a Dockerfile of one line: Heroku takes none from other registries, but builds from any public one. */
function additions(desired: Desired, folder: string): Record<string, string> {
  const { image, dockerfile, command } = specOf(desired).source;
  const run = command?.map(quoted).join(' ');
  if (image === undefined && dockerfile === undefined) return run === undefined ? {} : { Procfile: `web: ${run}\n` };
  if (image === undefined && run === undefined && existsSync(join(folder, 'heroku.yml'))) return {};
  const manifest = {
    build: { docker: { web: image === undefined ? dockerfile : 'Dockerfile' } },
    ...(run === undefined ? {} : { run: { web: run } }),
  };
  // JSON is YAML.
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  return { 'heroku.yml': text, ...(image === undefined ? {} : { Dockerfile: `FROM ${image}\n` }) };
}

/** One word for the shell that runs it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
