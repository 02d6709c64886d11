import type { Phase } from '../model/phase.ts';
import type { Step } from '../model/plan.ts';
import { inSeconds } from '../model/words.ts';
import type { Kind } from '../model/resource.ts';
import type { PlanInput } from './plan-input.ts';

/** Seconds that the old place goes on where the config does not say. */
const GRACE = 30;

/** What others ask by an address that they may keep for a while. */
const ASKED: ReadonlySet<Kind> = new Set(['service', 'site']);

/** What is in one of these serves nobody. */
const DOWN: ReadonlySet<Phase> = new Set(['failed', 'canceled', 'superseded', 'removed']);

/**
 * The old place of what moved goes on for a while after this plan's last switch to the new one: DNS and open pages still
 * lead to it. Where it serves nobody, or an earlier run switched already, there is nothing to wait for.
 */
export function withGrace(
  steps: Step[],
  { graph, observation, recorded }: Pick<PlanInput, 'graph' | 'observation' | 'recorded'>,
): Step[] {
  if (!steps.some(({ action, after }) => action === 'delete' && after.length > 0)) return steps;
  const resources = new Map(graph.resources.map((resource) => [resource.address, resource]));
  const switching = new Set(steps.filter(({ action }) => action !== 'delete').map(({ id }) => id));
  const isDown = (phase: Phase, { id }: Step) => DOWN.has(phase) || recorded.health?.instances[id]?.status === 'down';
  return steps.map((step) => {
    const resource = resources.get(step.resource);
    if (step.action !== 'delete' || !resource || !ASKED.has(resource.kind)) return step;
    const observed = observation.instances.get(step.id);
    const { graceSeconds = GRACE } = resource.place;
    if (graceSeconds === 0 || !observed || isDown(observed.phase, step) || !step.after.some((id) => switching.has(id)))
      return step;
    const because = `${step.because}; kept for ${inSeconds(graceSeconds)} more, for those who have its address`;
    return { ...step, because, graceSeconds };
  });
}
