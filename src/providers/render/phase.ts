import type { Phase } from '../../model/phase.ts';

/** Render's words for the status of a deploy. */
const PHASE: Record<string, Phase> = {
  created: 'queued',
  queued: 'queued',
  build_in_progress: 'building',
  pre_deploy_in_progress: 'releasing',
  update_in_progress: 'releasing',
  live: 'live',
  deactivated: 'superseded',
  build_failed: 'failed',
  update_failed: 'failed',
  pre_deploy_failed: 'failed',
  canceled: 'canceled',
};

/** A word that is not known, or none yet, is `unknown`: keep asking. */
export function phaseOf(status: string | undefined): Phase {
  return PHASE[status ?? ''] ?? 'unknown';
}

const ENDED: ReadonlySet<Phase> = new Set(['live', 'superseded', 'failed', 'canceled']);

export function isUnderWay(status: string | undefined): boolean {
  return !ENDED.has(phaseOf(status));
}

/** Ended without being live, or replaced since. */
export function isLost(status: string | undefined): boolean {
  return !isUnderWay(status) && phaseOf(status) !== 'live';
}
