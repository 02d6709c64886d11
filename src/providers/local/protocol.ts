import type { Phase } from '../../model/phase.ts';
import { isRelease, type Release } from './release.ts';

/**
 * The control socket speaks JSON lines: one request a connection, then any number of `progress` replies and one that
 * ends it, `status` or `failed`.
 */
export type Request = { do: 'status' } | { do: 'apply'; release: Release } | { do: 'stop' };

export type Reply = { progress: string } | { status: Status } | { failed: Failed };

export interface Status {
  /** A runner of another version is replaced before it is told anything. */
  protocol: number;
  pid: number;
  /** It stops everything and leaves. */
  ending: boolean;
  phase: Phase;
  /** Hash of the release that serves; null while there is none. */
  hash: string | null;
  port: number | null;
  replicas: ReplicaStatus[];
}

export interface ReplicaStatus {
  pid: number | null;
  port: number | null;
  state: 'starting' | 'live' | 'waiting' | 'stopped';
  /** Times it was started again since the release went live. */
  restarts: number;
}

export interface Failed {
  message: string;
  log: string[];
  /** Whether the previous release still serves. */
  restored: boolean;
  /** True when the release is to blame and not the moment. */
  deploy: boolean;
}

export const PROTOCOL = 1;
/** Longest line that either side reads; bytes. */
export const LINE_LIMIT = 8 * 1024 * 1024;

/** The request in one line; undefined when it is none. */
export function parseRequest(line: string): Request | undefined {
  let value: { do?: unknown; release?: unknown } | null;
  try {
    value = JSON.parse(line) as typeof value;
  } catch {
    return undefined;
  }
  if (value?.do === 'status' || value?.do === 'stop') return { do: value.do };
  if (value?.do === 'apply' && isRelease(value.release)) return { do: 'apply', release: value.release };
  return undefined;
}
