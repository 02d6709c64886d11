import { addRecipient, renewKey, type OpenedFile } from '../../index.ts';
import type { Result, Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';
import { shortened } from './init-secrets.ts';
import type { SecretFolder } from './secret-folder.ts';

const USAGE = 'write flotilla secret recipients, recipients add RECIPIENT or recipients rm RECIPIENT';

/** Who can open the files, one more, or one less. */
export async function secretRecipients(
  { verbose }: Session,
  folder: SecretFolder,
  [verb = 'list', recipient = '']: string[],
): Promise<Result> {
  if (verb === 'add' && recipient !== '')
    return changeFiles(folder, (opened, now) => addRecipient(opened, recipient, now), 'Sealed to one more');
  if (verb === 'rm' && recipient !== '')
    return changeFiles(
      folder,
      (opened, now) => renewKey(opened, without(opened, recipient), now),
      'Sealed anew, to one less. Who was removed has seen the values until now: change those, too',
    );
  if (verb !== 'list' || recipient !== '') throw new UsageError(`flotilla secret recipients cannot do that`, USAGE);
  const read = await Promise.all((await folder.paths()).map(folder.read));
  const files = read.flatMap((file) => (file ? [{ file: file.path, recipients: recipientsIn(file) }] : []));
  const lines = files.flatMap(({ file, recipients }) => [
    file,
    ...recipients.map((one) => `  ${verbose ? one : shortened(one)}`),
  ]);
  return { exit: 0, document: { files }, text: `${lines.join('\n')}\n` };
}

/** All values sealed anew under a new key; they stay what they are. */
export function rotateKeys(folder: SecretFolder): Promise<Result> {
  return changeFiles(folder, (opened, now) => renewKey(opened, recipientsIn(opened.file), now), 'Sealed anew');
}

const recipientsIn = ({ recipients }: OpenedFile['file']): string[] => recipients.map(({ recipient }) => recipient);

function without({ file }: OpenedFile, recipient: string): string[] {
  const found = recipientsIn(file).filter((one) => one.startsWith(recipient.replace(/…$/, '')));
  if (found.length !== 1)
    throw new UsageError(
      `${found.length === 0 ? 'no recipient' : `${found.length} recipients`} of ${file.path} begin like that`,
      'flotilla secret recipients --verbose shows them whole',
    );
  const others = recipientsIn(file).filter((one) => one !== found[0]);
  if (others.length > 0) return others;
  throw new UsageError(`nobody could open ${file.path} any more`, 'add another recipient before');
}

/** Nothing is written before every file could be opened and sealed. */
async function changeFiles(
  folder: SecretFolder,
  change: (opened: OpenedFile, now: Date) => Promise<OpenedFile>,
  told: string,
): Promise<Result> {
  const changed: OpenedFile[] = [];
  for (const path of await folder.paths()) {
    const opened = await folder.open(path);
    changed.push(await change(opened, folder.fleet.clock.now()));
  }
  for (const { file } of changed) await folder.write(file);
  const files = changed.map(({ file }) => ({ file: file.path, recipients: recipientsIn(file) }));
  return { exit: 0, document: { files }, text: `${told}: ${files.map(({ file }) => file).join(', ')}. Commit it.\n` };
}
