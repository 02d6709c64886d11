import type { Task } from '../task.ts';
import { planAgain, type Pull } from './check-suite.ts';
import { placeOf, type FromRepository } from './place.ts';

interface CheckRunEvent extends FromRepository {
  action: string;
  check_run: {
    name: string;
    head_sha: string;
    check_suite: { head_branch?: string | null } | null;
    pull_requests: readonly (Pull | null)[] | null;
  };
  requested_action?: { identifier?: string } | undefined;
  sender: { login: string; type?: string };
}

/** "Re-run" of a plan plans again at once; a button, or "Re-run" of an apply, is for those who may write. */
export function onCheckRun(event: CheckRunEvent): Task[] {
  const place = placeOf(event);
  const { name, head_sha: commit, check_suite, pull_requests } = event.check_run;
  const check = /^flotilla \/ (plan|apply)(?: \((.+)\))?$/.exec(name);
  if (!place || !check) return [];
  const branch = check_suite?.head_branch;
  const pulls = pull_requests ?? [];
  if (event.action === 'rerequested' && check[1] === 'plan') return planAgain(place, commit, branch, pulls);

  const action = event.action === 'rerequested' ? check[1] : event.requested_action?.identifier;
  if ((action !== 'plan' && action !== 'apply') || event.sender.type === 'Bot') return [];
  const head = pulls.find((pull) => pull?.head.sha === commit)?.head.ref;
  return [{ kind: 'button', place, action, actor: event.sender.login, commit, environment: check[2], branch: head }];
}
