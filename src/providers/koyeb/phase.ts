import type { Phase } from '../../model/phase.ts';

/** Koyeb's words for the status of a deployment. One that is not well yet, or not any more, may still get well. */
const PHASE: Record<string, Phase> = {
  PENDING: 'queued',
  SCHEDULED: 'queued',
  STASHED: 'queued',
  PROVISIONING: 'building',
  ALLOCATING: 'releasing',
  STARTING: 'releasing',
  DEGRADED: 'releasing',
  UNHEALTHY: 'releasing',
  HEALTHY: 'live',
  SLEEPING: 'sleeping',
  ERRORING: 'failed',
  ERROR: 'failed',
  CANCELING: 'canceled',
  CANCELED: 'canceled',
  STOPPING: 'superseded',
  STOPPED: 'superseded',
};

/** A word that is not known is `unknown`: keep asking. */
export function phaseOf(status: string): Phase {
  return PHASE[status] ?? 'unknown';
}

const LOST: ReadonlySet<Phase> = new Set(['failed', 'canceled', 'superseded']);

export function isLost(status: string): boolean {
  return LOST.has(phaseOf(status));
}

/** Of a service: on its way out, or gone and still listed. */
export function isLeaving(status: string): boolean {
  return status === 'DELETING' || status === 'DELETED';
}

export function isPaused(status: string): boolean {
  return status === 'PAUSING' || status === 'PAUSED';
}
