import type { HealAction, InstanceHealth } from './health.ts';
import type { Incident } from './incident.ts';
import type { Address } from './resource.ts';
import type { InstanceId } from './graph.ts';

/** What one health run found, recorded and did. */
export interface HealthOutcome {
  fleet: string;
  environment: string;
  /** The commit that is deployed, which is the one that the check is about; null before the first apply. */
  commit: string | null;
  /** ISO 8601 UTC. */
  checked: string;
  instances: ProbedInstance[];
  /** Incidents that are open now. */
  open: Incident[];
  /** Those of them that this run opened, and those that it closed. */
  opened: Incident[];
  closed: Incident[];
  /** What people should know of the run itself: runs that are missing, a prober that suspects itself, mistakes of its own. */
  notes: string[];
  healed: Healed[];
  /** Milliseconds, probing and healing. */
  duration: number;
  /** State commits written. */
  commits: number;
}

export interface ProbedInstance {
  instance: InstanceId;
  resource: Address;
  provider: string;
  /** What was asked, in words: `GET https://…/healthz`. */
  asked: string;
  health: InstanceHealth;
}

/** What was done for a resource, and what became of it. */
export interface Healed {
  resource: Address;
  /** `repair`: drift was undone; `renew`: a secret got another value. */
  action: HealAction | 'repair' | 'renew';
  from: string;
  because: string;
  result: 'succeeded' | 'failed';
  /** Why it failed. */
  problem?: string;
}
