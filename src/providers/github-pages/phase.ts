import type { Phase } from '../../model/phase.ts';

/** GitHub's words for a build of a branch. One that was only asked for has none yet. */
const PHASE: Record<string, Phase> = {
  queued: 'queued',
  building: 'building',
  built: 'live',
  errored: 'failed',
};

export function phaseOf(status: string | null): Phase {
  return status === null ? 'queued' : (PHASE[status] ?? 'unknown');
}
