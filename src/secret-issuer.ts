import { randomBytes } from 'node:crypto';
import { accountCredential, type AccountCredential } from './account-credential.ts';
import type { Issuer, OutputSeal } from './apply/apply-input.ts';
import type { Config } from './model/config.ts';
import { CredentialError, UnsupportedError } from './model/errors.ts';
import { SEALED_VALUE, secretName, type SecretAddress } from './model/renewal.ts';
import { accountOf } from './model/secret-config.ts';
import type { SourceFolder } from './model/source.ts';
import type { RecordedState } from './model/state.ts';
import { fillDeep } from './model/template.ts';
import type { Ports } from './ports.ts';
import { runCommand } from './provider-kit/run-command.ts';
import { SET_IDENTITY } from './secrets/keyring.ts';
import { openSealed } from './secrets/open-sealed.ts';
import { checkValue } from './secrets/seal-file.ts';
import type { SealedSecrets } from './secrets/sealed-secrets.ts';

export interface IssuerInput {
  config: Config;
  environment: string;
  recorded: RecordedState;
  sealed: SealedSecrets;
  seal: OutputSeal | undefined;
  /** Git tree of the repository. */
  tree: string | undefined;
}

/** What issues and ends the values of secrets: the commands of one tree, run on this machine, or the provider of the account that they are for. */
export function secretIssuer({ config, environment, recorded, sealed, seal, tree }: IssuerInput, ports: Ports): Issuer {
  const { vault, keyring, sources, signal } = ports;

  /** What of a secret is good until now; empty where there is nothing, or a run died before it could keep it. */
  async function valueOf(address: SecretAddress, value: string): Promise<string> {
    const name = secretName(address);
    const text = await opened();
    // What no resource uses any more is nobody's to have opened before.
    vault.learn(text);
    return text;

    async function opened(): Promise<string> {
      const kept = recorded.secrets.get(address)?.instances[value]?.sealed;
      if (kept !== undefined && seal)
        return seal.open(kept).then(
          ({ value: issued = '' }) => issued,
          () => '',
        );
      const file = value === SEALED_VALUE ? sealed.secrets.get(name)?.file : undefined;
      return file ? ((await openSealed(file, keyring)).values.get(name) ?? '') : '';
    }
  }

  function run(address: SecretAddress, value: string, task: 'issues' | 'tries' | 'ends', words: readonly string[]) {
    const name = secretName(address);
    const given = config.secrets[name]?.issue?.env ?? {};
    const env = fillDeep(given, (reference) => {
      if (reference.type !== 'secret') return undefined;
      const known = vault.secret(reference.name);
      if (known !== undefined) return known;
      throw new CredentialError(`no value for the secret ${reference.name}, which the commands of ${name} are given`, {
        mend: 'seal it with `flotilla secret set`, or set it in the environment of the run',
      });
    });
    if (tree === undefined) throw new Error('the repository has no tree');
    const source: SourceFolder = sources.sourceFolder('', tree);
    return async (input: string) =>
      runCommand({
        words,
        what: `the command that ${task} ${name}`,
        source,
        env: {
          ...env,
          FLOTILLA_SECRET: name,
          FLOTILLA_ENVIRONMENT: environment,
          FLOTILLA_ISSUE: issueOf(config.fleet, environment, address, value),
        },
        input,
        signal,
        learn: (text) => text.split('\n').forEach((line) => vault.learn(line.trim())),
      });
  }

  /** The provider's part in a secret that is an account's own credential. */
  function accountsOwn(address: SecretAddress): AccountCredential | undefined {
    const { issue } = config.secrets[secretName(address)] ?? {};
    const account = issue && accountOf(issue);
    return account === undefined ? undefined : accountCredential(account, secretName(address), config, ports);
  }

  return {
    async check(address) {
      const name = secretName(address);
      const isAccounts = accountsOwn(address) !== undefined;
      if (vault.isGiven(name))
        throw new CredentialError(`${name} is set in the environment of the run, which comes before what is issued`, {
          mend: `${isAccounts ? `seal it with \`flotilla secret set ${name}\`, and ` : ''}remove ${name} from the environment; in a workflow, from under env:`,
        });
      if (!seal)
        throw new UnsupportedError(`${name} cannot be issued: there is nobody to seal it to`, {
          mend: 'run flotilla secret init and commit its file',
        });
      if (!(await keyring.isThere()))
        throw new CredentialError(`${name} cannot be issued: there is no identity to open it with afterwards`, {
          mend: SET_IDENTITY,
        });
      if (isAccounts && vault.secret(name) === undefined)
        throw new CredentialError(`${name} has no value yet, and only who has one can have another made`, {
          mend: `make the first one at the provider, then flotilla secret set ${name}`,
        });
      await seal.check();
    },

    async issue(address, value, before, progress) {
      const name = secretName(address);
      const { by, verify } = config.secrets[name]?.issue ?? {};
      if (!by || !seal) throw new Error(`${address} is in the plan but not in the config`);
      const known = before === undefined ? '' : await valueOf(address, before);
      const label = issueOf(config.fleet, environment, address, value);
      const credential = accountsOwn(address);
      const make = async (): Promise<string> => {
        if (by === 'random') {
          progress('making one up');
          return randomBytes(32).toString('base64url');
        }
        if ('account' in by) {
          progress(`asking ${by.account} for another, ${label}`);
          return accountCredential(by.account, name, config, ports).issue(label);
        }
        progress(`running ${by.join(' ')}`);
        return run(address, value, 'issues', by)(known);
      };
      const text = await make();
      vault.learn(text);
      checkValue(name, text);
      if (text === known)
        throw new UnsupportedError(`what issues ${name} gave the value that it has already`, {
          mend: 'have it make a new one',
        });
      if (verify) {
        progress(`trying it: ${verify.join(' ')}`);
        await run(address, value, 'tries', verify)(text);
      }
      if (credential) {
        progress('trying it');
        await credential.verify(text);
      }
      const kept = await seal.seal({ value: text });
      vault.unseal(new Map([[name, text]]));
      return { id: label, sealed: kept };
    },

    async revoke(address, value, progress) {
      const name = secretName(address);
      const { revoke } = config.secrets[name]?.issue ?? {};
      if (revoke) {
        progress(`running ${revoke.join(' ')}`);
        await run(address, value, 'ends', revoke)(await valueOf(address, value));
      }
      const label = value === SEALED_VALUE ? undefined : issueOf(config.fleet, environment, address, value);
      await accountsOwn(address)?.end(await valueOf(address, value), label);
      // The file still has it: that it is ended has to be known.
      return value === SEALED_VALUE ? (sealed.versions.get(name) ?? null) : null;
    },
  };
}

/** What a value is called where it comes from, so that one whose issue was cut short can be found: `acme-production-STRIPE_KEY-v2`. */
function issueOf(fleet: string, environment: string, address: SecretAddress, value: string): string {
  return `${fleet}-${environment}-${secretName(address)}-${value}`;
}
