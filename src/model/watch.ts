/** How resources are watched: the checks, and what the config says of them. None of it is part of what is deployed. */

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

/** A check as the config says it; the address comes from where the instance runs. Header values may hold `${secret.NAME}`. */
export type CheckConfig =
  | (Omit<HttpCheck, 'url'> & { path: string })
  /** Without a port that of the instance's address. */
  | (Omit<TcpCheck, 'host' | 'port'> & { port?: number })
  | Omit<DnsCheck, 'name'>
  | HeartbeatCheck;

/** What `health:` of a resource says, but for what its provider is told (see `ServiceSpec`). */
export interface WatchConfig {
  check: CheckConfig;
  everySeconds: number;
  /** Confirmed failures in a row that make it down. */
  failAfter: number;
  /** Successes in a row that make it up again. */
  recoverAfter: number;
  /** How long a sleeping instance may take to wake; absent: as long as is known of its provider. */
  wakeSeconds?: number;
  /** It is asked so often that it never falls asleep. */
  keepAwake: boolean;
}

/** What holds where the config does not say otherwise. */
export const WATCH_DEFAULTS = {
  everySeconds: 300,
  failAfter: 3,
  recoverAfter: 2,
  keepAwake: false,
} as const satisfies Partial<WatchConfig>;

/** The HTTP check of a resource that names none: whatever answers is well that is no error of the server, and of a site no error at all. */
export function plainCheck(kind: 'service' | 'site'): Extract<CheckConfig, { kind: 'http' }> {
  return {
    kind: 'http',
    path: '/',
    method: 'GET',
    headers: {},
    status: [[200, kind === 'site' ? 399 : 499]],
    redirects: 3,
    timeout: 10_000,
    certificateDays: 14,
  };
}

export type HealAction = 'restart' | 'redeploy' | 'move' | 'return';

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
