/** What a job carries from step to step. */
import type { JobReport, RunAnnotation, RunRequest, StepReport } from '../github/workflow-runner.ts';
import type { RunnerClock } from './clock.ts';
import type { Contexts, Status } from './expressions.ts';
import type { JobFolders } from './github-context.ts';
import type { Masker } from './masker.ts';
import type { WorkflowJob } from './workflow-file.ts';

/** A line of a log, as it appears. */
export interface LogLine {
  runId: number;
  job: string;
  step: string;
  /** Secrets masked. */
  text: string;
}

/** What `steps.<id>` says. */
export interface StepResult {
  outputs: Record<string, string>;
  outcome: string;
  conclusion: string;
}

/** A job under way. */
export interface JobState {
  request: RunRequest;
  job: WorkflowJob;
  report: JobReport;
  folders: JobFolders;
  /** The job's `GITHUB_TOKEN`, narrowed to its permissions. */
  token: string;
  secrets: Record<string, string>;
  /** `github`, `runner`, `needs`, `vars` and `inputs`: what stays the same through the job. */
  contexts: Contexts;
  /** `PATH`, `HOME`, `LANG` and what the runner's owner adds. */
  baseVariables: Record<string, string>;
  /** `GITHUB_*` and `RUNNER_*`, which a workflow cannot change. */
  defaultVariables: Record<string, string>;
  /** The workflow's and job's `env:` and what steps wrote to `GITHUB_ENV`. */
  env: Record<string, string>;
  /** What steps wrote to `GITHUB_PATH`, the last first. */
  path: string[];
  masker: Masker;
  clock: RunnerClock;
  /** Local folders of actions, by `owner/name`. */
  actions: Readonly<Record<string, string>>;
  cancelled: boolean;
  /** What to do on cancellation: one entry a process under way. */
  onCancel: Set<() => void>;
  progress(): void;
  onLine(line: LogLine): void;
}

/** Where a list of steps runs: the job itself, or one use of a composite action. */
export interface Scope {
  steps: Record<string, StepResult>;
  inputs: Readonly<Record<string, unknown>>;
  /** `env:` of the step that uses the action. */
  env: Readonly<Record<string, string>>;
  /** The composite action, absent for the job itself. */
  action?: { path: string; repository: string; ref: string };
  failed: boolean;
  /** Whether a step was ended by cancellation. */
  stopped: boolean;
  /** Aborted when a step around this one ran out of time. */
  signal: AbortSignal;
}

/** The status functions' answers at this point of a scope. */
export function statusOf(state: JobState, scope: Scope): Status {
  return {
    success: !scope.failed && !state.cancelled,
    failure: scope.failed && !state.cancelled,
    cancelled: state.cancelled,
  };
}

/** Everything an expression of a step may name. */
export function contextsOf(state: JobState, scope: Scope, env: Readonly<Record<string, string>> = {}): Contexts {
  const { action } = scope;
  const status = state.cancelled ? 'cancelled' : scope.failed ? 'failure' : 'success';
  const inAction = { action_path: action?.path, action_repository: action?.repository, action_ref: action?.ref };
  return {
    ...state.contexts,
    ...(action === undefined
      ? { secrets: { ...state.secrets, GITHUB_TOKEN: state.token } }
      : { github: { ...(state.contexts.github as object), ...inAction } }),
    env: { ...state.env, ...scope.env, ...env },
    inputs: scope.inputs,
    job: { status },
    steps: scope.steps,
    strategy: { 'fail-fast': true, 'job-index': 0, 'job-total': 1, 'max-parallel': 1 },
    matrix: null,
  };
}

/** Annotations of one level that a step may make; more are logged but not kept. */
const ANNOTATIONS_A_STEP = 10;

/** The log of one step of the job; the steps of a composite action write to the log of the step that uses it. */
export interface StepLog {
  report: StepReport;
  write(text: string): void;
  annotate(annotation: RunAnnotation): void;
  /** An error line and its annotation. */
  fail(message: string): void;
}

/** A log that masks, counts annotations, and tells the listener. */
export function createStepLog(state: JobState, report: StepReport): StepLog {
  const counts = { error: 0, warning: 0, notice: 0 };
  const log: StepLog = {
    report,
    write(text) {
      const masked = state.masker.mask(text);
      report.log += `${masked}\n`;
      state.onLine({ runId: state.request.runId, job: state.job.id, step: report.name, text: masked });
    },
    annotate(annotation) {
      counts[annotation.level] += 1;
      if (counts[annotation.level] > ANNOTATIONS_A_STEP) return;
      const title = annotation.title === undefined ? {} : { title: state.masker.mask(annotation.title) };
      state.report.annotations.push({ ...annotation, ...title, message: state.masker.mask(annotation.message) });
    },
    fail(message) {
      log.write(`##[error]${message}`);
      log.annotate({ level: 'error', message });
    },
  };
  return log;
}
