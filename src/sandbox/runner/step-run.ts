import type { JobState, Scope, StepLog } from './job-state.ts';
import type { RunDefaults, Step } from './step.ts';

/** How a step ended before `continue-on-error` is considered. */
export interface StepEnd {
  outcome: 'success' | 'failure' | 'cancelled';
  outputs: Record<string, string>;
}

/** One step about to run, with all that was worked out for it. */
export interface StepRun {
  state: JobState;
  scope: Scope;
  step: Step;
  /** The step's own `env:`, worked out. */
  env: Record<string, string>;
  defaults: RunDefaults;
  log: StepLog;
  /** Aborted when the step, or one around it, ran out of time. */
  timeout: AbortSignal;
}
