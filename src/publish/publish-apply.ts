import { concludeDangling, createCheck, updateCheck, type NewCheck } from '../github/checks.ts';
import { addDeploymentStatus, createDeployment, latestDeployment } from '../github/deployments.ts';
import { failureOf, tagOf } from '../model/errors.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Plan } from '../model/plan.ts';
import type { Ports } from '../ports.ts';
import { apply } from '../reconcile.ts';
import { checkName } from '../report/check-report.ts';
import { failureReport } from '../report/failure-report.ts';
import { outcomeReport } from '../report/outcome-report.ts';
import type { Request } from '../request.ts';
import { environmentUrl } from './environment-url.ts';
import { publishFailure, postReport } from './publish-plan.ts';
import { completed, externalId, reportCounting, type Posted, type Target } from './target.ts';
import { DEFAULT_ENVIRONMENT } from '../model/config.ts';
import { planTitle } from '../report/plan-words.ts';

export interface PublishedApply extends Posted {
  environment: string;
  outcome?: Outcome;
  error?: unknown;
  url?: string;
}

/**
 * Applies and tells GitHub: the check run `flotilla / apply` and a Deployment, both opened only when there is something to
 * do and both concluded whatever happens. When nothing changes it is one finished check.
 */
export async function publishApply(
  request: Request & { commit: string },
  ports: Ports,
  target: Target,
): Promise<PublishedApply> {
  const { environment, commit } = request;
  const name = checkName('apply', environment);
  let opened: Opened | undefined;
  let told: Pick<PublishedApply, 'report' | 'url'> | undefined;
  const tell = (outcome: Outcome, others = 0) => {
    const shown = ports.vault.maskDeep(outcome);
    const report = reportCounting((context) => outcomeReport(shown, context), target, others);
    const url = environmentUrl(shown);
    return (told = { report, ...(url ? { url } : {}) });
  };
  try {
    const outcome = await apply(request, ports, {
      approve: async () => true, // by the push, the dispatch or the comment that set this off
      async started(plan, inherited) {
        opened = await open(name, plan, commit, request, target);
        for (const left of inherited) await concludeLeft(left, target);
      },
      async concluding(outcome) {
        // After the check come the Deployment's status and the commit that ends the apply.
        const { report, url } = tell(outcome, 1 + (opened?.others ?? 0));
        await opened?.conclude(report, outcome.result === 'succeeded' ? 'success' : 'failure', report.title, url);
      },
    });
    if (opened && told) return { environment, outcome, ...told, posted: opened.posted, checkUrl: opened.checkUrl };
    const { report, ...more } = tell(outcome);
    return { environment, outcome, ...more, ...(await postReport(name, commit, report, target)) };
  } catch (error) {
    if (!opened)
      return { environment, error, ...(await publishFailure(error, 'apply', { commit, environment }, ports, target)) };
    const hide = ports.vault.maskDeep;
    const report = reportCounting(
      (context) => failureReport(error, 'apply', { ...context, hide }),
      target,
      opened.others,
    );
    await opened.conclude(report, 'error', hide(failureOf(error).message));
    return { environment, error, report, posted: opened.posted, checkUrl: opened.checkUrl };
  }
}

/** Checks of runs that died before they could conclude them. */
async function concludeLeft(commit: string, { github, repository, run }: Target): Promise<void> {
  const isLeft = (externalId: string) => externalId.startsWith('github:') && !externalId.startsWith(`${run} `);
  const output = { title: 'The run ended without a word', summary: 'A later run took over and applied what was left.' };
  await unlessForbidden(concludeDangling(github, repository, commit, isLeft, output));
}

interface Opened {
  posted: boolean;
  checkUrl: string | undefined;
  /** Requests that concluding takes besides those for the check. */
  others: number;
  conclude(
    report: Posted['report'],
    state: 'success' | 'failure' | 'error',
    description: string,
    url?: string,
  ): Promise<void>;
}

/** The check in progress and the Deployment. Without the right to write one of them the run goes on without it. */
async function open(
  name: string,
  plan: Plan,
  commit: string,
  { intent, environment }: Request,
  target: Target,
): Promise<Opened> {
  const { github, repository, run, url: page } = target;
  const started: NewCheck = {
    name,
    headSha: commit,
    externalId: externalId(target, name),
    status: 'in_progress',
    output: { title: planTitle(plan), summary: 'The apply is running.' },
    ...(page ? { detailsUrl: page } : {}),
  };
  const check = await unlessForbidden(createCheck(github, repository, started));
  const facts = {
    sha: commit,
    environment,
    run,
    description: planTitle(plan),
    production: environment === DEFAULT_ENVIRONMENT,
    transient: /-\d+$/.test(environment),
  };
  // Destroying ends the deployment that is there; everything else makes one.
  const ends = intent.kind === 'destroy';
  const deployment = await unlessForbidden(
    ends ? latestDeployment(github, repository, environment) : createDeployment(github, repository, facts),
  );
  const log = page ? { logUrl: page } : {};
  if (deployment !== undefined && !ends)
    await addDeploymentStatus(github, repository, deployment, {
      state: 'in_progress',
      description: facts.description,
      ...log,
    });
  return {
    posted: check !== undefined,
    checkUrl: check?.url ?? undefined,
    others: deployment === undefined ? 0 : 1,
    async conclude(report, state, description, environmentUrl) {
      if (check !== undefined) await updateCheck(github, repository, check.id, completed(report, target));
      if (deployment === undefined) return;
      if (ends && state !== 'success') return;
      const links = { ...(environmentUrl && !ends ? { environmentUrl } : {}), ...log };
      const told = { state: ends ? 'inactive' : state, description, ...links } as const;
      await addDeploymentStatus(github, repository, deployment, told);
    },
  };
}

async function unlessForbidden<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (tagOf(error) !== 'credential') throw error;
    return undefined;
  }
}
