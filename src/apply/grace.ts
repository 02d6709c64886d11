import type { InstanceId } from '../model/graph.ts';
import type { Step } from '../model/plan.ts';
import { isSecretAddress } from '../model/renewal.ts';
import { inSeconds } from '../model/words.ts';
import { pause } from '../provider-kit/pause.ts';
import type { ApplyInput } from './apply-input.ts';

/** Keeps the old places of what moved for as long as the plan says, counted from the last success that each waits for. */
export function createGrace({ clock, signal, onProgress }: Pick<ApplyInput, 'clock' | 'signal' | 'onProgress'>) {
  /** When each step ended, in milliseconds. */
  const ends = new Map<InstanceId, number>();
  /** Steps that were waited for: the clock is not asked again. */
  const over = new Set<InstanceId>();
  const end = ({ after, graceSeconds = 0 }: Step): number =>
    graceSeconds * 1000 + Math.max(0, ...after.map((id) => ends.get(id) ?? 0));

  return {
    ended(id: InstanceId): void {
      ends.set(id, clock.now().getTime());
    },

    /** Whether the step has to wait yet. */
    holds(step: Step): boolean {
      return step.graceSeconds !== undefined && !over.has(step.id) && end(step) > clock.now().getTime();
    },

    /**
     * Waits for the first of them, and for those that are kept as long: they go together, in one wave of the record.
     * Ends early when the run is interrupted.
     */
    async wait(held: readonly Step[]): Promise<void> {
      const next = held.toSorted((a, b) => end(a) - end(b))[0];
      const together = held.filter(({ graceSeconds }) => graceSeconds === next?.graceSeconds);
      const until = Math.max(...together.map(end));
      onProgress({ kind: 'stage', stage: 'wait', message: told(together) });
      try {
        await pause(until - clock.now().getTime(), { delay: clock.delay, signal });
        for (const { id } of together) over.add(id);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}

function told(steps: readonly Step[]): string {
  const [{ resource, provider, graceSeconds = 0 }] = steps as [Step];
  const span = inSeconds(graceSeconds);
  if (steps.every((step) => isSecretAddress(step.resource)))
    return `keeping ${steps.map((step) => `${step.provider} of ${step.resource}`).join(', ')} for ${span}, for what may still be using it`;
  return steps.length === 1
    ? `keeping the old ${resource} at ${provider} for ${span}, so that nobody who still has its address loses it`
    : `keeping ${steps.length} old places for ${span}, so that nobody who still has an address of theirs loses it`;
}
