import { addDeploymentStatus, latestDeployment } from '../github/deployments.ts';
import { tagOf } from '../model/errors.ts';
import type { HealthOutcome } from '../model/health-outcome.ts';
import { checkName } from '../report/check-report.ts';
import { healthReport, healthTitle } from '../report/health-report.ts';
import { postReport } from './publish-plan.ts';
import { reportCounting, type Posted, type Target } from './target.ts';

/**
 * Says on GitHub that health turned: the check run `flotilla / health` on the deployed commit, and the state of the
 * environment's Deployment. Nothing when it did not turn, so that a quiet run costs no request.
 */
export async function tellHealth(outcome: HealthOutcome, target: Target): Promise<Posted> {
  const { opened, closed, open, commit, environment } = outcome;
  const turned = opened.length + closed.length > 0;
  const report = reportCounting((context) => healthReport(outcome, context), target, turned ? 2 : 0);
  if (!turned || commit === null) return { report, posted: false };
  const posted = await postReport(checkName('health', environment), commit, report, target);
  const called = open.some(({ muted }) => muted === undefined);
  try {
    const deployment = await latestDeployment(target.github, target.repository, environment);
    if (deployment !== undefined) {
      const state = called ? 'failure' : 'success';
      const log = target.url ? { logUrl: target.url } : {};
      await addDeploymentStatus(target.github, target.repository, deployment, {
        state,
        description: healthTitle(outcome),
        ...log,
      });
    }
  } catch (error) {
    if (tagOf(error) !== 'credential') throw error; // the check and the issues say it too
  }
  return posted;
}
