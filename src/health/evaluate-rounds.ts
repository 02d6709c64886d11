import type { Round } from '../model/health.ts';
import { evaluate, type Evaluation, type EvaluationInput, type Turn } from './evaluate.ts';

/**
 * What is known after several rounds of which only the last is recorded now: each is one more run, in their order. Those
 * that the record is not older than are in it already.
 */
export function evaluateRounds({
  earlier = [],
  ...last
}: EvaluationInput & { earlier?: readonly Round[] | undefined }): Evaluation {
  const { confirmedBy: _, ...plain } = last;
  const steps: Evaluation[] = [];
  let { before } = last;
  for (const { at, samples } of earlier) {
    if (last.before !== undefined && at <= last.before.checked) continue;
    const step = evaluate({ ...plain, before, samples, now: at });
    steps.push(step);
    before = step.health;
  }
  const result = evaluate({ ...last, before });
  if (steps.length === 0) return result;
  const { missing } = steps[0] as Evaluation;
  steps.push(result);
  const { missing: __, ...rest } = result;
  return {
    ...rest,
    turned: together(steps),
    failed: steps.flatMap(({ failed }) => failed),
    ...(missing ? { missing } : {}),
  };
}

/** From where each instance was first to where it is now; nothing of those that are back where they were. */
function together(steps: readonly Evaluation[]): Turn[] {
  const turns = new Map<Turn['instance'], Turn>();
  for (const { turned } of steps)
    for (const turn of turned) turns.set(turn.instance, { ...turn, from: turns.get(turn.instance)?.from ?? turn.from });
  return [...turns.values()].filter(({ from, to }) => from !== to);
}
