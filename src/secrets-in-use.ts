import type { Issuer, OutputSeal } from './apply/apply-input.ts';
import type { Config } from './model/config.ts';
import { ConflictError, CredentialError } from './model/errors.ts';
import type { Graph } from './model/graph.ts';
import type { Notice } from './model/plan.ts';
import {
  isSecretAddress,
  secretAddress,
  secretName,
  type OverdueSecret,
  type Renewal,
  type SecretAddress,
} from './model/renewal.ts';
import { accountOf } from './model/secret-config.ts';
import type { RecordedState, Restore } from './model/state.ts';
import { secretsIn } from './model/template.ts';
import type { Ports } from './ports.ts';
import type { Snapshot } from './record/store.ts';
import type { Request } from './request.ts';
import { outputSeal } from './secrets/output-seal.ts';
import { recipientChanges } from './secrets/recipient-changes.ts';
import { overdue, renewals, versionsInUse } from './secrets/renewals.ts';
import { readSealed, unseal, type SealedSecrets } from './secrets/sealed-secrets.ts';
import { secretIssuer } from './secret-issuer.ts';
import { isPreview } from './trigger.ts';

interface Asked {
  request: Pick<Request, 'environment' | 'only' | 'redeploy' | 'intent'>;
  /** Whether secrets that are due may be issued anew: not where somebody only looks. */
  issues: boolean;
  config: Config;
  /** The environment's resources: of the secrets that they name, those that the fleet issues are looked after. */
  resources: unknown;
  recorded: RecordedState;
  snapshot: Pick<Snapshot, 'sealed' | 'sealedOnDefault'>;
}

/** The secrets of one environment, from wherever their values come: sealed in the repository, issued by the fleet, or the run's environment. */
export interface SecretsInUse {
  sealed: SealedSecrets;
  /** Which value each has from this plan on, in words; another word is another value. */
  versions: ReadonlyMap<string, string>;
  renewals: readonly Renewal[];
  /** What a person has to replace. */
  overdue: readonly OverdueSecret[];
  /** That, and who could open what is sealed from now on. */
  warnings: Notice[];
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
  const { request, config, recorded, snapshot } = asked;
  const { environment, only, redeploy, intent } = request;
  const now = ports.clock.now();
  const sealed = readSealed(snapshot.sealed, environment);
  const seal = outputSeal(sealed, ports.keyring);
  // A pull request's copy is given what is sealed for it: it would have a key of its own made each time.
  const own = isPreview(config, environment) ? { ...config, secrets: {} } : config;
  const due = asked.issues && intent.kind === 'converge';
  // Accounts use their credentials whatever the resources name. Thousands of resources are not searched for nothing.
  const isIssuing = Object.values(own.secrets).some(({ issue }) => issue !== undefined);
  const used = new Set(isIssuing ? [...secretsIn(asked.resources), ...accountSecrets(own)] : []);
  const all = renewals({ config: own, recorded, sealed, used, now, due, only, again: redeploy });
  const late = overdue({ config, sealed, now }, all);
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
    overdue: late,
    warnings: [...recipientChanges(snapshot), ...late.map(noticeOf)],
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
    issuer: (tree) => secretIssuer({ config, environment, recorded, sealed, seal, tree }, ports),
  };
}

function accountSecrets({ secrets }: Pick<Config, 'secrets'>): string[] {
  return Object.entries(secrets).flatMap(([name, { issue }]) => (issue && accountOf(issue) ? [name] : []));
}

function noticeOf({ name, because, mend, position }: OverdueSecret): Notice {
  return { message: `${name} is overdue: ${because}; ${mend}`, position };
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
      // Until another is there, what it takes over from is what there is: an account has to be asked for it.
      if (value === (issue ? issue.from : use) && text !== '')
        ports.vault.unseal(new Map([[secretName(address as SecretAddress), text]]));
    }
  }
}
