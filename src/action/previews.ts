import { isExpired, isPreview, previewOf, status, type Intent, type Ports, type Situation } from '../index.ts';
import type { Task } from './event.ts';

/** A preview, a pull request's copy of the fleet, with what is to become of it. */
export interface Preview {
  environment: string;
  intent: Intent;
}

/** The previews that a task is about. One that was never deployed is not removed. */
export async function previewsOf(task: Task, { rules, recorded }: Situation, ports: Ports): Promise<Preview[]> {
  const own = previewOf(rules, task.trigger);
  switch (task.previews) {
    case 'deploy':
      return own ? [{ environment: own, intent: { kind: 'converge' } }] : [];
    case 'remove':
      return own && recorded.includes(own) ? [{ environment: own, intent: { kind: 'destroy' } }] : [];
    case 'expire': {
      const previews = recorded.filter((environment) => isPreview(rules, environment));
      const states = await Promise.all(previews.map((environment) => status(environment, ports)));
      const expired = previews.filter((environment, index) => {
        const state = states[index];
        const here = state && state.resources.size > 0;
        return here && isExpired(rules, environment, state.environment?.applied ?? null, ports.clock.now());
      });
      return expired.map((environment) => ({ environment, intent: { kind: 'destroy' } }));
    }
    default:
      return [];
  }
}
