import { ConflictError, failureReport, listChecks, postReport } from '../../src/index.ts';
import { RIGHTS } from '../access.ts';
import { factsOf } from '../log.ts';
import type { EndedTask } from '../task.ts';
import { engineFor } from './engine.ts';
import type { Means } from './means.ts';

const ENDED: Record<EndedTask['conclusion'], string> = {
  failure: 'failed',
  cancelled: 'was cancelled',
  timed_out: 'ran out of time',
  startup_failure: 'could not start',
};

/**
 * A workflow run that ended badly concludes its checks itself; where it could not, or never began, we tell with a check of
 * the same name. GitHub lets nobody but the workflow's own App conclude the one it left.
 */
export async function concludeEnded(task: EndedTask, { access, log, appId, signal }: Means): Promise<void> {
  const { place, commit, url, conclusion } = task;
  const repository = { owner: place.owner, repo: place.repo };
  const github = access.repository(place, RIGHTS.ended, signal);
  const open = await listChecks(github, repository, commit, { status: 'in_progress' });
  const left = new Set(open.map(({ name }) => name).filter((name) => /^flotilla \/ (plan|apply)\b/.test(name)));
  if (left.size === 0 && conclusion === 'startup_failure') left.add('flotilla / apply');
  if (left.size === 0) return;
  const told = new Set((await listChecks(github, repository, commit, { app_id: appId })).map(({ name }) => name));

  const { target } = engineFor(github, place, signal);
  const error = new ConflictError(`the workflow run ${ENDED[conclusion]} before it could tell how it ended`, {
    mend: `see ${url}, then run it again: what was begun is taken up where it was left`,
  });
  for (const name of left) {
    if (told.has(name)) continue;
    const during = name.startsWith('flotilla / plan') ? 'plan' : 'apply';
    const report = failureReport(error, during, { url });
    const ended = conclusion === 'startup_failure' ? 'failure' : conclusion;
    await postReport(name, commit, { ...report, conclusion: ended }, { ...target, url });
    log.info({ ...factsOf(task), check: name }, 'told');
  }
}
