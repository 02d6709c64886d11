import { SHARED_SECRETS, secretFiles } from '../model/secret-files.ts';
import type { Keyring } from './keyring.ts';
import { openSealed } from './open-sealed.ts';
import { parseSealed, type SealedFile, type SealedSecret } from './sealed-file.ts';
import type { Vault } from './vault.ts';

/** The sealed secrets of one environment: what the shared file has, and over it what its own has. */
export interface SealedSecrets {
  /** The weakest first. */
  files: readonly SealedFile[];
  secrets: ReadonlyMap<string, SealedSecret & { file: SealedFile }>;
  /** Which value each one has, in words; another word is another value. */
  versions: ReadonlyMap<string, string>;
}

/** Reads the files of an environment; nothing is opened. ConfigError as `parseSealed`. */
export function readSealed(texts: ReadonlyMap<string, string>, environment: string): SealedSecrets {
  const files = secretFiles(environment).flatMap((path) => {
    const text = texts.get(path);
    return text === undefined ? [] : [parseSealed(path, text)];
  });
  const secrets = new Map(
    files.flatMap((file) => [...file.secrets].map(([name, secret]) => [name, { ...secret, file }])),
  );
  const versions = new Map([...secrets].map(([name, secret]) => [name, versionOf(secret)]));
  return { files, secrets, versions };
}

function versionOf({ version, changed, file }: SealedSecret & { file: SealedFile }): string {
  const own = file.path === SHARED_SECRETS ? '' : ` of ${file.path}`;
  return `version ${version}${own}, ${changed}`;
}

/** Lets the vault know the secrets of these names: those of the environment, and, where there is a key, the sealed ones. Errors as `openSealed`. */
export async function unseal(
  { secrets }: SealedSecrets,
  names: ReadonlySet<string>,
  { vault, keyring }: { vault: Vault; keyring: Keyring },
): Promise<void> {
  const wanted = [...names].filter((name) => secrets.has(name));
  if (wanted.length > 0 && (await keyring.isThere()))
    for (const file of new Set(wanted.map((name) => secrets.get(name)?.file as SealedFile))) {
      const { values } = await openSealed(file, keyring);
      vault.unseal(new Map([...values].filter(([name]) => secrets.get(name)?.file === file)));
    }
  for (const name of names) vault.secret(name);
}
