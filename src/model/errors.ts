import type { Position } from './resource.ts';

/**
 * The error classes that the engine knows, and what each means for retry, exit code and check conclusion.
 * Anything else that is thrown is a bug of ours and is reported as one.
 */

/** Base of all tagged errors. `tag` survives bundling and realms, unlike `instanceof`. */
export abstract class FlotillaError extends Error {
  abstract readonly tag: Tag;
  /** How to mend it, one sentence. */
  readonly mend: string | undefined;
  constructor(message: string, options: { mend?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.mend = options.mend;
  }
}

export type Tag = 'config' | 'credential' | 'unsupported' | 'transient' | 'conflict' | 'deploy' | 'policy';

/** One problem in a config file. */
export interface Problem {
  position: Position;
  /** Dotted path of the value, e.g. `services.api.port`. */
  path: string;
  message: string;
  /** What would have been right, e.g. `a port from 1 to 65535`, or `did you mean "replicas"?`. */
  hint?: string;
}

/** The user's files are wrong; carries every problem found, never the first only. */
export class ConfigError extends FlotillaError {
  readonly tag = 'config';
  readonly problems: Problem[];
  constructor(problems: Problem[]) {
    super(problems.map(problemLine).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

export function problemLine({ position, message, hint }: Problem): string {
  return `${position.file}:${position.line}:${position.column} ${message}${hint ? ` (${hint})` : ''}`;
}

/** A token is missing, wrong, expired, or not allowed to do this. Never means that a resource is absent. */
export class CredentialError extends FlotillaError {
  readonly tag = 'credential';
  override name = 'CredentialError';
}

/** The provider, plan or release cannot do what was asked. */
export class UnsupportedError extends FlotillaError {
  readonly tag = 'unsupported';
  override name = 'UnsupportedError';
}

/** Worth another try: timeouts, cut connections, 429, 5xx. `retryAfter` is in seconds when the other side named one. */
export class TransientError extends FlotillaError {
  readonly tag = 'transient';
  override name = 'TransientError';
  readonly retryAfter: number | undefined;
  constructor(message: string, options: { mend?: string; cause?: unknown; retryAfter?: number } = {}) {
    super(message, options);
    this.retryAfter = options.retryAfter;
  }
}

/** Somebody else holds, changed or owns what we wanted: a lost lease, a moved plan, a foreign resource. */
export class ConflictError extends FlotillaError {
  readonly tag = 'conflict';
  override name = 'ConflictError';
}

/** The policy on the default branch does not let this person do this, or not now. */
export class PolicyError extends FlotillaError {
  readonly tag = 'policy';
  override name = 'PolicyError';
}

/** The provider took the work and it did not become live; `log` is the tail of what it printed, `restored` whether the previous deployment still serves. */
export class DeployError extends FlotillaError {
  readonly tag = 'deploy';
  override name = 'DeployError';
  readonly log: string[];
  readonly restored: boolean;
  constructor(message: string, options: { mend?: string; cause?: unknown; log?: string[]; restored?: boolean } = {}) {
    super(message, options);
    this.log = options.log ?? [];
    this.restored = options.restored ?? false;
  }
}

export const EXIT = {
  done: 0,
  input: 1,
  changes: 2,
  failed: 3,
  blocked: 4,
  conflict: 5,
  bug: 70,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export type Conclusion = 'success' | 'neutral' | 'failure' | 'action_required' | 'cancelled' | 'timed_out' | 'skipped';

/** The one table: what each class means. `retries` is how many further tries a step gets. */
export const ERROR_TABLE: Record<Tag | 'bug', { retries: number; exit: ExitCode; conclusion: Conclusion }> = {
  config: { retries: 0, exit: EXIT.input, conclusion: 'failure' },
  credential: { retries: 0, exit: EXIT.input, conclusion: 'action_required' },
  unsupported: { retries: 0, exit: EXIT.input, conclusion: 'failure' },
  transient: { retries: 4, exit: EXIT.failed, conclusion: 'failure' },
  conflict: { retries: 0, exit: EXIT.conflict, conclusion: 'failure' },
  deploy: { retries: 0, exit: EXIT.failed, conclusion: 'failure' },
  policy: { retries: 0, exit: EXIT.blocked, conclusion: 'action_required' },
  bug: { retries: 0, exit: EXIT.bug, conclusion: 'failure' },
};

const TAGS = new Set<string>(['config', 'credential', 'unsupported', 'transient', 'conflict', 'deploy', 'policy']);

/** The class of anything thrown. */
export function tagOf(error: unknown): Tag | 'bug' {
  const tag = (error as { tag?: unknown } | null)?.tag;
  return typeof tag === 'string' && TAGS.has(tag) ? (tag as Tag) : 'bug';
}

/** Plain data for outcomes, events and reports; a bug keeps its stack so that it can be reported. */
export interface Failure {
  tag: Tag | 'bug';
  message: string;
  mend?: string;
  log?: string[];
  restored?: boolean;
  stack?: string;
}

export function failureOf(error: unknown): Failure {
  const tag = tagOf(error);
  const known = error as Partial<DeployError> & Error;
  const message = error instanceof Error ? error.message : String(error);
  return {
    tag,
    message,
    ...(known?.mend ? { mend: known.mend } : {}),
    ...(tag === 'deploy' ? { log: known.log ?? [], restored: known.restored ?? false } : {}),
    ...(tag === 'bug' && error instanceof Error && error.stack ? { stack: error.stack } : {}),
  };
}
