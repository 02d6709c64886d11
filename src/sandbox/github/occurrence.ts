import type { Account, PullRequest, Repository } from './state.ts';

/** Where a set-off workflow is read from and runs. */
export interface Trigger {
  ref: string;
  sha: string;
  /** A push's previous head, for `paths` filters. */
  before?: string;
  pull?: PullRequest;
}

/** An event as workflows see it. */
export interface Occurrence {
  repository: Repository;
  event: string;
  action: string | undefined;
  actor: Account;
  payload: Record<string, unknown>;
  /** `undefined`: the default branch's head. */
  trigger: Trigger | undefined;
}
