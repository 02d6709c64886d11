import type { InstanceId } from './graph.ts';
import type { Address } from './resource.ts';

export const HEALTH_FORMAT = 1;

/** What is asked of one instance. Times in milliseconds unless the name says otherwise. */
export type Check = HttpCheck | TcpCheck | DnsCheck | HeartbeatCheck;

export interface HttpCheck {
  kind: 'http';
  url: string;
  method: 'GET' | 'HEAD' | 'POST' | 'OPTIONS';
  headers: Record<string, string>;
  /** Accepted statuses, both ends included. */
  status: readonly [from: number, to: number][];
  /** Text that the first megabyte of the body must hold. */
  contains?: string;
  /** How many redirects are followed; 0: the redirect itself is the answer. */
  redirects: number;
  timeout: number;
  /** A complete answer that took longer counts as failed. */
  maxResponse?: number;
  /** A certificate that ends sooner makes an incident of kind `certificate`, not an outage. */
  certificateDays: number;
}

export interface TcpCheck {
  kind: 'tcp';
  host: string;
  port: number;
  timeout: number;
}

export interface DnsCheck {
  kind: 'dns';
  name: string;
  type: 'A' | 'AAAA' | 'CNAME' | 'TXT' | 'MX' | 'NS';
  /** All of these must be among the answers; empty: any answer will do. */
  expect: string[];
  timeout: number;
}

/** Not asked but awaited: the job must have reported (`flotilla beat`) within the time. */
export interface HeartbeatCheck {
  kind: 'heartbeat';
  withinSeconds: number;
}

/** One thing to probe, with what turns its samples into a status. */
export interface ProbeTarget {
  instance: InstanceId;
  resource: Address;
  provider: string;
  check: Check;
  /** Confirmed failures in a row that make it down. */
  failAfter: number;
  /** Successes in a row that make it up again. */
  recoverAfter: number;
  /** How long a sleeping instance may take to wake; 0: it is not expected to sleep. Milliseconds. */
  wake: number;
}

/** What one run found out about one instance, retries included. */
export interface Sample {
  instance: InstanceId;
  /** ISO 8601 UTC, when the last try ended. */
  at: string;
  ok: boolean;
  /** Of the try that counts; null where nothing answered. */
  milliseconds: number | null;
  /** Tries made; more than one: the first failed. */
  tries: number;
  /** Why not, one line, at most 300 characters, no control characters. */
  problem?: string;
  /** It slept and woke up: milliseconds until the first good answer. */
  woke?: number;
  /** When the certificate ends. ISO 8601. */
  certificateExpires?: string;
}

/** `unknown`: never probed, or not for so long that nothing can be said. `flapping`: it went up and down too often to follow. */
export type HealthStatus = 'up' | 'suspect' | 'down' | 'flapping' | 'unknown';

/** `<environment>/health.json`: what the last recorded run knew. Small, and read with every snapshot. */
export interface HealthState {
  format: number;
  /** When the last recorded run took place. ISO 8601. */
  checked: string;
  /** Hour that the series were last rolled up for, ISO 8601 to the hour. */
  rolledUp: string | null;
  instances: Record<InstanceId, InstanceHealth>;
  /** When a resource last reported that it ran. */
  beats: Record<Address, string>;
  /** Accounts whose circuit was open at the end of the last run. */
  breakers: Record<string, { failures: number; until: string }>;
  /** Where a resource must not be placed for now: how a failover reaches placement. */
  avoid: Record<Address, Avoidance[]>;
  /** What was done for resources in the last day, newest last: budgets and cool-downs are counted from it. */
  heals: Heal[];
}

export interface InstanceHealth {
  status: HealthStatus;
  /** Since when it has this status: when it was first seen so, not when that was confirmed. ISO 8601. */
  since: string;
  /** Failed and good runs in a row; one of them is 0. */
  failures: number;
  successes: number;
  /** First failed probe of the present row of failures. */
  failingSince?: string;
  /** Moments at which it went from up to down or back, within the last day. */
  turns: string[];
  /** Median of the last hour, milliseconds; null while nothing is known. */
  latency: number | null;
  last: Omit<Sample, 'instance'>;
}

export interface Avoidance {
  provider: string;
  since: string;
  because: string;
  incident: string;
  /** `auto`: lifted when the provider is well again; `manual`: until somebody lifts it. */
  back: 'auto' | 'manual';
}

export type HealAction = 'restart' | 'redeploy' | 'move' | 'return';

export interface Heal {
  at: string;
  resource: Address;
  action: HealAction;
  from: string;
  incident: string;
  /** Absent while it is under way. */
  result?: 'succeeded' | 'failed';
}

/** What `failover:` of a resource says. */
export interface HealPolicy {
  /** Failed runs in a row before anything is done; never less than what makes it down. */
  after: number;
  /** Tried in this order, each when the one before did not help. */
  steps: HealAction[];
  /** Where a move may go; `auto`: wherever placement finds best. */
  to: 'auto' | string[];
  back: 'manual' | 'auto';
  /** Actions a day, all steps together. */
  budget: number;
  coolDownSeconds: number;
}
