import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createSealed,
  openSealed,
  parseSealed,
  sealedText,
  SHARED_SECRETS,
  secretsOf,
  type OpenedFile,
  type SealedFile,
} from '../../index.ts';
import { openFleet, type Fleet } from '../open-fleet.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

/** The sealed files of the folder that the repository is checked out in. */
export interface SecretFolder {
  fleet: Fleet;
  /** The file that the command line is about: the environment's own with --env, else the one for all. */
  chosen: string;
  read(path: string): Promise<SealedFile | undefined>;
  /** Opened and checked; UsageError when it is not there. */
  open(path: string): Promise<OpenedFile>;
  /** The chosen one, made after the shared one where it is not there yet. */
  openOrCreate(): Promise<OpenedFile>;
  /** All of them, or only the chosen one with --env. UsageError when there is none. */
  paths(): Promise<string[]>;
  write(file: SealedFile): Promise<void>;
}

const NAMES = /^flotilla\.secrets(\.[A-Za-z0-9][\w-]*)?\.yml$/;

export async function secretFolder(session: Session): Promise<SecretFolder> {
  const { environment, flags } = session;
  if (flags.text('github') !== undefined)
    throw new UsageError('flotilla secret works on files of this folder', 'leave --github away, then commit and push');
  const fleet = await openFleet(session);
  const { root, keyring, clock, vault } = fleet;
  const chosen = environment === undefined ? SHARED_SECRETS : secretsOf(environment);
  if (!NAMES.test(chosen)) throw new UsageError(`"${environment}" is no name of an environment`, 'see flotilla.yml');
  const absent = (path: string) => new UsageError(`there is no ${path}`, 'flotilla secret init makes one');

  async function read(path: string): Promise<SealedFile | undefined> {
    try {
      return parseSealed(path, await readFile(join(root, path), 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
  async function open(path: string): Promise<OpenedFile> {
    const file = await read(path);
    if (!file) throw absent(path);
    const opened = await openSealed(file, keyring);
    for (const value of opened.values.values()) vault.learn(value);
    return opened;
  }
  return {
    fleet,
    chosen,
    read,
    open,
    async openOrCreate() {
      if (chosen === SHARED_SECRETS || (await read(chosen))) return open(chosen);
      const { recipients, lock } = (await read(SHARED_SECRETS)) ?? {};
      if (!recipients) throw absent(SHARED_SECRETS);
      return createSealed(
        chosen,
        recipients.map(({ recipient }) => recipient),
        clock.now(),
        lock,
      );
    },
    async paths() {
      const present = (await readdir(root)).filter((name) => NAMES.test(name)).toSorted((a, b) => a.length - b.length);
      const paths = environment === undefined ? present : present.filter((name) => name === chosen);
      if (paths.length === 0) throw absent(chosen);
      return paths;
    },
    async write(file) {
      // Whole or not at all, whatever happens meanwhile.
      const beside = join(root, `.${file.path}.${process.pid}`);
      await writeFile(beside, sealedText(file), { flag: 'wx' });
      await rename(beside, join(root, file.path));
    },
  };
}
