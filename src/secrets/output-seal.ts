import { ConfigError } from '../model/errors.ts';
import type { Keyring } from './keyring.ts';
import { openSealed } from './open-sealed.ts';
import { decrypted, encrypted } from './recipients.ts';
import type { SealedSecrets } from './sealed-secrets.ts';

/** Seals what providers hand out to whom the environment's secrets are sealed; undefined where those are nobody's. */
export function outputSeal({ files }: Pick<SealedSecrets, 'files'>, keyring: Keyring) {
  const file = files.at(-1);
  if (!file) return undefined;
  return {
    async check() {
      if (await keyring.isThere()) await openSealed(file, keyring);
    },
    async seal(outputs: Record<string, string>): Promise<string> {
      const recipients = file.recipients.map(({ recipient }) => recipient);
      return Buffer.from(await encrypted(JSON.stringify(outputs), recipients)).toString('base64');
    },
    async open(sealed: string): Promise<Record<string, string>> {
      const identities = await keyring.identities(file);
      try {
        const text = Buffer.from(await decrypted(Buffer.from(sealed, 'base64'), identities)).toString();
        return JSON.parse(text) as Record<string, string>;
      } catch {
        throw new ConfigError([
          {
            position: { file: file.path, line: 1, column: 1 },
            path: '',
            message: 'outputs that are sealed on the state branch do not open: they were changed, or sealed to others',
            hint: 'use the identity that they were sealed to, or restore the branch from its history',
          },
        ]);
      }
    },
  };
}
