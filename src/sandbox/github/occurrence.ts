import type { Account, Principal, PullRequest, Repository, Workflow, WorkflowRun } from './state.ts';

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
  /** Made only when a workflow is set off. */
  payload: () => Promise<Record<string, unknown>>;
  /** `undefined`: the default branch's head. */
  trigger: Trigger | undefined;
}

/** What the rest of the sandbox asks of the part that decides about workflow runs. */
export interface WorkflowEngine {
  /** Starts every workflow that the event sets off. */
  start(occurrence: Occurrence): Promise<void>;
  /** Starts one workflow by hand. @throws HttpError 404, 422 */
  dispatch(
    repository: Repository,
    asked: { workflow: string; ref: string; inputs: Record<string, unknown> },
    by: Principal,
  ): Promise<WorkflowRun>;
  /** @throws HttpError 409 when it has ended */
  cancel(repository: Repository, run: WorkflowRun): Promise<void>;
  /** Runs all jobs again as a further attempt. @throws HttpError 403 while it runs */
  rerun(repository: Repository, run: WorkflowRun, by: Principal): Promise<void>;
  /** The workflows of the default branch, as files now say. */
  list(repository: Repository): Promise<Workflow[]>;
}
