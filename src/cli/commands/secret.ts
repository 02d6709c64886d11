import {
  changeSecrets,
  DEFAULT_ENVIRONMENT,
  issuedValue,
  openSealed,
  readConfig,
  readSealed,
  type Config,
  type SecretChange,
} from '../../index.ts';
import { askValue } from '../secret/ask-value.ts';
import { rotateKeys, secretRecipients } from '../secret/change-recipients.ts';
import { checkSecrets } from '../secret/check-secrets.ts';
import { editValues } from '../secret/edit-values.ts';
import { initSecrets, showIdentity } from '../secret/init-secrets.ts';
import { listSecrets, renderSecrets } from '../secret/list-secrets.ts';
import { secretFolder, type SecretFolder } from '../secret/secret-folder.ts';
import { renderFindings } from '../doctor/finding.ts';
import type { Result, Run, Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

type Action = (session: Session, folder: SecretFolder, words: string[]) => Promise<Result>;

export const run: Run = async (session) => {
  const [name = '', ...words] = session.args;
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (!action) throw new UsageError(`flotilla secret does not know "${name}"`, 'see flotilla secret --help');
  const [takes, usage] = TAKES[name] ?? [0, name];
  // Whatever it is may be a value: it is not repeated.
  if (words.length > takes || words[0]?.includes('='))
    throw new UsageError(
      'a value on the command line stays in the history of the shell, and others see it in the list of processes',
      `write flotilla secret ${usage}; a value is asked for, or piped in: flotilla secret set NAME < file`,
    );
  if (words.length === 0 && takes === 1)
    throw new UsageError(`flotilla secret ${name} needs a name`, `write flotilla secret ${usage}`);
  return action(session, await secretFolder(session), words);
};

/** How many words follow an action, and how it is written. */
const TAKES: Record<string, [words: number, usage: string]> = {
  set: [1, 'set NAME'],
  get: [1, 'get NAME'],
  remove: [1, 'remove NAME'],
  recipients: [2, 'recipients, recipients add RECIPIENT or recipients rm RECIPIENT'],
};

const ACTIONS: Record<string, Action> = {
  init: initSecrets,
  identity: showIdentity,

  async set(session, folder, [name = '']) {
    const { flags, console, signal } = session;
    const opened = await folder.openOrCreate();
    const rotate = flags.text('rotate');
    const value = await askValue(console, `Value of ${name}: `, signal);
    folder.fleet.vault.learn(value);
    const change: SecretChange = {
      value,
      ...(rotate === undefined ? {} : { rotate: rotate === 'never' ? null : rotate }),
    };
    const after = changeSecrets(opened, new Map([[name, change]]), folder.fleet.clock.now());
    await folder.write(after.file);
    const { version } = after.file.secrets.get(name) ?? {};
    const same = version === opened.file.secrets.get(name)?.version;
    return {
      exit: 0,
      document: { name, file: folder.chosen, version, changed: !same },
      text: same
        ? `${name} has this value already.\n`
        : `Sealed ${name}, version ${version}, in ${folder.chosen}. Commit it.\n`,
    };
  },

  async get(session, folder, [name = '']) {
    const { environment, console } = session;
    const { fleet } = folder;
    const at = { environment: environment ?? DEFAULT_ENVIRONMENT, commit: fleet.commit };
    const value = (await issuedValue(name, at, fleet)) ?? (await sealedValue(name));
    if (value === undefined)
      throw new UsageError(`there is no secret ${name}`, 'flotilla secret list tells which there are');
    return { exit: 0, document: { name, value }, payload: console.outIsTerminal ? `${value}\n` : value };

    async function sealedValue(wanted: string): Promise<string | undefined> {
      const { files } = readSealed(await textsOf(folder, environment), environment ?? '');
      const file = files.findLast(({ secrets }) => secrets.has(wanted));
      return file && (await openSealed(file, fleet.keyring)).values.get(wanted);
    }
  },

  async remove(_, folder, [name = '']) {
    const opened = await folder.open(folder.chosen);
    if (!opened.file.secrets.has(name))
      throw new UsageError(
        `there is no secret ${name} in ${folder.chosen}`,
        'flotilla secret list tells which there are',
      );
    await folder.write(changeSecrets(opened, new Map([[name, null]]), folder.fleet.clock.now()).file);
    return {
      exit: 0,
      document: { name, file: folder.chosen },
      text: `Removed ${name} from ${folder.chosen}. It stays in the history of the repository: end it where it came from.\n`,
    };
  },

  async list({ console, environment }, folder) {
    const { files } = readSealed(await textsOf(folder, environment), environment ?? '');
    const all = environment === undefined ? await Promise.all((await folder.paths()).map(folder.read)) : files;
    const sealed = all.flatMap((file) => file ?? []);
    const secrets = await listSecrets(sealed, await configOf(folder), environment, folder.fleet);
    return { exit: 0, document: { secrets }, text: renderSecrets(secrets, console.look.colours) };
  },

  async edit({ env, unhurried }, folder) {
    const opened = await folder.openOrCreate();
    unhurried();
    const values = await editValues(opened.values, env);
    for (const value of values.values()) folder.fleet.vault.learn(value);
    const gone = [...opened.values.keys()].filter((name) => !values.has(name));
    const changes = new Map<string, SecretChange>([
      ...[...values].map(([name, value]): [string, SecretChange] => [name, { value }]),
      ...gone.map((name): [string, null] => [name, null]),
    ]);
    const after = changeSecrets(opened, changes, folder.fleet.clock.now());
    if (after === opened)
      return { exit: 0, document: { file: folder.chosen, changed: [] }, text: 'Nothing was changed.\n' };
    await folder.write(after.file);
    const changed = [...changes.keys()].filter(
      (name) => after.file.secrets.get(name)?.version !== opened.file.secrets.get(name)?.version,
    );
    return {
      exit: 0,
      document: { file: folder.chosen, changed },
      text: `Sealed in ${folder.chosen}: ${changed.join(', ')}. Commit it.\n`,
    };
  },

  async check(session, folder) {
    const findings = await checkSecrets(session, folder);
    const exit = findings.some(({ level }) => level === 'fail') ? 3 : 0;
    return { exit, document: { findings }, text: renderFindings(findings, session.console.look.colours) };
  },

  recipients: secretRecipients,

  rotate: (_, folder) => rotateKeys(folder),
};

/** What the config says of ages; undefined where it cannot be read, which others complain about. */
async function configOf({ fleet }: SecretFolder): Promise<Config | undefined> {
  const { config } = await fleet.store.read({ commit: null, environment: DEFAULT_ENVIRONMENT });
  return readConfig(config).catch(() => undefined);
}

/** Sealed texts by path: those of an environment, or the one for all. */
async function textsOf(folder: SecretFolder, environment: string | undefined): Promise<Map<string, string>> {
  const { sealed } = await folder.fleet.store.read({ commit: null, environment: environment ?? DEFAULT_ENVIRONMENT });
  return environment === undefined ? new Map([...sealed].filter(([path]) => path === folder.chosen)) : new Map(sealed);
}
