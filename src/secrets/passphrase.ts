import { randomBytes } from 'node:crypto';
import { UnsupportedError } from '../model/errors.ts';
import { argon2id } from './argon2.ts';
import type { PassphraseLock } from './sealed-file.ts';
import { openValue, sealValue } from './sealed-value.ts';

/** Argon2id with 64 MiB and three passes, RFC 9106's second choice; what asks for much more is not ours. */
const MEMORY = 64 * 1024;
const PASSES = 3;
const MOST_MEMORY = 1024 * 1024;
const MOST_PASSES = 20;
const LANES = 4;
/** Shorter ones are guessed. */
export const SHORTEST_PASSPHRASE = 12;

const CONTEXT = 'flotilla identity:';

/** An identity that the passphrase opens; it stands in the repository, so it is worth no more than the passphrase is long. */
export async function lockIdentity(identity: string, passphrase: string): Promise<PassphraseLock> {
  const lock = { salt: randomBytes(16).toString('base64'), memory: MEMORY, passes: PASSES };
  return { ...lock, identity: sealValue(identity, await keyFrom(passphrase, lock), CONTEXT) };
}

/** The identity; undefined when the passphrase is another. UnsupportedError for costs that are too low or too high. */
export async function unlockIdentity(lock: PassphraseLock, passphrase: string): Promise<string | undefined> {
  const { memory, passes } = lock;
  if (memory < MEMORY || memory > MOST_MEMORY || passes < PASSES || passes > MOST_PASSES)
    throw new UnsupportedError(`the passphrase is stretched by ${memory} KiB and ${passes} passes, which is not ours`, {
      mend: 'restore the file from git',
    });
  return openValue(lock.identity, await keyFrom(passphrase, lock), CONTEXT);
}

function keyFrom(passphrase: string, lock: Omit<PassphraseLock, 'identity'>): Promise<Uint8Array> {
  const { salt, memory, passes } = lock;
  return argon2id(Buffer.from(passphrase.normalize('NFKC')), Buffer.from(salt, 'base64'), {
    memory,
    passes,
    lanes: LANES,
  });
}
