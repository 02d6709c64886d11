import type { Outcome, StepOutcome } from '../model/outcome.ts';
import type { Plan, Step } from '../model/plan.ts';
import type { StepRecord } from '../model/recorder.ts';
import type { Json } from '../model/resource.ts';
import type { Event, Lease } from '../model/state.ts';

/** Whose events, of which plan. */
export interface EventSource {
  plan: Pick<Plan, 'environment' | 'commit' | 'hash' | 'steps'>;
  run: string;
  actor: string;
  clock: () => Date;
  /** When the plan's commit was made. */
  committed?: string | undefined;
  /** What the policy said to it. */
  decision?: Record<string, Json> | undefined;
  /** Makes the ids unique among tries of one run. */
  token: string;
}

/** Longest message in the journal, in characters. */
const MESSAGE_LENGTH = 500;

/** Makes the events of one run, each with an id that no other event has. */
export function runEvents({ plan, run, actor, clock, token, committed, decision }: EventSource) {
  let count = 0;
  const event = (facts: Pick<Event, 'kind' | 'resource' | 'provider' | 'action' | 'message' | 'data'>): Event => ({
    id: `${run}-${token}-${++count}`,
    at: clock().toISOString(),
    environment: plan.environment,
    actor,
    run,
    commit: plan.commit,
    plan: plan.hash,
    ...facts,
  });
  return {
    started: (): Event =>
      event({
        kind: 'apply.started',
        message: `${plan.steps.length} ${plan.steps.length === 1 ? 'step' : 'steps'}`,
        ...(committed || decision ? { data: { ...decision, ...(committed ? { committed } : {}) } } : {}),
      }),
    intended: (next: readonly Step[]): Event[] =>
      next.map(({ resource, provider, action }) => event({ kind: 'step.intended', resource, provider, action })),
    ended: (done: readonly StepRecord[]): Event[] =>
      done.flatMap(({ outcome, imported }) => [
        event(stepFacts(outcome)),
        ...(imported && outcome.result === 'succeeded' ? [event(importFacts(outcome, imported))] : []),
      ]),
    finished: (result: Outcome['result']): Event =>
      event({ kind: 'apply.finished', message: result, data: { result } }),
    takenOver: (lease: Lease, because: string): Event =>
      event({
        kind: 'lease.taken-over',
        message: `from ${lease.run}: ${because}`,
        data: { run: lease.run, actor: lease.actor, acquired: lease.acquired },
      }),
  };
}

function importFacts({ step }: StepOutcome, { id, name }: NonNullable<StepRecord['imported']>) {
  const { resource, provider } = step;
  return { kind: 'resource.imported' as const, resource, provider, message: `${name} (${id})`, data: { id, name } };
}

function stepFacts({ step, result, failure, because, duration, attempts }: StepOutcome) {
  const message = failure?.message ?? because;
  return {
    kind: `step.${result}` as const,
    resource: step.resource,
    provider: step.provider,
    action: step.action,
    ...(message ? { message: message.slice(0, MESSAGE_LENGTH) } : {}),
    ...(result === 'skipped' ? {} : { data: { milliseconds: Math.round(duration), attempts } }),
  };
}
