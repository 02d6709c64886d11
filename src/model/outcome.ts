import type { Failure } from './errors.ts';
import type { Plan, Step } from './plan.ts';

/** What became of one step. */
export interface StepOutcome {
  step: Step;
  result: 'succeeded' | 'failed' | 'skipped' | 'interrupted';
  /** Non-secret outputs after success. */
  outputs?: Record<string, string>;
  failure?: Failure;
  /** For skipped: why, e.g. `service/api@fly failed`, which it waited for in vain. */
  because?: string;
  /** Milliseconds. */
  duration: number;
  attempts: number;
}

/** What became of a plan. `unchanged`: there was nothing to do; `blocked`: a guard stands in the way. */
export interface Outcome {
  plan: Plan;
  result: 'unchanged' | 'succeeded' | 'failed' | 'blocked' | 'interrupted';
  steps: StepOutcome[];
  /** All known non-secret outputs of the environment, by address, after the run. */
  outputs: Record<string, Record<string, string>>;
  /** Milliseconds. */
  duration: number;
  /** State commits written. */
  commits: number;
}

/** Progress of a run, for terminals and logs. */
export type Progress =
  | { kind: 'stage'; stage: 'read' | 'observe' | 'plan' | 'wait' | 'apply'; message: string }
  | {
      kind: 'step';
      id: string;
      state: 'started' | 'progress' | 'succeeded' | 'failed' | 'skipped' | 'interrupted';
      message: string;
    };
export type OnProgress = (progress: Progress) => void;
