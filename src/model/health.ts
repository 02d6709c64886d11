import type { InstanceId } from './graph.ts';
import type { Address } from './resource.ts';
import type { Check, HealAction } from './watch.ts';

export type { Check, DnsCheck, HealAction, HealPolicy, HeartbeatCheck, HttpCheck, TcpCheck } from './watch.ts';

export const HEALTH_FORMAT = 1;

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
  /** It may sleep, and nobody wants it kept awake: while it is well it is asked once an hour only. */
  sleeps?: boolean;
  /** How often it shall be asked; absent: at every run. */
  everySeconds?: number;
  /** Its address may be one that only this machine or network has, as those of providers that run things here. */
  private?: boolean;
  /** Why the prober cannot ask it, though it is watched: missing data, no outage. */
  unasked?: string;
}

/** What one run found out about one instance, retries included. */
export interface Sample {
  instance: InstanceId;
  /** ISO 8601 UTC, when the last try ended; of a failed one, when the first did, which the others confirm. */
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

/** What one prober found out at one time; of what it did not ask there is nothing in it. */
export interface Round {
  /** When it ended. ISO 8601 UTC. */
  at: string;
  samples: readonly Sample[];
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
  /** Set by a run in which everything failed at once: the prober suspects itself, and counts nothing. When that was. ISO 8601. */
  suspicion?: string;
  /** Where a resource must not be placed for now: how a failover reaches placement. */
  avoid: Record<Address, Avoidance[]>;
  /** Where a resource is to go back to; gone once it is there. */
  prefer?: Record<Address, string>;
  /** What was done for resources in the last day, newest last: budgets and cool-downs are counted from it. */
  heals: Heal[];
  /** What the last day's runs at the turn of the hour found of what is well: each series takes it up once a day. */
  quiet?: QuietRuns;
}

/** A table with a line for each run, so that an hour in which all is well adds one line to the file. */
export interface QuietRuns {
  /** Minutes between runs as scheduled. */
  every: number;
  /** Whom the columns are of; runs from before an instance was watched are shorter. */
  instances: InstanceId[];
  /** Oldest first. */
  runs: QuietRun[];
}

/** Minute since 1970, then what each instance took: whole milliseconds, −1 for failed, null where it was not asked or not well. */
export type QuietRun = [minute: number, ...milliseconds: (number | null)[]];

export interface InstanceHealth {
  status: HealthStatus;
  /** Since when it has this status: when it was first seen so, not when that was confirmed. ISO 8601. */
  since: string;
  /** Failed and good runs in a row; one of them is 0. Counted to 100 and to `recoverAfter`, so that what lasts changes nothing. */
  failures: number;
  successes: number;
  /** First failed probe of the present row of failures. */
  failingSince?: string;
  /** Moments at which its probes went from good to failed or back: the newest twelve, within a day of the newest. */
  turns: string[];
  /** What a good answer usually takes of late, wake-ups apart, milliseconds; null while nothing is known. */
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

export interface Heal {
  at: string;
  resource: Address;
  action: HealAction;
  from: string;
  incident: string;
  /** Absent while it is under way. */
  result?: 'succeeded' | 'failed';
}
