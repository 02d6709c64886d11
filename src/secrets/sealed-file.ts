import { hash } from 'node:crypto';
import { ConfigError } from '../model/errors.ts';
import { SEALED } from './sealed-value.ts';

/**
 * A file of sealed secrets, in the YAML layout of SOPS, which `sops` and its kin can open. There is exactly one way to write
 * what it says, so that no byte can be changed unnoticed: SOPS's own MAC covers values alone, and `digest`, which is among
 * them, covers all the rest.
 */
export interface SealedFile {
  /** In the repository. */
  path: string;
  /** By name, in the order of the names. */
  secrets: ReadonlyMap<string, SealedSecret>;
  /** An identity that a passphrase opens, for people without a key file. */
  lock?: PassphraseLock;
  /** Whom the data key is wrapped for, at least one. */
  recipients: readonly WrappedKey[];
  /** SHA-256 of the whole file, this and the MAC left out. */
  digest: string;
  /** ISO 8601, whole seconds, UTC. */
  modified: string;
  /** SHA-512 over all values, sealed. */
  mac: string;
}

/** What can be read of a secret without any key. */
export interface SealedSecret {
  sealed: string;
  /** Counts its values from 1: what uses it is deployed again when this changes. */
  version: number;
  /** When it got this value: ISO 8601, whole seconds, UTC. */
  changed: string;
  /** How old a value may become, such as `30d`. */
  rotate?: string;
}

export interface PassphraseLock {
  /** Base64. */
  salt: string;
  /** Kibibytes that Argon2id takes. */
  memory: number;
  passes: number;
  /** The identity, sealed under what Argon2id makes of the passphrase. */
  identity: string;
}

export interface WrappedKey {
  recipient: string;
  /** An armoured age file that holds the data key. */
  wrapped: string;
}

/** What a secret may be called: what an environment variable may, and not what SOPS would leave unsealed, or SOPS or we take for our own. */
export const SECRET_NAME = /^(?!sops$)(?!FLOTILLA_)(?!.*_unencrypted$)[A-Za-z_][A-Za-z0-9_]{0,127}$/;
/** How old a value may become. */
export const ROTATION = /^[1-9][0-9]{0,3}[dw]$/;

const TIME = '\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z';
const ARMOUR = ['-----BEGIN AGE ENCRYPTED FILE-----', '-----END AGE ENCRYPTED FILE-----'] as const;
/** In characters: a thousand long secrets. */
const LARGEST = 4 * 1024 * 1024;

/** The file's text. */
export function sealedText(file: SealedFile): string {
  const { secrets, lock, recipients, digest, modified, mac } = file;
  const facts = [...secrets].flatMap(([name, { version, changed, rotate }]) => [
    `        ${name}:`,
    `            version: ${version}`,
    `            changed: "${changed}"`,
    ...(rotate === undefined ? [] : [`            rotate: ${rotate}`]),
  ]);
  return [
    ...[...secrets].map(([name, { sealed }]) => `${name}: ${sealed}`),
    'flotilla_unencrypted:',
    '    format: 1',
    ...(facts.length > 0 ? ['    secrets:', ...facts] : []),
    ...(lock
      ? [
          '    passphrase:',
          `        salt: "${lock.salt}"`,
          `        memory: ${lock.memory}`,
          `        passes: ${lock.passes}`,
          `        identity: ${lock.identity}`,
        ]
      : []),
    `    digest: "${digest}"`,
    'sops:',
    '    age:',
    ...recipients.flatMap(({ recipient, wrapped }) => [
      `        - recipient: ${recipient}`,
      '          enc: |',
      ...wrapped.split('\n').map((line) => `            ${line}`),
    ]),
    `    lastmodified: "${modified}"`,
    `    mac: ${mac}`,
    '    unencrypted_suffix: _unencrypted',
    '    version: 3.9.0',
    '',
  ].join('\n');
}

export function digestOf(file: Omit<SealedFile, 'digest' | 'mac'>): string {
  return hash('sha256', sealedText({ ...file, digest: '', mac: '' }));
}

/** Values that are not sealed, in the order of the file, as SOPS counts them into the MAC. */
export function plainLeaves({ secrets, lock, digest }: Omit<SealedFile, 'mac'>): string[] {
  return [
    '1',
    ...[...secrets.values()].flatMap(({ version, changed, rotate = '' }) => [String(version), changed, rotate]),
    ...(lock ? [lock.salt, String(lock.memory), String(lock.passes), lock.identity] : []),
    digest,
  ];
}

/** Reads such a file; nothing is opened. ConfigError when it is not exactly as it was written. */
export function parseSealed(path: string, text: string): SealedFile {
  if (text.length > LARGEST) throw damaged(path, 1, `it is larger than ${LARGEST / 1024 / 1024} MiB`);
  const lines = text.split('\n');
  let at = 0;
  const fail = (expected: string): ConfigError =>
    /^(<{7}|={7}|>{7})/.test(lines[at] ?? '')
      ? damaged(
          path,
          at + 1,
          'a merge left both sides here',
          'take one side whole, and set the other side’s secrets again',
        )
      : damaged(path, at + 1, `expected ${expected}`);
  /** The parts of the next line if it looks like that, which is then behind us. */
  const next = (pattern: string): string[] | undefined => {
    const found = new RegExp(`^${pattern}$`).exec(lines[at] ?? '');
    if (found) at += 1;
    return found?.slice(1);
  };
  const need = (pattern: string, expected: string): string[] => {
    const found = next(pattern);
    if (!found) throw fail(expected);
    return found;
  };
  const one = (pattern: string, expected: string): string => need(pattern, expected)[0] as string;

  const sealed = new Map<string, string>();
  for (let found = next(`([A-Za-z0-9_]+): (${SEALED})`); found; found = next(`([A-Za-z0-9_]+): (${SEALED})`))
    sealed.set(found[0] as string, found[1] as string);
  need('flotilla_unencrypted:', 'a sealed value, or flotilla_unencrypted:');
  need('    format: 1', 'format: 1');
  const secrets = new Map<string, SealedSecret>();
  if (sealed.size > 0) need('    secrets:', 'secrets:');
  for (const [name, value] of sealed) {
    need(`        ${name}:`, `${name}:, as above`);
    const version = Number(one('            version: ([1-9]\\d{0,8})', 'its version'));
    const changed = one(`            changed: "(${TIME})"`, 'when it changed');
    const [rotate] = next('            rotate: (\\S+)') ?? [];
    secrets.set(name, { sealed: value, version, changed, ...(rotate === undefined ? {} : { rotate }) });
  }
  const lock = next('    passphrase:') && {
    salt: one('        salt: "([A-Za-z0-9+/]+=*)"', 'a salt'),
    memory: Number(one('        memory: ([1-9]\\d{0,7})', 'how much memory')),
    passes: Number(one('        passes: ([1-9]\\d{0,2})', 'how many passes')),
    identity: one(`        identity: (${SEALED})`, 'a sealed identity'),
  };
  const digest = one('    digest: "([0-9a-f]{64})"', 'a digest');
  need('sops:', 'sops:');
  need('    age:', 'age:');
  const recipients: WrappedKey[] = [];
  for (
    let found = next('        - recipient: (age1[a-z0-9]+)');
    found;
    found = next('        - recipient: (age1[a-z0-9]+)')
  ) {
    need('          enc: \\|', 'enc: |');
    const armour = [need(`            (${ARMOUR[0]})`, 'an armoured age file')[0]];
    for (let line = next('            ([A-Za-z0-9+/=]+)'); line; line = next('            ([A-Za-z0-9+/=]+)'))
      armour.push(line[0]);
    armour.push(one(`            (${ARMOUR[1]})`, 'the end of an armoured age file'));
    recipients.push({ recipient: found[0] as string, wrapped: armour.join('\n') });
  }
  if (recipients.length === 0) throw fail('a recipient');
  const modified = one(`    lastmodified: "(${TIME})"`, 'when it was last modified');
  const mac = one(`    mac: (${SEALED})`, 'a MAC');
  const file = { path, secrets, ...(lock ? { lock } : {}), recipients, digest, modified, mac };
  at = 0;
  const written = sealedText(file).split('\n');
  while (at < lines.length && lines[at] === written[at]) at += 1;
  if (at < Math.max(lines.length, written.length)) throw fail('what Flotilla writes here');
  const misnamed = [...secrets].find(
    ([name, { rotate }]) => !SECRET_NAME.test(name) || (rotate && !ROTATION.test(rotate)),
  );
  if (misnamed) throw damaged(path, 1, `"${misnamed[0]}" cannot be the name of a secret, or its rotation is no time`);
  if (digestOf(file) !== digest) throw damaged(path, 1, 'it was changed by something else than `flotilla secret`');
  return file;
}

/** The error for a file that is not what was sealed. */
export function damaged(path: string, line: number, message: string, hint?: string): ConfigError {
  return new ConfigError([
    {
      position: { file: path, line, column: 1 },
      path: '',
      message: `these sealed secrets are damaged: ${message}`,
      hint: hint ?? 'restore the file from git; `flotilla secret set` and `edit` change values',
    },
  ]);
}
