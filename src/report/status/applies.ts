import type { Action } from '../../model/plan.ts';
import type { Event } from '../../model/state.ts';

/** One apply, as the journal tells it. */
export interface Apply {
  at: string;
  actor: string;
  commit: string | null;
  plan: string | undefined;
  /** Absent while it is not finished. */
  result: string | undefined;
  /** Of the steps that succeeded. */
  actions: Action[];
  failed: number;
}

/** Newest first. */
export function appliesOf(events: readonly Event[]): Apply[] {
  const applies = new Map<string, Apply>();
  for (const { kind, at, run, plan, actor, commit, action, message } of events) {
    const key = `${run} ${plan}`;
    if (kind === 'apply.started')
      applies.set(key, { at, actor, commit, plan, result: undefined, actions: [], failed: 0 });
    const apply = applies.get(key);
    if (!apply) continue;
    if (kind === 'step.succeeded' && action) apply.actions.push(action);
    if (kind === 'step.failed') apply.failed += 1;
    if (kind === 'apply.finished') apply.result = message ?? 'finished';
  }
  return [...applies.values()].toReversed();
}
