import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessId } from './process-id.ts';
import { isRelease, type Release } from './release.ts';

/**
 * `state.json` of one instance: whose it is, what it runs, and which processes do. Written by the runner while there is
 * one, otherwise by the holder of the instance's lock.
 */
export interface State {
  format: 1;
  fleet: string;
  environment: string;
  kind: 'service' | 'site';
  name: string;
  /** In the environment of every process of this instance, and the base name of its socket. */
  mark: string;
  /** The runner's control socket. */
  socket: string;
  /** Public port, kept for as long as the instance exists; null before the first release. */
  port: number | null;
  /** What runs now first, then what ran before; at most `KEPT_RELEASES`. */
  releases: Release[];
  runner: ProcessId | null;
  children: ProcessId[];
}

export const KEPT_RELEASES = 5;
const FILE = 'state.json';

/** The state in a folder; undefined when there is none that this version understands. */
export function readState(folder: string): State | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, FILE), 'utf8'));
    return isState(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Replaces the file in one step; it holds the environment, so only its owner may read it. */
export function writeState(folder: string, state: State): void {
  const file = join(folder, FILE);
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}

function isState(value: unknown): value is State {
  const state = value as Partial<State> | null;
  return (
    typeof state === 'object' &&
    state !== null &&
    state.format === 1 &&
    [state.fleet, state.environment, state.name, state.mark, state.socket].every((text) => typeof text === 'string') &&
    (state.kind === 'service' || state.kind === 'site') &&
    (state.port === null || Number.isInteger(state.port)) &&
    Array.isArray(state.releases) &&
    state.releases.every((release) => isRelease(release) && release.kind === state.kind) &&
    Array.isArray(state.children) &&
    [state.runner, ...state.children].every((id) => id === null || isProcessId(id))
  );
}

function isProcessId(value: unknown): value is ProcessId {
  const id = value as Partial<ProcessId> | null | undefined;
  return Number.isInteger(id?.pid) && Number(id?.pid) > 1 && typeof id?.start === 'string';
}
