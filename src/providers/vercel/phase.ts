import type { Phase } from '../../model/phase.ts';

/**
 * Vercel's words for a deployment's `readyState`. READY means built: whether it serves is what the project says that its
 * production domains lead to.
 */
const PHASE: Record<string, Phase> = {
  QUEUED: 'queued',
  INITIALIZING: 'queued',
  BUILDING: 'building',
  READY: 'live',
  ERROR: 'failed',
  CANCELED: 'canceled',
  DELETED: 'removed',
};

export function phaseOf(state: string): Phase {
  return PHASE[state] ?? 'unknown';
}

export function isLost(state: string): boolean {
  return ['failed', 'canceled', 'removed'].includes(phaseOf(state));
}
