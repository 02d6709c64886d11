import type { Failure } from './errors.ts';
import type { InstanceId } from './graph.ts';
import type { Phase } from './phase.ts';
import type { Address, JsonObject } from './resource.ts';

/** What a provider says exists. */
export interface Observed {
  id: string;
  address: Address;
  /** Whose it is by its mark; `null`: no mark of ours, so it is foreign. */
  owner: { fleet: string; environment: string } | null;
  /** The hash it was made with, as marked at the provider; `null` where it cannot be marked. */
  hash: string | null;
  phase: Phase;
  outputs: Record<string, string>;
  /** Names of outputs that are secret. */
  secretOutputs?: string[];
  /** Id of the deployment that is live. */
  deployment?: string;
  /** What a handler's `diff` compares. */
  attributes: JsonObject;
}

/** Everything observed of one environment. */
export interface Observation {
  basis: 'live' | 'recorded';
  /** Ours, by instance. */
  instances: Map<InstanceId, Observed>;
  /** Same name, not ours. */
  foreign: Map<InstanceId, Observed>;
  /** Accounts that could not be asked, and why. What lives there is unknown, never absent. */
  unread: Map<string, Failure>;
}
