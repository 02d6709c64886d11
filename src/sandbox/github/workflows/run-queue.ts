import type { Repository, WorkflowRun } from '../state.ts';

/** Runs a `queue: max` group keeps waiting. */
const longest = 100;

/** What is to be done about a run that came to its concurrency group. */
export interface QueueDecision {
  /** It may start at once. */
  start: boolean;
  /** These give way. */
  cancel: WorkflowRun[];
}

/**
 * Concurrency groups: one runs, the others of its group wait. By default one waits and a newer one takes its place;
 * `queue: max` keeps them all in order; `cancel-in-progress` makes way for the newest.
 */
export class RunQueue {
  readonly #groups = new Map<string, WorkflowRun[]>();

  enter(repository: Repository, run: WorkflowRun): QueueDecision {
    const key = keyOf(repository, run);
    if (key === undefined) return { start: true, cancel: [] };
    const group = this.#groups.get(key) ?? [];
    this.#groups.set(key, group);
    const [running, ...waiting] = group;
    group.push(run);
    if (!running) return { start: true, cancel: [] };
    if (run.concurrency?.cancelInProgress) return { start: false, cancel: [running, ...waiting] };
    if (run.concurrency?.queue === 'max') return { start: false, cancel: waiting.length >= longest ? [run] : [] };
    return { start: false, cancel: waiting };
  }

  /** Takes an ended run out; gives the one whose turn it is now. */
  leave(repository: Repository, run: WorkflowRun): WorkflowRun | undefined {
    const key = keyOf(repository, run);
    const group = key === undefined ? undefined : this.#groups.get(key);
    if (key === undefined || !group) return undefined;
    const wasFirst = group[0] === run;
    const at = group.indexOf(run);
    if (at >= 0) group.splice(at, 1);
    if (group.length === 0) this.#groups.delete(key);
    return wasFirst ? group[0] : undefined;
  }
}

/** Group names know no case. */
const keyOf = (repository: Repository, { concurrency }: WorkflowRun): string | undefined =>
  concurrency ? `${repository.id} ${concurrency.group.toLowerCase()}` : undefined;
