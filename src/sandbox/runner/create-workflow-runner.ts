/**
 * A workflow runner on this machine: the jobs of a run as real child processes, as a GitHub runner runs them.
 */
import type { JobReport, RunConclusion, RunRequest, RunResult, WorkflowRunner } from '../github/workflow-runner.ts';
import { systemClock } from './clock.ts';
import { type Contexts, condition, evaluate, interpolate, type Status } from './expressions.ts';
import { githubContext } from './github-context.ts';
import { type Machine, runJob } from './run-job.ts';
import { readWorkflow, type Workflow, type WorkflowJob } from './workflow-file.ts';

/** `actions` maps `owner/name` to the folder its `uses:` runs from; the rest has defaults. */
export type RunnerOptions = Pick<Machine, 'actions'> & Partial<Machine>;

/** A runner whose jobs start as soon as the jobs they need have ended. */
export function createWorkflowRunner(options: RunnerOptions): WorkflowRunner {
  const machine: Machine = { nodePath: process.execPath, env: {}, clock: systemClock, onLine: () => {}, ...options };
  return {
    run(request) {
      const cancel = new AbortController();
      const done = runWorkflow(machine, request, cancel.signal).catch((error: unknown) =>
        refused(machine, request, error),
      );
      return { done, cancel: () => cancel.abort() };
    },
  };
}

async function runWorkflow(machine: Machine, request: RunRequest, cancelled: AbortSignal): Promise<RunResult> {
  const workflow = readWorkflow(request.workflowText, request.workflowPath);
  const jobs = workflow.jobs.map((job) => queued(job.id, job.name ?? job.id));
  const progress = (): void => request.onProgress(jobs);
  const ended = new Map<string, Promise<Ended>>();
  const start = (job: WorkflowJob): Promise<Ended> => {
    const known = ended.get(job.id);
    if (known !== undefined) return known;
    const report = jobs[workflow.jobs.indexOf(job)]!;
    const needed = job.needs.map((id) => start(workflow.jobs.find((other) => other.id === id)!));
    const end = runWhenNeeded({ machine, request, workflow, job, report, cancelled, progress }, needed);
    ended.set(job.id, end);
    return end;
  };
  progress();
  const results = (await Promise.all(workflow.jobs.map(start))).map(({ result }) => result);
  const conclusion = ((): RunConclusion => {
    if (cancelled.aborted && results.includes('cancelled')) return 'cancelled';
    if (results.includes('failure')) return 'failure';
    return results.includes('cancelled') ? 'cancelled' : 'success';
  })();
  return { conclusion, jobs };
}

/** A job's end as those see it who need it. */
interface Ended {
  id: string;
  /** `success` also for a job that failed with `continue-on-error`. */
  result: NonNullable<JobReport['conclusion']>;
  outputs: Record<string, string>;
  /** Whether it, or a job it needed, failed. */
  failed: boolean;
}

interface QueuedJob {
  machine: Machine;
  request: RunRequest;
  workflow: Workflow;
  job: WorkflowJob;
  report: JobReport;
  cancelled: AbortSignal;
  progress(): void;
}

async function runWhenNeeded(queuedJob: QueuedJob, needed: readonly Promise<Ended>[]): Promise<Ended> {
  const { machine, request, job, report, cancelled } = queuedJob;
  const needs = await Promise.all(needed);
  const failed = needs.some((need) => need.failed);
  const contexts: Contexts = {
    github: githubContext(request, job.id, request.token),
    needs: Object.fromEntries(needs.map(({ id, result, outputs }) => [id, { result, outputs }])),
    vars: request.variables,
    inputs: request.inputs,
  };
  const status = (): Status => ({
    success: !cancelled.aborted && needs.every((need) => need.result === 'success'),
    failure: !cancelled.aborted && failed,
    cancelled: cancelled.aborted,
  });
  const end = (): Ended => {
    const result = report.conclusion ?? 'failure';
    return {
      id: job.id,
      result: result === 'failure' && goesOn(job, contexts) ? 'success' : result,
      outputs: report.outputs,
      failed: failed || result === 'failure',
    };
  };
  try {
    report.name = interpolate(job.name ?? job.id, contexts);
    if (!condition(job.if, contexts, status())) {
      finish(queuedJob, cancelled.aborted ? 'cancelled' : 'skipped');
      return end();
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    report.steps = [{ name: 'Set up job', conclusion: 'failure', log: `##[error]${message}\n` }];
    report.annotations.push({ level: 'error', message });
    finish(queuedJob, 'failure');
    return end();
  }
  const stop = new AbortController();
  // A cancelled run asks each job's `if:` again: one that is to run always goes on.
  const reconsider = (): void => {
    if (!condition(job.if, contexts, status())) stop.abort();
  };
  cancelled.addEventListener('abort', reconsider, { once: true });
  await runJob({ ...queuedJob, contexts, machine, signal: stop.signal });
  cancelled.removeEventListener('abort', reconsider);
  return end();
}

function finish({ report, machine, progress }: QueuedJob, conclusion: JobReport['conclusion']): void {
  Object.assign(report, { status: 'completed', conclusion, completedAt: machine.clock.now() });
  progress();
}

function goesOn(job: WorkflowJob, contexts: Contexts): boolean {
  return job.continueOnError !== undefined && String(evaluate(job.continueOnError, contexts)) === 'true';
}

function queued(id: string, name: string): JobReport {
  return { id, name, status: 'queued', conclusion: null, steps: [], summary: '', annotations: [], outputs: {} };
}

/** A file that cannot be run, or a machine that cannot run it: one failed job that says why. */
function refused(machine: Machine, request: RunRequest, error: unknown): RunResult {
  const message = error instanceof Error ? error.message : String(error);
  const job: JobReport = {
    ...queued('workflow', request.workflowName),
    status: 'completed',
    conclusion: 'failure',
    steps: [{ name: 'Read workflow', conclusion: 'failure', log: `##[error]${message}\n` }],
    annotations: [{ level: 'error', message, file: request.workflowPath }],
    completedAt: machine.clock.now(),
  };
  request.onProgress([job]);
  return { conclusion: 'failure', jobs: [job] };
}
