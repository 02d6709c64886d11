import type { Clock } from '../model/clock.ts';
import type { Graph, Placement } from '../model/graph.ts';
import type { Observation } from '../model/observation.ts';
import type { OnProgress, Outcome } from '../model/outcome.ts';
import type { Plan } from '../model/plan.ts';
import type { Recorder } from '../model/recorder.ts';
import type { Renewal, SecretAddress } from '../model/renewal.ts';
import { OUTPUTS, parseAddress, type Address } from '../model/resource.ts';
import type { RecordedState, Restore } from '../model/state.ts';
import type { Connections } from '../provider-kit/connection.ts';
import type { SourceFolders } from '../model/source.ts';

/** What apply needs of the vault (`src/secrets/vault.ts`). */
export interface SecretValues {
  secret(name: string): string | undefined;
  learn(value: string): void;
  mask(text: string): string;
  maskDeep<T>(value: T): T;
}

/** How a surface follows an apply. */
export interface Watch {
  /** Asked before the first change: the CLI asks a person. */
  approve(plan: Plan): Promise<boolean>;
  /** The lease is ours; `inherited` are commits whose checks dead runs may have left in progress. */
  started?(plan: Plan, inherited: readonly string[]): Promise<void>;
  /** The outcome while the lease is still ours: a run that dies before it gives the lease back is looked after by the next. */
  concluding?(outcome: Outcome): Promise<void>;
}

/** One thing that exists at a provider, for `flotilla import`. */
export interface Import {
  id: string;
  /** Its name at the provider, by which it is found from then on. */
  name: string;
  /** Whether what runs is known to be what the config says: then the next plan has nothing to do. */
  same: boolean;
}

/** What seals secret outputs for the record, and opens them again. */
export interface OutputSeal {
  /** Whether it says to whom as it was sealed, where there is an identity to tell. CredentialError when that opens nothing, ConfigError when it was changed. */
  check(): Promise<void>;
  seal(outputs: Record<string, string>): Promise<string>;
  /** CredentialError without the identity, ConfigError when it was changed. */
  open(sealed: string): Promise<Record<string, string>>;
}

/** Makes and ends the values of secrets that the fleet issues itself. */
export interface Issuer {
  /** Whether it could be: before anything is begun. CredentialError or UnsupportedError where not. */
  check(address: SecretAddress): Promise<void>;
  /** A new value, tried and sealed, and known to the vault from then on. `before`: the value that it takes over from. DeployError when a command fails. */
  issue(
    address: SecretAddress,
    value: string,
    before: string | undefined,
    progress: (message: string) => void,
  ): Promise<{ id: string; sealed: string }>;
  /** Ends a value. Gives what to remember of one that does not go by being forgotten. DeployError when the command fails. */
  revoke(address: SecretAddress, value: string, progress: (message: string) => void): Promise<string | null>;
}

export interface ApplyInput {
  plan: Plan;
  graph: Graph;
  placement: Placement;
  recorded: RecordedState;
  observation: Observation;
  connections: Connections;
  recorder: Recorder;
  issuer: Issuer;
  renewals: readonly Renewal[];
  /** Secret values, and the mask over all that this run knows. */
  vault: SecretValues;
  /** Absent where nothing is sealed to anybody. */
  seal?: OutputSeal | undefined;
  sources: SourceFolders;
  /** Resources to deploy again although nothing changed. */
  redeploy: ReadonlySet<Address>;
  /** The deployment that a rollback puts back, instead of what the config says. */
  restore: Restore | undefined;
  /** What exists and is to become ours as it is, instead of being made. */
  imports?: ReadonlyMap<Address, Import>;
  /** Every output known in this process, secret ones included; filled while steps succeed. Never leaves the process. */
  outputs: Map<Address, Record<string, string>>;
  watch: Watch;
  clock: Clock;
  signal: AbortSignal;
  onProgress: OnProgress;
}

/** Outputs that the providers told while they were observed. */
export function knownOutputs(
  { observation, placement }: Pick<ApplyInput, 'observation' | 'placement'>,
  vault: SecretValues,
) {
  const outputs: ApplyInput['outputs'] = new Map();
  for (const [id, { address, outputs: values }] of observation.instances)
    learnOutputs({ outputs, placement, vault }, address, id.slice(address.length + 1), values);
  return outputs;
}

/** Takes outputs in: the secret ones are masked from now on. A resource in several places is known by its first. */
export function learnOutputs(
  { outputs, placement, vault }: Pick<ApplyInput, 'outputs' | 'placement' | 'vault'>,
  address: Address,
  provider: string,
  values: Record<string, string>,
): void {
  // A secret that is told once is still the same.
  const known = secretOutputs(address, outputs.get(address) ?? {});
  if (placement.get(address)?.[0]?.provider === provider) outputs.set(address, { ...known, ...values });
  for (const value of Object.values(secretOutputs(address, values))) vault.learn(value);
}

/** Outputs that may be recorded and shown. */
export function publicOutputs(address: Address, outputs: Record<string, string>): Record<string, string> {
  const kind = parseAddress(address)?.kind;
  return Object.fromEntries(Object.entries(outputs).filter(([name]) => kind && OUTPUTS[kind][name]?.secret === false));
}

/** Outputs that may not. */
export function secretOutputs(address: Address, outputs: Record<string, string>): Record<string, string> {
  const shown = publicOutputs(address, outputs);
  return Object.fromEntries(Object.entries(outputs).filter(([name]) => !Object.hasOwn(shown, name)));
}
