import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AUTHORITY_KEY,
  CERTIFICATES,
  certificateSecrets,
  changeSecrets,
  checkHeld,
  CLIENT_KEY,
  parseRegister,
  readConfig,
  registerText,
  SHARED_SECRETS,
  type Held,
  type Issuing,
  type Register,
  type SecretChange,
} from '../../index.ts';
import { secretFolder } from '../secret/secret-folder.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

/** The fleet's certificates and their keys, in the folder that the repository is checked out in. */
export interface CertificateStore {
  root: string;
  now: Date;
  /** Undefined where nothing was issued yet. Needs no key. */
  register(): Promise<Register | undefined>;
  /** With the keys, opened; undefined where nothing was issued yet. */
  held(): Promise<Held | undefined>;
  /** Seals the keys, and writes the register. */
  write(held: Held): Promise<void>;
  issuing(): Promise<Issuing>;
}

export async function certificateStore(session: Session): Promise<CertificateStore> {
  if (session.environment !== undefined)
    throw new UsageError('certificates are for all environments of a fleet', 'leave --env away');
  if (session.flags.text('github') !== undefined)
    throw new UsageError(
      'flotilla certificate works on files of this folder',
      'leave --github away, then commit and push',
    );
  const folder = await secretFolder(session);
  const { root, clock, store, vault } = folder.fleet;
  const now = clock.now();

  async function register(): Promise<Register | undefined> {
    try {
      return parseRegister(await readFile(join(root, CERTIFICATES), 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
  return {
    root,
    now,
    register,
    async held() {
      const found = await register();
      // Also before the first one: what is made has to be sealed.
      const { values } = await folder.open(SHARED_SECRETS);
      if (!found) return undefined;
      const [authority, client] = [values.get(AUTHORITY_KEY), values.get(CLIENT_KEY)];
      if (authority === undefined || client === undefined)
        throw new UsageError(
          `${SHARED_SECRETS} has no key to the certificates in ${CERTIFICATES}`,
          `restore it from git; or remove ${CERTIFICATES}, and begin anew with flotilla certificate issue`,
        );
      const held = { register: found, keys: { authority, client } };
      checkHeld(held);
      return held;
    },
    async write(held) {
      for (const key of Object.values(held.keys)) vault.learn(key);
      const opened = await folder.open(SHARED_SECRETS);
      const changes = [...certificateSecrets(held)].map(([name, value]): [string, SecretChange] => [name, { value }]);
      await folder.write(changeSecrets(opened, new Map(changes), now).file);
      const beside = join(root, `.${CERTIFICATES}.${process.pid}`);
      await writeFile(beside, registerText(held.register), { flag: 'wx' });
      await rename(beside, join(root, CERTIFICATES));
    },
    async issuing() {
      const { config } = await store.read({ commit: null, environment: 'production' });
      return { fleet: (await readConfig(config)).fleet, now };
    },
  };
}
