import * as crypto from 'node:crypto';

export interface Argon2Cost {
  /** Kibibytes. */
  memory: number;
  passes: number;
  lanes: number;
}

/** Argon2id (RFC 9106): 32 bytes of a passphrase, which cost whoever guesses as much as us. */
export function argon2id(passphrase: Uint8Array, salt: Uint8Array, cost: Argon2Cost): Promise<Uint8Array> {
  // Node has its own from 24.7 on; runners may have an older one, where it takes seconds.
  return typeof crypto.argon2 === 'function' ? native(passphrase, salt, cost) : portable(passphrase, salt, cost);
}

export function native(message: Uint8Array, nonce: Uint8Array, { lanes, ...cost }: Argon2Cost): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    crypto.argon2('argon2id', { message, nonce, parallelism: lanes, tagLength: 32, ...cost }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

export async function portable(message: Uint8Array, salt: Uint8Array, cost: Argon2Cost): Promise<Uint8Array> {
  const { argon2idAsync } = await import('@noble/hashes/argon2.js');
  return argon2idAsync(message, salt, { m: cost.memory, t: cost.passes, p: cost.lanes, dkLen: 32 });
}
