import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import type { Lookup } from './reachable.ts';

/** What one try found. */
export type Verdict =
  | { ok: true; milliseconds: number; certificateExpires?: string }
  | { ok: false; milliseconds: number | null; problem: string; certificateExpires?: string };

/** What a try needs beside its check. */
export interface Trying {
  /** Milliseconds after which it has failed. */
  limit: number;
  /** Addresses that are not public may be asked. */
  allowPrivate: boolean;
  signal: AbortSignal;
  /** Connections that are kept for the next try; absent: a fresh one. */
  agents?: Agents | undefined;
  network?: Network | undefined;
}

export interface Agents {
  http: HttpAgent;
  https: HttpsAgent;
}

/** Of the network what is not this machine's own; for tests, and where a company has its own certificates or name servers. */
export interface Network {
  /** PEM of further certificate authorities. */
  ca?: string;
  /** `address` or `address:port`. */
  nameServers?: string[];
  lookup?: Lookup;
}
