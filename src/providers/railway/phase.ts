import type { Phase } from '../../model/phase.ts';

/** Railway's `DeploymentStatus`. A word that is not here is `unknown`: keep asking. */
const PHASE: Record<string, Phase> = {
  QUEUED: 'queued',
  WAITING: 'queued',
  NEEDS_APPROVAL: 'queued',
  INITIALIZING: 'queued',
  BUILDING: 'building',
  DEPLOYING: 'releasing',
  SUCCESS: 'live',
  SLEEPING: 'sleeping',
  FAILED: 'failed',
  CRASHED: 'failed',
  SKIPPED: 'canceled',
  REMOVING: 'superseded',
  REMOVED: 'superseded',
};

export function phaseOf({ status }: { status: string }): Phase {
  return Object.hasOwn(PHASE, status) ? PHASE[status]! : 'unknown';
}

/** Whether a deployment answers requests. */
export function serves(deployment: { status: string }): boolean {
  return ['live', 'sleeping'].includes(phaseOf(deployment));
}

/** Whether nothing comes of a deployment any more. */
export function isLost(deployment: { status: string }): boolean {
  return ['failed', 'canceled', 'superseded'].includes(phaseOf(deployment));
}
