import type { InstanceState, Lease } from './state.ts';
import type { Address } from './resource.ts';
import type { Outcome, StepOutcome } from './outcome.ts';
import type { Step } from './plan.ts';

/** One finished step with what is to be remembered of it. */
export interface StepRecord {
  outcome: StepOutcome;
  /** The instance as it is now; `null` when it is gone; absent when nothing new is known (the old record stays). */
  instance?: InstanceState | null;
  /** Set when it existed before and was made ours. */
  imported?: { id: string; name: string };
}

/** What the record must know of a resource besides its instances. */
export interface ResourceFacts {
  protect: boolean;
  dependsOn: Address[];
}

/** How apply writes to the record: one commit before the first wave, one after each. Fenced by the lease in the same branch. */
export interface Recorder {
  /**
   * Takes the lease and writes the intents of the first wave in one commit.
   * `held`: another live run has the lease. `moved`: the environment changed since the plan was made, so plan afresh.
   */
  begin(first: Step[]): Promise<'acquired' | 'moved' | { held: Lease }>;
  /** Outcomes of the wave that ended and intents of the one that starts; ConflictError when the lease was lost. */
  record(done: StepRecord[], next: Step[]): Promise<void>;
  /** The last wave's outcomes and the end of the run; gives the lease back. */
  finish(done: StepRecord[], result: Outcome['result']): Promise<void>;
  /** Commits that dead runs, whose lease was taken over, may have left with checks in progress. */
  readonly inherited: readonly string[];
  /** Commits written so far. */
  readonly commits: number;
}
