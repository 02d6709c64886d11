import type { Config, ResourceConfig } from './model/config.ts';
import { ConflictError } from './model/errors.ts';
import type { GuardName } from './model/plan.ts';
import { KINDS, parseAddress, type Address, type Kind } from './model/resource.ts';
import type { RecordedState, Restore } from './model/state.ts';
import type { Snapshot } from './record/store.ts';

/** What a surface asks for: the one shape that pushes, pull requests, dispatches, comments and command lines become. */
export interface Request {
  /** Full commit id; null for the work tree as it is. */
  commit: string | null;
  environment: string;
  /** `recorded` for those without credentials (pull requests from forks, the App): the record stands in for the providers. */
  basis: 'live' | 'recorded';
  intent: Intent;
  /** Guards lifted by name, for all or for named resources. */
  allow: ReadonlyMap<GuardName, 'all' | ReadonlySet<Address>>;
  /** Resources to deploy again although nothing changed. */
  redeploy: ReadonlySet<Address>;
  /** Touch nothing but these and what depends on them: how a health run heals without doing anything else. */
  only?: ReadonlySet<Address> | undefined;
  /** Hash (or its beginning) of the plan that was approved. */
  expected?: string | undefined;
  /** What the surface has read already to know the environment, so that it is not read twice. */
  known?: Known | undefined;
}

export interface Known {
  snapshot: Snapshot;
  config: Config;
}

export type Intent =
  | { kind: 'converge' }
  /** Everything of the environment is to go. */
  | { kind: 'destroy' }
  /** One resource back to an earlier deployment: the one before the present, or the named one. */
  | { kind: 'rollback'; address: Address; to?: string | undefined };

type Described = Record<Kind, Record<string, ResourceConfig>>;

/** What the intent makes of the environment's description. */
export function withIntent({ intent }: Request, resources: Described, recorded: RecordedState) {
  const nothing = () => Object.fromEntries(KINDS.map((kind) => [kind, {}])) as Described;
  return {
    resources: intent.kind === 'destroy' ? nothing() : resources,
    destroy: intent.kind === 'destroy',
    restore: intent.kind === 'rollback' ? chosen(intent, resources, recorded) : undefined,
  };
}

function chosen(
  { address, to }: Intent & { kind: 'rollback' },
  resources: Described,
  recorded: RecordedState,
): Restore {
  const { kind, name } = parseAddress(address) ?? {};
  if (!kind || !name || !resources[kind][name])
    throw new ConflictError(`${address} is not in the config of this environment`, {
      mend: 'roll back a resource that flotilla status lists',
    });
  const instance = Object.values(recorded.resources.get(address)?.instances ?? {})[0];
  const earlier = (instance?.deployments ?? []).filter(({ hash }) => hash !== instance?.hash);
  const deployment =
    to === undefined ? earlier[0] : earlier.find(({ id, hash }) => id.startsWith(to) || hash.startsWith(to));
  if (deployment) return { address, deployment };
  const choice = earlier.map(({ id, at }) => `${id} (${at})`).join(', ');
  throw new ConflictError(to ? `${address} has no earlier deployment ${to}` : `${address} has no earlier deployment`, {
    mend: choice ? `choose one of ${choice}` : 'there is nothing to go back to yet',
  });
}
