import type { Failure } from '../model/errors.ts';
import type { InstanceId } from '../model/graph.ts';
import type { Outcome, StepOutcome } from '../model/outcome.ts';
import { inOrder, type Plan, type Step } from '../model/plan.ts';
import type { StepRecord } from '../model/recorder.ts';
import { publicOutputs, type ApplyInput } from './apply-input.ts';
import { createGrace } from './grace.ts';
import { createStepRunner } from './run-step.ts';

/**
 * Carries a plan out: waves one after the other, the steps of a wave side by side, each account within its limit.
 * A failed step stops only what waits for it; an old place that is kept for a while, not even that. The recorder has
 * already begun with the first wave.
 */
export async function runPlan(input: ApplyInput): Promise<Outcome> {
  const { plan, recorder, clock, signal, onProgress, watch } = input;
  const started = clock.now().getTime();
  const outcomes = new Map<InstanceId, StepOutcome>();
  const runStep = createStepRunner(input);
  let done: StepRecord[] = [];
  let begun = false;
  await begin(input);

  const grace = createGrace(input);
  const order = inOrder(plan.steps);
  for (let free = order.first; free.length > 0;) {
    const wave: Step[] = [];
    const held: Step[] = [];
    const skipped: Step[] = [];
    for (const step of free) {
      const missing = obstacle(step, outcomes, signal);
      if (missing !== undefined) {
        done.push({ outcome: skip(step, missing, outcomes, onProgress) });
        skipped.push(step);
      } else (grace.holds(step) ? held : wave).push(step);
    }
    if (wave.length > 0) {
      if (begun) await recorder.record(done.splice(0), wave);
      begun = true;
      const run = (step: Step) => runStep(step).finally(() => grace.ended(step.id));
      const records = await Promise.all(wave.map(run));
      for (const record of records) outcomes.set(record.outcome.step.id, record.outcome);
      done.push(...records);
    } else if (skipped.length === 0) {
      // Nothing else is left to do meanwhile. What has switched is on record before, for others to see and to go on from.
      if (done.length > 0) await recorder.record(done.splice(0), []);
      await grace.wait(held);
    }
    free = [...held, ...[...wave, ...skipped].flatMap(({ id }) => order.ended(id))];
  }

  const steps = plan.steps.map(({ id }) => outcomes.get(id) as StepOutcome);
  const result = resultOf(
    steps,
    plan.unread.map(({ failure }) => failure),
  );
  const duration = clock.now().getTime() - started;
  const outcome = { ...untouched(plan, result, input.outputs), steps, duration, commits: recorder.commits + 1 };
  try {
    await watch.concluding?.(outcome);
  } finally {
    await recorder.finish(done, result);
  }
  return outcome;
}

/** Tells whoever watches; when that fails nothing has been done yet, and the lease is given back. */
async function begin({ plan, recorder, watch }: ApplyInput): Promise<void> {
  try {
    await watch.started?.(plan, recorder.inherited);
  } catch (error) {
    await recorder.finish([], 'failed');
    throw error;
  }
}

/** The outcome of a plan of which nothing was done. */
export function untouched(plan: Plan, result: Outcome['result'], outputs: ApplyInput['outputs']): Outcome {
  const shown = [...outputs].map(([address, values]) => [address, publicOutputs(address, values)]);
  return { plan, result, steps: [], outputs: Object.fromEntries(shown), duration: 0, commits: 0 };
}

/** Why a step cannot start: what it waits for did not succeed, or the run was interrupted. */
function obstacle(step: Step, outcomes: ReadonlyMap<InstanceId, StepOutcome>, signal: AbortSignal): string | undefined {
  const failed = step.after.find((id) => outcomes.get(id)?.result !== 'succeeded');
  if (failed) return `${failed} ${outcomes.get(failed)?.result ?? 'did not run'}`;
  return signal.aborted ? 'the run was interrupted' : undefined;
}

function skip(
  step: Step,
  because: string,
  outcomes: Map<InstanceId, StepOutcome>,
  onProgress: ApplyInput['onProgress'],
): StepOutcome {
  const outcome: StepOutcome = { step, result: 'skipped', because, duration: 0, attempts: 0 };
  outcomes.set(step.id, outcome);
  onProgress({ kind: 'step', id: step.id, state: 'skipped', message: because });
  return outcome;
}

function resultOf(steps: StepOutcome[], unread: Failure[]): Outcome['result'] {
  if (steps.some(({ result, because }) => result === 'interrupted' || because === 'the run was interrupted'))
    return 'interrupted';
  return unread.length > 0 || steps.some(({ result }) => result !== 'succeeded') ? 'failed' : 'succeeded';
}
