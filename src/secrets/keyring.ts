import { readFile, stat } from 'node:fs/promises';
import { CredentialError } from '../model/errors.ts';
import { unlockIdentity } from './passphrase.ts';
import { recipientsOf, unwrapKey } from './recipients.ts';
import type { SealedFile } from './sealed-file.ts';

export interface KeySources {
  env: Record<string, string | undefined>;
  /** Where a person's identity lies when no variable says otherwise; absent where nobody has one. */
  identityFile?: string;
  /** Told every key, so that it is masked. */
  learn(value: string): void;
}

/** What sealed secrets are opened with. Values, not files, are what the run ever shows, and no key at all. */
export interface Keyring {
  /** Whether there is a key, right or wrong. CredentialError when one is named and cannot be read. */
  isThere(): Promise<boolean>;
  /** The data key of a file. CredentialError without a key, and when none of its recipients is ours. */
  dataKey(file: SealedFile): Promise<Uint8Array>;
  /** Identities for what was sealed to the recipients of `file` elsewhere. Errors as `dataKey`. */
  identities(file: SealedFile): Promise<readonly string[]>;
  /** The recipients that we are; those of a passphrase need a file, and are left out. */
  recipients(): Promise<readonly string[]>;
}

interface Found {
  identities: string[];
  from: string;
}

const FEW = 2;

export const SET_IDENTITY =
  'set FLOTILLA_IDENTITY, FLOTILLA_IDENTITY_FILE or FLOTILLA_PASSPHRASE; in a workflow FLOTILLA_IDENTITY: ${{ secrets.FLOTILLA_IDENTITY }} under env:';

export function createKeyring(sources: KeySources): Keyring {
  const passphrase = sources.env['FLOTILLA_PASSPHRASE'] || undefined;
  if (passphrase) sources.learn(passphrase);
  let finding: Promise<Found | undefined> | undefined;
  const find = () => (finding ??= findIdentities(sources));
  /** By identity and wrapped key, and by the locked identity: both are slow to open. */
  const keys = new Map<string, Promise<Uint8Array | undefined>>();
  const unlocked = new Map<string, Promise<string | undefined>>();

  async function identitiesFor({ path, lock }: SealedFile): Promise<Found> {
    const found = await find();
    if (found) return found;
    if (passphrase === undefined)
      throw new CredentialError(`there is no identity to open ${path}`, { mend: SET_IDENTITY });
    if (!lock)
      throw new CredentialError(`${path} is not sealed to a passphrase`, {
        mend: 'set FLOTILLA_IDENTITY to the identity of one of its recipients',
      });
    const unlocking = unlocked.get(lock.identity) ?? unlockIdentity(lock, passphrase);
    unlocked.set(lock.identity, unlocking);
    const identity = await unlocking;
    if (identity === undefined) throw new CredentialError(`FLOTILLA_PASSPHRASE is not the one of ${path}`);
    sources.learn(identity);
    return { identities: [identity], from: 'FLOTILLA_PASSPHRASE' };
  }

  return {
    isThere: async () => passphrase !== undefined || (await find()) !== undefined,
    recipients: async () => {
      const found = await find();
      return found ? recipientsOf(found.identities, found.from) : [];
    },
    identities: async (file) => (await identitiesFor(file)).identities,
    async dataKey(file) {
      const { identities, from } = await identitiesFor(file);
      for (const identity of identities)
        for (const wrapped of await mayOpen(file, identity, from)) {
          const known = `${identity} ${wrapped}`;
          const unwrapping = keys.get(known) ?? unwrapKey(wrapped, identity);
          keys.set(known, unwrapping);
          const key = await unwrapping;
          if (key) return key;
        }
      const ours = await recipientsOf(identities, from);
      throw new CredentialError(`${from} is not among the recipients of ${file.path}`, {
        mend: `someone who can open it runs: flotilla secret recipients add ${ours[0]?.slice(0, 16)}…`,
      });
    },
  };
}

/** The wrapped keys that an identity may open: of a few it takes less to try all than to tell which. */
async function mayOpen({ recipients }: SealedFile, identity: string, from: string): Promise<string[]> {
  const [ours] = recipients.length > FEW ? await recipientsOf([identity], from) : [];
  return recipients.flatMap(({ recipient, wrapped }) => (ours === undefined || recipient === ours ? [wrapped] : []));
}

async function findIdentities({ env, identityFile, learn }: KeySources): Promise<Found | undefined> {
  const [value, file] = [env['FLOTILLA_IDENTITY'], env['FLOTILLA_IDENTITY_FILE']];
  if (value) return identitiesIn(value, 'FLOTILLA_IDENTITY', learn);
  if (file) return identitiesIn(await privateText(file), file, learn);
  if (env['FLOTILLA_PASSPHRASE'] || identityFile === undefined) return undefined;
  const text = await privateText(identityFile).catch((error: NodeJS.ErrnoException) => {
    if (error.cause instanceof Error && (error.cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : identitiesIn(text, identityFile, learn);
}

/** A file that nobody else may read. */
async function privateText(file: string): Promise<string> {
  try {
    const { mode } = await stat(file);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw new CredentialError(`others on this machine can read ${file}`, { mend: `chmod 600 ${file}` });
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof CredentialError) throw error;
    throw new CredentialError(`cannot read the identity in ${file}`, {
      cause: error,
      mend: 'name a file that `flotilla secret init` or `age-keygen` wrote',
    });
  }
}

/** One a line, as `age-keygen` writes them; comments and what is not meant for us do no harm. */
function identitiesIn(text: string, from: string, learn: (value: string) => void): Found {
  const identities = text
    .split(/\s*\n\s*/)
    .flatMap((line) => /^\s*(AGE-SECRET-KEY-[A-Z0-9-]+)\s*$/.exec(line)?.[1] ?? []);
  if (identities.length === 0)
    throw new CredentialError(`${from} holds no age identity`, { mend: 'it begins with AGE-SECRET-KEY-' });
  identities.forEach(learn);
  return { identities, from };
}
