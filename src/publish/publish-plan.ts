import { createCheck } from '../github/checks.ts';
import { tagOf } from '../model/errors.ts';
import type { Plan } from '../model/plan.ts';
import type { Ports } from '../ports.ts';
import { plan } from '../reconcile.ts';
import { checkName, type CheckReport } from '../report/check-report.ts';
import { failureReport, type Occupation } from '../report/failure-report.ts';
import { planReport } from '../report/plan-report.ts';
import type { Request } from '../request.ts';
import { completed, externalId, reportCounting, type Posted, type Target } from './target.ts';

export interface PublishedPlan extends Posted {
  environment: string;
  plan?: Plan;
  /** What stopped it, when there is no plan. */
  error?: unknown;
}

/** Plans and posts the check run `flotilla / plan (<environment>)` on the commit: one request, and one more each further 50 annotations. */
export async function publishPlan(
  request: Request & { commit: string },
  ports: Ports,
  target: Target,
): Promise<PublishedPlan> {
  const { environment, commit } = request;
  try {
    const made = await plan(request, ports);
    // Masked before it becomes Markdown, in which a secret may be spelled differently.
    const shown = ports.vault.maskDeep(made);
    const report = reportCounting((context) => planReport(shown, context), target);
    return { environment, plan: made, ...(await postReport(checkName('plan', environment), commit, report, target)) };
  } catch (error) {
    return { environment, error, ...(await publishFailure(error, 'plan', { commit, environment }, ports, target)) };
  }
}

/** A run that ended without a plan or an outcome still reports: a required check must never stay out. */
export async function publishFailure(
  error: unknown,
  during: Occupation,
  { commit, environment }: { commit: string; environment?: string },
  ports: Ports,
  target: Target,
): Promise<Posted> {
  const hide = ports.vault.maskDeep;
  const report = reportCounting((context) => failureReport(error, during, { ...context, hide }), target);
  const concluded = ports.signal.aborted ? { ...report, conclusion: 'cancelled' as const } : report;
  return postReport(checkName(during, environment), commit, concluded, target);
}

/** Posts a finished check. A token that may not write checks is no failure: the job summary says the same. */
export async function postReport(name: string, commit: string, report: CheckReport, target: Target): Promise<Posted> {
  try {
    const check = { name, headSha: commit, externalId: externalId(target, name), ...completed(report, target) };
    const { url } = await createCheck(target.github, target.repository, check);
    return { report, posted: true, checkUrl: url ?? undefined };
  } catch (error) {
    if (tagOf(error) !== 'credential') throw error;
    return { report, posted: false };
  }
}
