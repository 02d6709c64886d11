import { hash } from 'node:crypto';
import type { Keyring } from './keyring.ts';
import { damaged, plainLeaves, type SealedFile } from './sealed-file.ts';
import { openValue } from './sealed-value.ts';

export interface OpenedFile {
  file: SealedFile;
  /** The data key. */
  key: Uint8Array;
  values: ReadonlyMap<string, string>;
}

/** Every value of a file, once its MAC has shown that all of it is as it was sealed. CredentialError without the right key, ConfigError when it was changed. */
export async function openSealed(file: SealedFile, keyring: Keyring): Promise<OpenedFile> {
  const { path } = file;
  const key = await keyring.dataKey(file);
  const values = new Map<string, string>();
  for (const [name, { sealed }] of file.secrets) {
    const value = openValue(sealed, key, `${name}:`);
    if (value === undefined) throw damaged(path, values.size + 1, `${name} is not what was sealed under this name`);
    values.set(name, value);
  }
  if (openValue(file.mac, key, file.modified) !== checksum(values.values(), file))
    throw damaged(path, 1, 'its MAC does not fit its content');
  return { file, key, values };
}

/** SHA-512 over all values in the order of the file, sealed ones opened: what SOPS seals as the MAC. */
export function checksum(values: Iterable<string>, file: Omit<SealedFile, 'mac'>): string {
  return hash('sha512', [...values, ...plainLeaves(file)].join('')).toUpperCase();
}
