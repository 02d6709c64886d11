import { randomBytes } from 'node:crypto';
import { UnsupportedError } from '../model/errors.ts';
import { checksum, type OpenedFile } from './open-sealed.ts';
import { checkRecipients, wrapKey } from './recipients.ts';
import {
  digestOf,
  ROTATION,
  SECRET_NAME,
  type PassphraseLock,
  type SealedFile,
  type SealedSecret,
} from './sealed-file.ts';
import { sealValue } from './sealed-value.ts';

/** What shall become of one secret; null removes it. What is left out stays. */
export type SecretChange = { value?: string; rotate?: string | null } | null;

/** Shorter values cannot be masked without hiding ordinary text too. */
const SHORTEST = 4;
const LONGEST = 64 * 1024;

/** A file without a secret in it yet. UnsupportedError as `checkRecipients`. */
export async function createSealed(
  path: string,
  recipients: readonly string[],
  now: Date,
  lock?: PassphraseLock,
): Promise<OpenedFile> {
  checkRecipients(recipients);
  const key = randomBytes(32);
  const wrapped = await Promise.all(recipients.map((recipient) => wrapKey(key, recipient)));
  return sealed({ path, secrets: new Map(), ...(lock ? { lock } : {}), recipients: wrapped }, key, new Map(), now);
}

/** The file with some secrets changed. Whoever keeps a value keeps its sealed form, so that only what changed is in the diff. */
export function changeSecrets(opened: OpenedFile, changes: ReadonlyMap<string, SecretChange>, now: Date): OpenedFile {
  const secrets = new Map(opened.file.secrets);
  const values = new Map(opened.values);
  let changed = false;
  for (const [name, change] of changes) {
    const before = secrets.get(name);
    if (change === null) {
      changed = secrets.delete(name) || changed;
      values.delete(name);
      continue;
    }
    const after = changedSecret(name, change, opened, now);
    if (after === before) continue;
    changed = true;
    secrets.set(name, after);
    if (change.value !== undefined) values.set(name, change.value);
  }
  if (!changed) return opened;
  const order = <T>(map: Map<string, T>) => new Map([...map].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return sealed({ ...opened.file, secrets: order(secrets) }, opened.key, order(values), now);
}

function changedSecret(
  name: string,
  { value, rotate }: NonNullable<SecretChange>,
  opened: OpenedFile,
  now: Date,
): SealedSecret {
  const before = opened.file.secrets.get(name);
  if (!SECRET_NAME.test(name))
    throw new UnsupportedError(`"${name}" cannot be the name of a secret`, {
      mend: 'use letters, digits and _, as for environment variables; not sops, no FLOTILLA_ in front and no _unencrypted at the end',
    });
  if (rotate && !ROTATION.test(rotate))
    throw new UnsupportedError(`"${rotate}" is no time to rotate in`, { mend: 'write days or weeks: 30d, 12w' });
  if (value !== undefined) checkValue(name, value);
  const period = rotate === undefined ? before?.rotate : (rotate ?? undefined);
  if (before && (value === undefined || value === opened.values.get(name))) {
    if (period === before.rotate) return before;
    const { rotate: _old, ...rest } = before;
    return { ...rest, ...(period ? { rotate: period } : {}) };
  }
  if (value === undefined)
    throw new UnsupportedError(`there is no secret ${name}`, { mend: `flotilla secret set ${name}` });
  return {
    sealed: sealValue(value, opened.key, `${name}:`),
    version: (before?.version ?? 0) + 1,
    changed: wholeSeconds(now),
    ...(period ? { rotate: period } : {}),
  };
}

/** UnsupportedError for what cannot be a secret's value. */
export function checkValue(name: string, value: string): void {
  const wrong =
    value.length < SHORTEST
      ? `is shorter than ${SHORTEST} characters, too short to be masked in what is printed`
      : value.length > LONGEST
        ? `is longer than ${LONGEST} characters`
        : value.includes('\0') || !value.isWellFormed()
          ? 'is not text: it holds a NUL or broken Unicode'
          : undefined;
  if (wrong) throw new UnsupportedError(`the value of ${name} ${wrong}`, { mend: 'encode it, or give another' });
}

/** Wrapped for one more recipient; nothing else changes. */
export async function addRecipient(opened: OpenedFile, recipient: string, now: Date): Promise<OpenedFile> {
  const { file, key, values } = opened;
  if (file.recipients.some((known) => known.recipient === recipient)) return opened;
  checkRecipients([...file.recipients.map((known) => known.recipient), recipient]);
  return sealed({ ...file, recipients: [...file.recipients, await wrapKey(key, recipient)] }, key, values, now);
}

/** Everything sealed anew under a new data key, for these recipients only; values, and so versions, stay what they were. */
export async function renewKey(opened: OpenedFile, recipients: readonly string[], now: Date): Promise<OpenedFile> {
  const { file, values } = opened;
  checkRecipients(recipients);
  const key = randomBytes(32);
  const wrapped = await Promise.all(recipients.map((recipient) => wrapKey(key, recipient)));
  const secrets = new Map(
    [...file.secrets].map(([name, secret]) => [
      name,
      { ...secret, sealed: sealValue(values.get(name) as string, key, `${name}:`) },
    ]),
  );
  return sealed({ ...file, secrets, recipients: wrapped }, key, values, now);
}

function sealed(
  content: Omit<SealedFile, 'digest' | 'modified' | 'mac'>,
  key: Uint8Array,
  values: ReadonlyMap<string, string>,
  now: Date,
): OpenedFile {
  const dated = { ...content, modified: wholeSeconds(now) };
  const file = { ...dated, digest: digestOf(dated) };
  const mac = sealValue(checksum(values.values(), file), key, file.modified);
  return { file: { ...file, mac }, key, values };
}

function wholeSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
