import { createKeyring, type Keyring } from '../../src/secrets/keyring.ts';
import type { OpenedFile } from '../../src/secrets/open-sealed.ts';
import { newIdentity, type RecipientKind } from '../../src/secrets/recipients.ts';
import { changeSecrets, createSealed } from '../../src/secrets/seal-file.ts';
import { sealedText } from '../../src/secrets/sealed-file.ts';

export const PATH = 'flotilla.secrets.yml';
export const THEN = new Date('2026-11-21T10:00:00Z');

/** A person, or a run: who they are, and what opens for them. */
export interface Person {
  identity: string;
  recipient: string;
  keyring: Keyring;
}

export async function person(kind: RecipientKind = 'x25519'): Promise<Person> {
  const made = await newIdentity(kind);
  return { ...made, keyring: keyringOf({ FLOTILLA_IDENTITY: made.identity }) };
}

export function keyringOf(env: Record<string, string>): Keyring {
  return createKeyring({ env, learn: () => {} });
}

/** A file with these secrets, sealed to these people. */
export async function sealedFile(values: Record<string, string>, people: Person[], path = PATH): Promise<OpenedFile> {
  const empty = await createSealed(
    path,
    people.map(({ recipient }) => recipient),
    THEN,
  );
  return changeSecrets(empty, new Map(Object.entries(values).map(([name, value]) => [name, { value }])), THEN);
}

export const textOf = ({ file }: OpenedFile): string => sealedText(file);
