import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  createSealed,
  lockIdentity,
  newIdentity,
  SHARED_SECRETS,
  SHORTEST_PASSPHRASE,
  type PassphraseLock,
} from '../../index.ts';
import { identityFile, type Fleet } from '../open-fleet.ts';
import type { Result, Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';
import { askValue } from './ask-value.ts';
import type { SecretFolder } from './secret-folder.ts';

interface Sealing {
  recipients: string[];
  lock?: PassphraseLock;
  /** Where the identity is, for people. */
  told: string[];
}

/** An empty file, sealed to somebody: those named, a new passphrase, those of the file for all, who we are, or a new identity. */
export async function initSecrets(session: Session, folder: SecretFolder): Promise<Result> {
  const { chosen, fleet } = folder;
  if (await folder.read(chosen))
    throw new UsageError(`${chosen} is there already`, 'flotilla secret recipients shows who can open it');
  const { recipients, lock, told } = await sealing(session, folder);
  const { file } = await createSealed(chosen, recipients, fleet.clock.now(), lock);
  await folder.write(file);
  const lines = [`Wrote ${chosen}, for ${recipients.map(shortened).join(', ')}. Commit it.`, ...told];
  return { exit: 0, document: { file: chosen, recipients }, text: `${lines.join('\n')}\n` };
}

async function sealing(session: Session, { chosen, fleet, read }: SecretFolder): Promise<Sealing> {
  const { flags } = session;
  const kind = flags.on('x25519') ? 'x25519' : 'hybrid';
  const named = flags.list('recipient');
  if (named.length > 0) return { recipients: named, told: [] };
  if (flags.on('passphrase')) {
    const passphrase = await newPassphrase(session);
    const { identity, recipient } = await newIdentity(kind);
    const lock = await lockIdentity(identity, passphrase);
    return {
      recipients: [recipient],
      lock,
      told: ['Runs open it with FLOTILLA_PASSPHRASE: save it as an Actions secret.'],
    };
  }
  const shared = chosen === SHARED_SECRETS ? undefined : await read(SHARED_SECRETS);
  if (shared) {
    const recipients = shared.recipients.map(({ recipient }) => recipient);
    return { recipients, ...(shared.lock ? { lock: shared.lock } : {}), told: [] };
  }
  return ownRecipients(session, fleet);
}

/** Who we are, whole, for others to seal to; an identity is made where there is none. */
export async function showIdentity(session: Session, { fleet }: SecretFolder): Promise<Result> {
  const { recipients, told } = await ownRecipients(session, fleet);
  const text = [...told, 'Whoever can open the files runs: flotilla secret recipients add RECIPIENT'].join('\n');
  return { exit: 0, document: { recipients }, payload: `${recipients.join('\n')}\n`, text: `${text}\n` };
}

/** The recipients of the identity that is set, else of one that is made now and kept in the user's own files. */
async function ownRecipients({ flags, env }: Session, fleet: Fleet): Promise<Sealing> {
  const kind = flags.on('x25519') ? 'x25519' : 'hybrid';
  if (await fleet.keyring.isThere()) {
    const all = await fleet.keyring.recipients();
    if (all.length === 0) throw new UsageError('FLOTILLA_PASSPHRASE is set', 'add --passphrase, or unset it');
    const ours = all.filter((one) => one.startsWith('age1pq1') === (kind === 'hybrid'));
    if (ours.length > 0) return { recipients: ours, told: [] };
    throw new UsageError(
      `the identity that is set is ${kind === 'hybrid' ? 'X25519' : 'post-quantum'}`,
      kind === 'hybrid' ? 'add --x25519, or set another' : 'leave --x25519 away, or set another',
    );
  }
  const path = identityFile(env);
  const { identity, recipient } = await newIdentity(kind);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, `# ${recipient}\n${identity}\n`, { mode: 0o600, flag: 'wx' });
  return {
    recipients: [recipient],
    told: [
      `Your identity is in ${path}. Keep a copy where you keep passwords: nothing else opens what is sealed to it.`,
      `Let runs open it: gh secret set FLOTILLA_IDENTITY < ${path}`,
    ],
  };
}

async function newPassphrase({ console, env, signal }: Session): Promise<string> {
  const set = env['FLOTILLA_PASSPHRASE'];
  const passphrase = set || (await askValue(console, 'Passphrase: ', signal));
  if ([...passphrase].length < SHORTEST_PASSPHRASE)
    throw new UsageError(
      `the passphrase is shorter than ${SHORTEST_PASSPHRASE} characters`,
      'who has the file can try as many as they like: take four words or more',
    );
  if (!set && console.canAsk && (await askValue(console, 'Again: ', signal)) !== passphrase)
    throw new UsageError('the two are not the same', 'try again');
  return passphrase;
}

/** A recipient that is not safe from quantum computers is short enough to be shown whole. */
export const shortened = (recipient: string): string =>
  recipient.length > 70 ? `${recipient.slice(0, 24)}…` : recipient;
