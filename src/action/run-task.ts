import {
  EXIT,
  ERROR_TABLE,
  exitOfOutcome,
  exitOfPlan,
  approve,
  authorize,
  beat,
  bringBack,
  failureSummaryPage,
  healthSummaryPage,
  firstGuess,
  locateEnvironments,
  outcomeSummaryPage,
  planSummaryPage,
  publishApply,
  publishHealth,
  publishFailure,
  publishPlan,
  requestsSent,
  statusPages,
  writePages,
  tagOf,
  unlock,
  type Address,
  type Annotation,
  type ExitCode,
  type Located,
  type Situation,
  type Plan,
  type Ports,
  type Posted,
  type Request,
  type Target,
} from '../index.ts';
import type { Task } from './event.ts';
import { previewsOf } from './previews.ts';

/** What a run leaves behind: for the job summary, the step's outputs, its log and its exit code. */
export interface TaskResult {
  exit: ExitCode;
  pages: string[];
  /** Shown by the runner where the check could not be posted. */
  annotations: Annotation[];
  outputs: Record<string, string>;
  plans: Plan[];
  lines: string[];
}

export interface Choices extends Pick<Request, 'allow' | 'redeploy' | 'expected'> {
  /** Where the status page goes. */
  directory: string;
}

/** Does the task in every environment that it is about, one after the other. */
export async function runTask(task: Task, choices: Choices, ports: Ports, target: Target): Promise<TaskResult> {
  const result: TaskResult = {
    exit: EXIT.done,
    pages: [],
    annotations: [],
    outputs: { outcome: 'unchanged', changes: '0' },
    plans: [],
    lines: [],
  };
  let located: Situation | 'unconfigured';
  try {
    located = await locateEnvironments(task.trigger, task.commit, ports);
  } catch (error) {
    const during = task.command === 'plan' || task.command === 'health' ? task.command : 'apply';
    const where = { commit: task.commit, environment: firstGuess(task.trigger) };
    const posted = await publishFailure(error, during, where, ports, target);
    failed(result, error, posted, 'fleet');
    return result;
  }
  if (located === 'unconfigured') {
    result.lines.push('This commit has no flotilla.yml, so there is nothing to do. Write one with: npx flotilla init');
    return result;
  }
  const { environments } = located;
  if (environments.length === 0 && task.command !== 'previews')
    result.lines.push(
      task.trigger.kind === 'watch'
        ? 'Nothing is deployed yet, so there is nothing to watch'
        : 'No environment deploys from this branch: see "environments" in flotilla.yml',
    );
  if (task.command !== 'previews')
    for (const each of environments) await runIn(each, task, choices, ports, target, result);
  // What a pull request's copy holds is as passing as the copy: no guard keeps it.
  const allow: Choices['allow'] = new Map([['delete-protected', 'all']]);
  for (const { environment, intent } of await previewsOf(task, located, ports))
    await runIn({ environment }, { ...task, command: 'apply', intent }, { ...choices, allow }, ports, target, result);
  return result;
}

async function runIn(
  { environment, known }: Located,
  task: Task,
  choices: Choices,
  ports: Ports,
  target: Target,
  result: TaskResult,
): Promise<void> {
  const { commit, basis, intent } = task;
  const { directory, ...allowed } = choices;
  const request = { commit, basis, intent, environment, known, ...allowed };
  result.outputs['environment'] = environment;
  if (task.command === 'unlock') {
    result.lines.push(...(await authorize('unlock', { environment, known, commit }, ports)));
    const { store, clock, run } = ports;
    const lease = await unlock(store, environment, {
      ...run,
      clock: clock.now,
      random: clock.random,
      delay: clock.delay,
    });
    result.lines.push(lease ? `${environment}: ended the lease of ${lease.run}` : `${environment}: there was no lease`);
  } else if (task.command === 'approve') {
    const { expected: plan = '' } = choices;
    const { actor, approvals, count } = await approve(environment, plan, ports);
    result.lines.push(`${environment}: ${actor} approved plan ${plan}: ${approvals.length} of ${count}`);
  } else if (task.command === 'beat') {
    const resource = task.resource as Address;
    const { at } = await beat(environment, resource, ports);
    result.lines.push(`${environment}: ${resource} reported at ${at}`);
  } else if (task.command === 'return') {
    const resource = task.resource as Address;
    result.lines.push(...(await authorize('apply', { environment, known, commit }, ports)));
    const { to } = await bringBack(environment, resource, ports);
    result.lines.push(`${environment}: ${resource} goes back to ${to} with the next health run`);
  } else if (task.command === 'status') {
    const asked = { commit, environment, audience: 'visitors', repositoryUrl: target.repositoryUrl } as const;
    const files = await statusPages(asked, ports);
    await writePages(directory, files);
    result.lines.push(`${environment}: ${files.size} files in ${directory}`);
  } else if (task.command === 'health') {
    const watching = { commit, basis, environment, known, heal: true, every: task.every };
    const published = await publishHealth(watching, ports, target);
    if (!published.outcome) return failed(result, published.error, published, environment);
    // What is wrong with the fleet is told by issues and checks: the run itself has done its job.
    const { report, posted, outcome } = published;
    result.lines.push(`${environment}: ${report.title}`, ...outcome.notes);
    if (!posted) result.annotations.push(...report.annotations);
    Object.assign(result.outputs, {
      outcome: outcome.open.length > 0 ? 'incidents' : 'well',
      incidents: String(outcome.open.length),
    });
    result.pages.push(healthSummaryPage(ports.vault.maskDeep(outcome), requestsOf(target)));
  } else if (task.command === 'plan') {
    const published = await publishPlan(request, ports, target);
    if (!published.plan) return failed(result, published.error, published, environment);
    note(result, published, published.plan, exitOfPlan(published.plan), 'planned');
    result.pages.push(planSummaryPage(ports.vault.maskDeep(published.plan), requestsOf(target)));
  } else {
    const published = await publishApply(request, ports, target);
    if (!published.outcome) return failed(result, published.error, published, environment);
    const { outcome, url } = published;
    note(result, published, outcome.plan, exitOfOutcome(outcome), outcome.result);
    if (url) result.outputs['environment-url'] = url;
    result.pages.push(outcomeSummaryPage(ports.vault.maskDeep(outcome), requestsOf(target)));
  }
}

function note(result: TaskResult, { report, posted }: Posted, plan: Plan, exit: ExitCode, outcome: string): void {
  result.exit = graver(result.exit, exit);
  result.plans.push(plan);
  result.lines.push(`${plan.environment}: ${report.title}`);
  if (!posted) result.annotations.push(...report.annotations);
  const changes = Number(result.outputs['changes']) + plan.steps.length;
  Object.assign(result.outputs, { outcome, changes: String(changes), 'plan-hash': plan.hash });
}

function failed(result: TaskResult, error: unknown, { report, posted }: Posted, environment: string): void {
  result.exit = graver(result.exit, ERROR_TABLE[tagOf(error)].exit);
  result.outputs['outcome'] = 'failed';
  result.pages.push(failureSummaryPage(report, environment));
  result.lines.push(`${environment}: ${report.title}`, ...(error instanceof Error ? [error.message] : []));
  if (!posted) result.annotations.push(...report.annotations);
}

function graver(a: ExitCode, b: ExitCode): ExitCode {
  return a > b ? a : b;
}

function requestsOf({ github, url }: Target) {
  return { requests: requestsSent(github), ...(url ? { url } : {}) };
}
