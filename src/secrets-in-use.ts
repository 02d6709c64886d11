import { randomBytes } from 'node:crypto';
import type { Issuer, OutputSeal } from './apply/apply-input.ts';
import type { Config } from './model/config.ts';
import { ConflictError, CredentialError, UnsupportedError } from './model/errors.ts';
import type { Graph } from './model/graph.ts';
import {
  isSecretAddress,
  SEALED_VALUE,
  secretAddress,
  secretName,
  type OverdueSecret,
  type Renewal,
  type SecretAddress,
} from './model/renewal.ts';
import type { SourceFolder } from './model/source.ts';
import type { RecordedState, Restore } from './model/state.ts';
import { fillDeep, secretsIn } from './model/template.ts';
import type { Ports } from './ports.ts';
import { runCommand } from './provider-kit/run-command.ts';
import type { Request } from './request.ts';
import { SET_IDENTITY } from './secrets/keyring.ts';
import { openSealed } from './secrets/open-sealed.ts';
import { outputSeal } from './secrets/output-seal.ts';
import { overdue, renewals, versionsInUse } from './secrets/renewals.ts';
import { checkValue } from './secrets/seal-file.ts';
import { readSealed, unseal, type SealedSecrets } from './secrets/sealed-secrets.ts';
import { isPreview } from './trigger.ts';

interface Asked {
  request: Pick<Request, 'environment' | 'only' | 'redeploy' | 'intent'>;
  /** Whether secrets that are due may be issued anew: not where somebody only looks. */
  issues: boolean;
  config: Config;
  /** The environment's resources: of the secrets that they name, those that the fleet issues are looked after. */
  resources: unknown;
  recorded: RecordedState;
  /** Texts of the sealed files. */
  texts: ReadonlyMap<string, string>;
}

/** The secrets of one environment, from wherever their values come: sealed in the repository, issued by the fleet, or the run's environment. */
export interface SecretsInUse {
  sealed: SealedSecrets;
  /** Which value each has from this plan on, in words; another word is another value. */
  versions: ReadonlyMap<string, string>;
  renewals: readonly Renewal[];
  /** What a person has to replace. */
  overdue: readonly OverdueSecret[];
  seal: OutputSeal | undefined;
  /** Lets the vault know what the resources name, and a rollback: masked from here on. Errors as `openSealed`. */
  open(graph: Pick<Graph, 'resources'>, restore: Restore | undefined): Promise<void>;
  /** The same by name. */
  openNamed(names: ReadonlySet<string>): Promise<void>;
  /** What issues and ends values, with the commands of this tree. */
  issuer(tree: string | undefined): Issuer;
}

/** Reads which secrets there are and which values they have; nothing is opened. ConfigError as `parseSealed`. */
export function secretsInUse(asked: Asked, ports: Ports): SecretsInUse {
  const { request, config, recorded, texts } = asked;
  const { environment, only, redeploy, intent } = request;
  const now = ports.clock.now();
  const sealed = readSealed(texts, environment);
  const seal = outputSeal(sealed, ports.keyring);
  // A pull request's copy is given what is sealed for it: it would have a key of its own made each time.
  const own = isPreview(config, environment) ? { ...config, secrets: {} } : config;
  const due = asked.issues && intent.kind === 'converge';
  const used = secretsIn(asked.resources);
  const all = renewals({ config: own, recorded, sealed, used, now, due, only, again: redeploy });
  const unknown = [...redeploy].find(
    (address) => isSecretAddress(address) && !all.some((one) => one.address === address && one.position),
  );
  if (unknown !== undefined)
    throw new ConflictError(`${unknown} is not issued in ${environment}`, {
      mend: 'say under secrets: how it is issued, and use it in a resource',
    });
  const openNamed = async (names: ReadonlySet<string>): Promise<void> => {
    await unseal(sealed, names, ports);
    await recall(names, asked, all, { ports, seal });
  };
  return {
    sealed,
    versions: versionsInUse(sealed, all),
    renewals: all,
    overdue: overdue({ config, sealed, now }, all),
    seal,
    openNamed,
    open: ({ resources }, restore) =>
      openNamed(
        new Set([
          ...resources.flatMap(({ secrets }) => secrets),
          ...secretsIn(restore?.deployment.spec),
          ...secretsIn(all.map(({ address }) => config.secrets[secretName(address)]?.issue?.env ?? null)),
        ]),
      ),
    issuer: (tree) => issuerOf(asked, { sealed, seal, tree }, ports),
  };
}

/** For whoever only wants the values of an environment, and changes nothing. */
export function lookingAt(environment: string): Asked['request'] {
  return { environment, redeploy: new Set(), intent: { kind: 'converge' } };
}

/** Opens what the fleet issued: the value in use for whom it is for, earlier ones so that they are masked. */
async function recall(
  names: ReadonlySet<string>,
  { recorded }: Asked,
  all: readonly Renewal[],
  { ports, seal }: { ports: Ports; seal: OutputSeal | undefined },
): Promise<void> {
  const named = [...names].flatMap((name) => recorded.secrets.get(secretAddress(name)) ?? []);
  if (!seal || named.length === 0 || !(await ports.keyring.isThere())) return;
  for (const { address, instances } of named) {
    const { use, issue } = all.find((renewal) => renewal.address === address) ?? {};
    for (const [value, { sealed }] of Object.entries(instances)) {
      if (sealed === undefined) continue;
      const text = await seal.open(sealed).then(
        ({ value: opened = '' }) => opened,
        (error: unknown) => {
          // What nobody can open any more does not keep another from taking its place.
          if (issue) return '';
          const mend = `give the run the identity that it was sealed to as well, or have it issued anew: --redeploy ${address}`;
          throw new CredentialError(`${value} of ${address} does not open with this identity`, { cause: error, mend });
        },
      );
      ports.vault.learn(text);
      if (value === use) ports.vault.unseal(new Map([[secretName(address as SecretAddress), text]]));
    }
  }
}

interface Means {
  sealed: SealedSecrets;
  seal: OutputSeal | undefined;
  /** Git tree of the repository. */
  tree: string | undefined;
}

function issuerOf(
  { config, recorded, request: { environment } }: Asked,
  { sealed, seal, tree }: Means,
  ports: Ports,
): Issuer {
  const { vault, keyring, sources, signal } = ports;

  /** What of a secret is good until now; empty where there is nothing, or a run died before it could keep it. */
  async function valueOf(address: SecretAddress, value: string): Promise<string> {
    const name = secretName(address);
    const kept = recorded.secrets.get(address)?.instances[value]?.sealed;
    if (kept !== undefined && seal)
      return seal.open(kept).then(
        ({ value: text = '' }) => text,
        () => '',
      );
    const file = value === SEALED_VALUE ? sealed.secrets.get(name)?.file : undefined;
    const text = file ? ((await openSealed(file, keyring)).values.get(name) ?? '') : '';
    vault.learn(text);
    return text;
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

  return {
    async check(address) {
      const name = secretName(address);
      if (vault.isGiven(name))
        throw new CredentialError(`${name} is set in the environment of the run, which comes before what is issued`, {
          mend: `remove ${name} from the environment; in a workflow, from under env:`,
        });
      if (!seal)
        throw new UnsupportedError(`${name} cannot be issued: there is nobody to seal it to`, {
          mend: 'run flotilla secret init and commit its file',
        });
      if (!(await keyring.isThere()))
        throw new CredentialError(`${name} cannot be issued: there is no identity to open it with afterwards`, {
          mend: SET_IDENTITY,
        });
    },

    async issue(address, value, before, progress) {
      const name = secretName(address);
      const { by, verify } = config.secrets[name]?.issue ?? {};
      if (!by || !seal) throw new Error(`${address} is in the plan but not in the config`);
      const known = before === undefined ? '' : await valueOf(address, before);
      progress(by === 'random' ? 'making one up' : `running ${by.join(' ')}`);
      const text =
        by === 'random' ? randomBytes(32).toString('base64url') : await run(address, value, 'issues', by)(known);
      vault.learn(text);
      checkValue(name, text);
      if (text === known)
        throw new UnsupportedError(`the command that issues ${name} gave the value that it has already`, {
          mend: 'have it make a new one',
        });
      if (verify) {
        progress(`trying it: ${verify.join(' ')}`);
        await run(address, value, 'tries', verify)(text);
      }
      const kept = await seal.seal({ value: text });
      vault.unseal(new Map([[name, text]]));
      return { id: issueOf(config.fleet, environment, address, value), sealed: kept };
    },

    async revoke(address, value, progress) {
      const name = secretName(address);
      const { revoke } = config.secrets[name]?.issue ?? {};
      if (revoke) {
        progress(`running ${revoke.join(' ')}`);
        await run(address, value, 'ends', revoke)(await valueOf(address, value));
      }
      // The file still has it: that it is ended has to be known.
      return value === SEALED_VALUE ? (sealed.versions.get(name) ?? null) : null;
    },
  };
}

/** What a value is called where it comes from, so that one whose issue was cut short can be found: `acme-production-STRIPE_KEY-v2`. */
function issueOf(fleet: string, environment: string, address: SecretAddress, value: string): string {
  return `${fleet}-${environment}-${secretName(address)}-${value}`;
}
