import { openAsBlob } from 'node:fs';
import { access, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digest } from '../../model/canonical.ts';
import { CredentialError, DeployError, TransientError, UnsupportedError } from '../../model/errors.ts';
import { baseEnvironment } from '../../provider-kit/base-environment.ts';
import { isNotFound } from '../../provider-kit/http.ts';
import type { Account, Desired, StepRun } from '../../provider-kit/provider.ts';
import type { Image, Line } from './engine-shapes.ts';
import { specOf } from './container.ts';
import { bears, builtLabels } from './marks.ts';
import { buildProgress, pullProgress } from './image-progress.ts';
import { registryAuth } from './registry-auth.ts';
import type { WriteSession } from './session.ts';

/** Lines of a build's output that a failure hands back. */
const TAIL = 50;

export interface ImageOptions {
  account: Account;
  /** Whether a container serves already, for the error. */
  restored: boolean;
}

/** Id of the image that the desired service runs: pulled, or built by the engine from the source folder. */
export async function imageFor(
  engine: WriteSession,
  desired: Desired,
  run: StepRun,
  options: ImageOptions,
): Promise<string> {
  const { image } = specOf(desired).source;
  const found =
    image === undefined ? await built(engine, desired, run, options) : await pulled(engine, image, run, options);
  return found.Id;
}

async function pulled(
  engine: WriteSession,
  reference: string,
  run: StepRun,
  { account }: ImageOptions,
): Promise<Image> {
  const { name, tag, pinned } = splitReference(reference);
  const present = await engine.image(reference);
  // One that no registry has, because it was made on that machine, can only be taken as it is.
  if (present && (pinned || name.startsWith('localhost/') || (present.RepoDigests ?? []).length === 0)) return present;
  run.progress(`pulling ${reference}`);
  try {
    raiseError(
      reference,
      await engine.pull(name, tag, registryAuth(account.credentials, name), pullProgress(reference, run)),
    );
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new UnsupportedError(`there is no image ${reference}`, {
      mend: 'push it, or set source.image to one that exists',
    });
  }
  const image = await engine.image(reference);
  if (!image) throw new TransientError(`${reference} was pulled and is not there`);
  return image;
}

/** The name and what of it: a tag, or a digest. Without either it is `latest`: an engine given none would pull every tag. */
export function splitReference(reference: string): { name: string; tag: string; pinned: boolean } {
  const [tagged = '', digest] = reference.split('@');
  const colon = tagged.indexOf(':', tagged.lastIndexOf('/') + 1);
  const name = colon < 0 ? tagged : tagged.slice(0, colon);
  return { name, tag: digest ?? (colon < 0 ? 'latest' : tagged.slice(colon + 1)), pinned: digest !== undefined };
}

/** A pull answers 200 whatever comes of it: what went wrong stands in the stream. */
function raiseError(reference: string, lines: Line[]): void {
  const error = lines.findLast((line) => line.error !== undefined)?.error;
  if (error === undefined) return;
  const message = `${reference} could not be pulled: ${error}`;
  if (/unauthorized|denied|authentication required|forbidden/i.test(error))
    throw new CredentialError(message, {
      mend: 'give DOCKER_AUTH_CONFIG a login for its registry that may read it, or check its name',
    });
  if (/not found|unknown|no matching manifest|invalid reference/i.test(error))
    throw new UnsupportedError(message, { mend: 'push it, or set source.image to one that exists for this platform' });
  throw new TransientError(message);
}

async function built(engine: WriteSession, desired: Desired, run: StepRun, { restored }: ImageOptions): Promise<Image> {
  const { dockerfile = 'Dockerfile' } = specOf(desired).source;
  const from = digest({ tree: desired.source?.tree ?? '', dockerfile }, 40);
  const tag = `flotilla/${desired.identity}:${from.slice(0, 12)}`;
  const present = await engine.image(tag);
  const labels = builtLabels(desired, from);
  if (present && bears(present.Config?.Labels, labels)) return present;
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-docker-'));
  try {
    const files = join(folder, 'files');
    await mkdir(files);
    await desired.source?.materialise(files);
    await access(join(files, dockerfile)).catch(() => {
      throw new UnsupportedError(`${desired.address} has no ${dockerfile} in ${desired.source?.dir ?? '.'}`, {
        mend: 'add one, name another with source.dockerfile, or set source.image',
      });
    });
    await packed(files, join(folder, 'context.tar'), run.signal);
    run.progress(`building ${dockerfile}`);
    const context = await openAsBlob(join(folder, 'context.tar'));
    const lines = await engine.build(context, { tag, dockerfile, labels }, buildProgress(dockerfile, run));
    const error = lines.findLast((line) => line.error !== undefined)?.error;
    if (error !== undefined)
      throw new DeployError(`the build of ${desired.address} failed: ${error}`, {
        log: textOf(lines).slice(-TAIL),
        restored,
      });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const image = await engine.image(tag);
  if (!image) throw new TransientError(`${tag} was built and is not there`);
  return image;
}

function textOf(lines: Line[]): string[] {
  const text = lines.map(({ stream, error }) => stream ?? (error === undefined ? '' : `${error}\n`)).join('');
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** The system's `tar`, which knows about modes, links and long names. */
async function packed(folder: string, file: string, signal: AbortSignal): Promise<void> {
  const child = spawn('tar', ['-cf', file, '-C', folder, '.'], {
    env: baseEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += String(chunk)));
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject).once('close', resolve);
  const code = await promise.catch((error: Error) => {
    if (signal.aborted) throw new TransientError('interrupted while packing the source', { cause: error });
    throw new UnsupportedError(`tar could not be started: ${error.message}`, { mend: 'install tar' });
  });
  if (code !== 0) throw new UnsupportedError(`tar could not pack the source: ${said.trim()}`);
}
