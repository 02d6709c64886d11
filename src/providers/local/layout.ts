import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ConflictError, UnsupportedError } from '../../model/errors.ts';

/** Which folder on this machine an instance has. */
export interface Place {
  fleet: string;
  environment: string;
  kind: string;
  name: string;
}

/** `home/<fleet>/<environment>`: one folder an instance, beside it hidden ones for locks and what is being removed. */
export function environmentFolder(home: string, { fleet, environment }: Pick<Place, 'fleet' | 'environment'>): string {
  return join(resolve(home), folderName(fleet), folderName(environment));
}

export function instanceFolder(home: string, place: Place): string {
  return join(environmentFolder(home, place), folderName(`${place.kind}-${place.name}`));
}

/** A hidden sibling of the instance's folder. */
export function besideFolder(folder: string, suffix: string): string {
  const slash = folder.lastIndexOf('/');
  return `${folder.slice(0, slash)}/.${folder.slice(slash + 1)}.${suffix}`;
}

export function releaseFolder(folder: string, hash: string): string {
  return join(folder, 'releases', hash);
}

export function logFile(folder: string): string {
  return join(folder, 'logs', 'output.log');
}

/** Held while a runner takes the control socket, or while the instance is taken away. */
export function startLock(folder: string): string {
  return join(folder, 'start.lock');
}

/** Unique on this machine, however many homes there are. */
export function markOf(folder: string): string {
  return createHash('sha256').update(folder).digest('hex').slice(0, 16);
}

/**
 * The control socket's path. Such paths end at about 100 characters, so it does not live in the instance's folder.
 */
export function socketPath(mark: string): string {
  return join(tmpdir(), `flotilla-${userInfo().uid}`, `${mark}.sock`);
}

/** Makes the socket's folder if need be; the temporary folder is everybody's, so ours in it must be ours alone. */
export function claimSocketFolder(socket: string): void {
  const folder = dirname(socket);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== userInfo().uid || (found.mode & 0o077) !== 0)
    throw new ConflictError(`${folder} is not a folder that only you may enter`, {
      mend: 'remove it, or point TMPDIR at a folder of your own',
    });
}

function folderName(text: string): string {
  if (/^[A-Za-z0-9_][\w.-]{0,200}$/.test(text)) return text;
  throw new UnsupportedError(`"${text}" cannot be the name of a folder on this machine`, {
    mend: 'use letters, digits and dashes in the names of fleet, environment and resource',
  });
}
