import { CredentialError, UnsupportedError } from '../model/errors.ts';
import type { WrappedKey } from './sealed-file.ts';

/** The library takes longer to load than all else that a plan does: only who seals or opens loads it. */
const age = () => import('age-encryption');

/** `hybrid` resists quantum computers (ML-KEM-768 with X25519); `x25519` is what the `age` and `sops` programs open. */
export type RecipientKind = 'hybrid' | 'x25519';

/** What a recipient is; undefined when it is none that secrets can be sealed to. */
export function kindOf(recipient: string): RecipientKind | undefined {
  if (/^age1pq1[a-z0-9]{1000,3000}$/.test(recipient)) return 'hybrid';
  return /^age1[02-9ac-hj-np-z]{58}$/.test(recipient) ? 'x25519' : undefined;
}

/** UnsupportedError for what is no recipient, and for both kinds in one file: the weaker one would open it all the same. */
export function checkRecipients(recipients: readonly string[]): void {
  const kinds = recipients.map((recipient) => {
    const kind = kindOf(recipient);
    if (kind) return kind;
    throw new UnsupportedError(`"${recipient.slice(0, 24)}…" is no recipient that secrets can be sealed to`, {
      mend: 'give one that begins with age1pq1, or age1 and 58 characters, as `flotilla secret init` prints it',
    });
  });
  if (new Set(kinds).size > 1)
    throw new UnsupportedError('post-quantum and X25519 recipients cannot be in one file: who breaks X25519 opens it', {
      mend: 'give every recipient of the same kind; `flotilla secret init --x25519` makes an identity of the other',
    });
}

export async function newIdentity(kind: RecipientKind): Promise<{ identity: string; recipient: string }> {
  const { generateHybridIdentity, generateX25519Identity, identityToRecipient } = await age();
  const identity = await (kind === 'hybrid' ? generateHybridIdentity() : generateX25519Identity());
  return { identity, recipient: await identityToRecipient(identity) };
}

/** The recipients that identities stand for. CredentialError, which never repeats them, when one is none. */
export async function recipientsOf(identities: readonly string[], from: string): Promise<string[]> {
  const { identityToRecipient } = await age();
  try {
    return await Promise.all(identities.map(identityToRecipient));
  } catch {
    throw new CredentialError(`${from} holds what looks like an age identity, and is none`, {
      mend: 'give it whole, as `flotilla secret init` or `age-keygen` wrote it',
    });
  }
}

export async function wrapKey(key: Uint8Array, recipient: string): Promise<WrappedKey> {
  const { armor } = await age();
  return { recipient, wrapped: armor.encode(await encrypted(key, [recipient])).trim() };
}

/** The key again; undefined when it is not wrapped for this identity, or was changed. */
export async function unwrapKey(wrapped: string, identity: string): Promise<Uint8Array | undefined> {
  const { armor } = await age();
  try {
    const key = await decrypted(armor.decode(wrapped), [identity]);
    return key.length === 32 ? key : undefined;
  } catch {
    return undefined;
  }
}

/** An age file for all of the recipients. */
export async function encrypted(content: Uint8Array | string, recipients: readonly string[]): Promise<Uint8Array> {
  const { Encrypter } = await age();
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return encrypter.encrypt(content);
}

/** What an age file holds. Throws when none of the identities opens it. */
export async function decrypted(file: Uint8Array, identities: readonly string[]): Promise<Uint8Array> {
  const { Decrypter } = await age();
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  return decrypter.decrypt(file);
}
