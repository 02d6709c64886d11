/**
 * The port between the sandbox GitHub and whatever executes workflow jobs.
 *
 * GitHub decides *that* a workflow runs (triggers, filters, concurrency) and keeps the record of it; the
 * runner carries the jobs out and reports. The runner never changes the record itself.
 */

/** How a run, a job or a step ended. */
export type RunConclusion = 'success' | 'failure' | 'cancelled';

/** How a job or a step ended; one whose `if:` was false is `skipped`. */
export type JobConclusion = RunConclusion | 'skipped';

/** The owner-visible facts of the repository a run belongs to. */
export interface RunRepository {
  /** `owner/name`. */
  fullName: string;
  id: number;
  ownerId: number;
  defaultBranch: string;
  private: boolean;
  /** The bare git repository, for runners that would rather not clone over HTTP. */
  gitDir: string;
}

/** One attempt of one workflow run, with everything its jobs may see. */
export interface RunRequest {
  repository: RunRepository;
  /** The workflow file, e.g. `.github/workflows/flotilla.yml`. */
  workflowPath: string;
  /** The workflow file's text at `workflowSha`. */
  workflowText: string;
  /** The commit the workflow file was read from. */
  workflowSha: string;
  /** The workflow's `name:`, or its path. */
  workflowName: string;
  /** `push`, `pull_request`, `workflow_dispatch`, `repository_dispatch`, `schedule`, … */
  event: string;
  /** What `GITHUB_EVENT_PATH` holds: the webhook payload. */
  payload: Record<string, unknown>;
  /** Fully qualified, e.g. `refs/heads/main` or `refs/pull/7/merge`. */
  ref: string;
  sha: string;
  /** Head branch of a pull request, else the empty string. */
  headRef: string;
  /** Base branch of a pull request, else the empty string. */
  baseRef: string;
  /** `workflow_dispatch` inputs with defaults filled in: strings, except that `boolean` inputs are booleans. */
  inputs: Record<string, string | boolean>;
  runId: number;
  runNumber: number;
  /** 1 for the first attempt. */
  runAttempt: number;
  /** Login of whoever set the run off. */
  actor: string;
  actorId: number;
  /** Login of whoever started this attempt (differs from `actor` on a rerun). */
  triggeringActor: string;
  serverUrl: string;
  apiUrl: string;
  graphqlUrl: string;
  /** The run's `GITHUB_TOKEN`; dies with the run. */
  token: string;
  /**
   * A further `GITHUB_TOKEN` of the same run narrowed to what a job's own `permissions:` ask for
   * (the key `permissions` of the job as parsed from YAML). The result also dies with the run.
   */
  tokenFor(permissions: unknown): string;
  /** Repository secrets; empty when the event comes from a fork. */
  secrets: Record<string, string>;
  /** Secrets of a deployment environment, laid over `secrets` for a job with `environment:`. */
  environmentSecrets: Record<string, Record<string, string>>;
  /** Repository variables (`vars.*`). */
  variables: Record<string, string>;
  /** Called by the runner whenever a job's standing changes, so that the record shows live progress. */
  onProgress(jobs: JobReport[]): void;
}

/** A workflow command's annotation (`::error file=…,line=…::message`). */
export interface RunAnnotation {
  level: 'notice' | 'warning' | 'error';
  message: string;
  title?: string;
  file?: string;
  line?: number;
  endLine?: number;
  column?: number;
  endColumn?: number;
}

/** One step, as the run page shows it. */
export interface StepReport {
  name: string;
  /** `null` while the step runs or waits. */
  conclusion: JobConclusion | null;
  /** Standard output and error, secrets masked. */
  log: string;
  startedAt?: Date;
  completedAt?: Date;
}

/** One job (one per matrix combination). */
export interface JobReport {
  /** The key under `jobs:`. */
  id: string;
  /** Display name, matrix values included. */
  name: string;
  status: 'queued' | 'in_progress' | 'completed';
  /** `null` until completed. */
  conclusion: JobConclusion | null;
  steps: StepReport[];
  /** The job summary (`GITHUB_STEP_SUMMARY` of all steps), Markdown. */
  summary: string;
  annotations: RunAnnotation[];
  outputs: Record<string, string>;
  startedAt?: Date;
  completedAt?: Date;
}

/** The end of an attempt. */
export interface RunResult {
  conclusion: RunConclusion;
  jobs: JobReport[];
}

/** A running attempt. */
export interface RunHandle {
  /** Settles once every job ended. It never rejects: what goes wrong is a `failure` with the reason in a step's log. */
  done: Promise<RunResult>;
  /** Asks the jobs to end as a cancelled run does: SIGINT, after 7.5 s SIGTERM, after 2.5 s SIGKILL. */
  cancel(): void;
}

/** Executes attempts. */
export interface WorkflowRunner {
  run(job: RunRequest): RunHandle;
}
