import type { Json, JsonObject, Address } from './resource.ts';
import type { HealthState } from './health.ts';
import type { Action } from './plan.ts';
import type { Phase } from './phase.ts';
import type { Approval } from './policy.ts';
import type { SecretAddress } from './renewal.ts';
import type { SourceRef } from './source.ts';

export const STATE_FORMAT = 1;

/** The branch that holds the record, where nobody names another. */
export const STATE_BRANCH = 'flotilla';

/** `<environment>/environment.json` on the state branch. */
export interface EnvironmentState {
  format: number;
  fleet: string;
  environment: string;
  /** Counts the commits that changed this environment. */
  serial: number;
  /** Config commit of the last finished apply. */
  commit: string | null;
  plan: string | null;
  applied: string | null;
  outcome: 'succeeded' | 'failed' | 'interrupted' | null;
  /** Digest of the accounts and of what may run where, at that commit: a failover goes by them. */
  ways?: string;
  /** Plans that people approved and that were not applied yet, newest last. */
  approvals?: Approval[];
  lease: Lease | null;
}

/** The expiring right to apply one environment. Times are ISO 8601 UTC. */
export interface Lease {
  /** Commits with checks that the run may leave in progress when it dies: its own, and what it took over. */
  commits?: string[];
  /** `github:<run id>/<attempt>` or `local:<host>:<pid>:<start>`: enough to ask whether the run still lives. */
  run: string;
  /** Tells holders with the same run apart: two jobs of one run, or a second try of one process. */
  token?: string;
  actor: string;
  acquired: string;
  expires: string;
}

/** `<environment>/resources/<kind>/<name>.json`: one resource as the last apply left it. */
export interface ResourceState {
  format: number;
  address: Address;
  protect: boolean;
  dependsOn: Address[];
  /** By provider account. */
  instances: Record<string, InstanceState>;
}

export interface InstanceState {
  /** The provider's id; null while an intent to create is open. */
  id: string | null;
  /** Its name at the provider, where that is not made from the address: it was imported. */
  name?: string;
  /** What the provider was told to be; null when nothing has succeeded yet. */
  hash: string | null;
  region?: string;
  replicas: number;
  spec: JsonObject;
  /** Non-secret references as they were resolved, e.g. `service.api.url`. */
  references: Record<string, string>;
  source?: SourceRef;
  outputs: Record<string, string>;
  /** Outputs that are secret, sealed to the recipients of the repository's secrets; absent where there are none. */
  sealed?: string;
  phase: Phase;
  /** Newest first, at most ten: what `rollback` can go back to. */
  deployments: Deployment[];
  /** How often it was deployed again although nothing changed; absent for never. */
  generation?: number;
  /** Set by a rollback: the hash that was rolled back from, so that the next apply of the same config does not undo it. */
  heldBack?: string;
  /** Write-ahead: set before the provider is called, cleared with the outcome. */
  intent?: { action: Action; run: string; at: string };
  /** Last failure, cleared by success. */
  error?: string;
}

export interface Deployment {
  /** The provider's deployment id, or the hash where it has none. */
  id: string;
  hash: string;
  commit: string | null;
  at: string;
  spec: JsonObject;
  references: Record<string, string>;
  source?: SourceRef;
}

/** What a rollback puts back. */
export interface Restore {
  address: Address;
  deployment: Deployment;
}

/** Everything recorded of one environment, folded from the branch. */
export interface RecordedState {
  environment: EnvironmentState | null;
  resources: Map<Address, ResourceState>;
  /** Secrets that the fleet issued itself. Their values, `v1` and so on, stand where a resource has its provider accounts. */
  secrets: Map<SecretAddress, ResourceState>;
  /** Absent before the first health run that found something to record. */
  health?: HealthState;
}

/** One immutable line of the journal. `id` is unique: a retried commit never writes it twice. */
export interface Event {
  id: string;
  at: string;
  kind:
    | 'apply.started'
    | 'step.intended'
    | 'step.succeeded'
    | 'step.failed'
    | 'step.skipped'
    | 'step.interrupted'
    | 'apply.finished'
    | 'apply.denied'
    | 'plan.approved'
    | 'lease.taken-over'
    | 'lease.unlocked'
    | 'resource.imported'
    | 'incident.opened'
    | 'incident.closed'
    | 'heartbeat.received';
  environment: string;
  actor: string;
  run: string;
  commit: string | null;
  plan?: string;
  resource?: Address;
  provider?: string;
  action?: Action;
  message?: string;
  data?: Record<string, Json>;
}
