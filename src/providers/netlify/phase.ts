import type { Phase } from '../../model/phase.ts';

/** Netlify's words for a deploy. `ready` means processed: whether it serves is what the site's `published_deploy` says. */
const PHASE: Record<string, Phase> = {
  new: 'queued',
  pending_review: 'queued',
  accepted: 'queued',
  enqueued: 'queued',
  building: 'building',
  uploading: 'releasing',
  uploaded: 'releasing',
  preparing: 'releasing',
  prepared: 'releasing',
  processing: 'releasing',
  processed: 'releasing',
  retrying: 'releasing',
  ready: 'live',
  error: 'failed',
  rejected: 'failed',
};

export function phaseOf(state: string): Phase {
  return PHASE[state] ?? 'unknown';
}
