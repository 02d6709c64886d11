import type { Task } from '../task.ts';
import { placeOf, type FromRepository } from './place.ts';

interface PullRequestEvent extends FromRepository {
  action: string;
  number: number;
  pull_request: { head: { sha: string }; base: { ref: string } };
  /** Of `edited`: what was changed. */
  changes?: { base?: unknown };
}

/** Opened, pushed to, reopened or given another base: its plan check is due. A fork's is planned as any other, from its files as data. */
export function onPullRequest(event: PullRequestEvent): Task[] {
  const place = placeOf(event);
  if (!place || (event.action === 'edited' && !event.changes?.base)) return [];
  const { head, base } = event.pull_request;
  return [{ kind: 'plan', place, pull: event.number, base: base.ref, commit: head.sha }];
}
