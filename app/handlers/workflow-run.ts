import type { EndedTask, Task } from '../task.ts';
import { placeOf, type FromRepository } from './place.ts';

interface WorkflowRunEvent extends FromRepository {
  workflow_run: { path: string; conclusion: string | null; head_sha: string; html_url: string };
}

/** The workflow that `flotilla init` writes, and the only one that the App starts or watches. */
export const WORKFLOW_FILE = 'flotilla.yml';
export const WORKFLOW = `.github/workflows/${WORKFLOW_FILE}`;

const BAD = ['failure', 'cancelled', 'timed_out', 'startup_failure'] as const;

/** A run of the fleet's workflow that ended badly may have left a check without a conclusion. */
export function onWorkflowRun(event: WorkflowRunEvent): Task[] {
  const place = placeOf(event);
  const { path, conclusion, head_sha: commit, html_url: url } = event.workflow_run;
  const bad: EndedTask['conclusion'] | undefined = BAD.find((one) => one === conclusion);
  // GitHub may name the branch behind the path: `<path>@<ref>`.
  if (!place || !bad || path.split('@')[0] !== WORKFLOW) return [];
  return [{ kind: 'ended', place, commit, url, conclusion: bad }];
}
