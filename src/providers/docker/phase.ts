import type { Phase } from '../../model/phase.ts';
import type { Inspected } from './engine-shapes.ts';

/** Words of `State.Status`. One that is not here is `unknown`: keep asking. */
const PHASE: Record<string, Phase> = {
  created: 'queued',
  running: 'live',
  // Nothing wakes it by itself, so it does not count as sleeping.
  paused: 'canceled',
  removing: 'removed',
  exited: 'failed',
  dead: 'failed',
};

/** Words of `State.Health.Status` that a running container may have; without a check it is empty or `none`. */
const HEALTH: Record<string, Phase> = {
  '': 'live',
  none: 'live',
  healthy: 'live',
  starting: 'releasing',
  unhealthy: 'failed',
};

/** So many restarts are a loop and no hiccup. */
const LOOP = 3;

export function phaseOf({ State, RestartCount }: Pick<Inspected, 'State' | 'RestartCount'>): Phase {
  if (State.Status === 'restarting') return RestartCount >= LOOP ? 'failed' : 'releasing';
  const phase = PHASE[State.Status] ?? 'unknown';
  return phase === 'live' ? (HEALTH[State.Health?.Status ?? ''] ?? 'unknown') : phase;
}

const STOPPED: ReadonlySet<Phase> = new Set(['queued', 'failed', 'canceled', 'removed']);

/** Whether there is something to lose: a word that is not known may stand for anything. */
export function mayServe(container: Pick<Inspected, 'State' | 'RestartCount'>): boolean {
  return !STOPPED.has(phaseOf(container));
}
