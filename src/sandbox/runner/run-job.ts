/** Carries out one job: its folders, its environment, its steps, its outputs. */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import type { JobReport, RunRequest } from '../github/workflow-runner.ts';
import type { RunnerClock } from './clock.ts';
import { type Contexts, evaluate, interpolate, interpolateAll } from './expressions.ts';
import { defaultVariables, githubContext, type JobFolders, runnerContext } from './github-context.ts';
import { contextsOf, createStepLog, type JobState, type LogLine, type Scope } from './job-state.ts';
import { createMasker } from './masker.ts';
import { killOrphans, TRACKING_VARIABLE } from './orphans.ts';
import { runSteps, stepName } from './run-steps.ts';
import type { RunDefaults } from './step.ts';
import { resolveUses } from './uses.ts';
import type { Workflow, WorkflowJob } from './workflow-file.ts';

/** The machine a job runs on. */
export interface Machine {
  actions: Readonly<Record<string, string>>;
  /** The `node` that steps find first on `PATH`. */
  nodePath: string;
  /** A home that outlives the job, as on a self-hosted runner; absent means one of the job's own. */
  home?: string;
  /** Variables for every step, as a self-hosted runner's `.env` file gives them; `PATH` is where git and npm are found. */
  env: Readonly<Record<string, string>>;
  clock: RunnerClock;
  onLine(line: LogLine): void;
}

/** A job to run: what the run knows when its turn has come. */
export interface JobRun {
  machine: Machine;
  request: RunRequest;
  workflow: Workflow;
  job: WorkflowJob;
  report: JobReport;
  /** `github`, `needs`, `vars` and `inputs` as the job's `if:` saw them. */
  contexts: Contexts;
  /** Aborted when the run is cancelled and this job's `if:` does not hold on. */
  signal: AbortSignal;
  progress(): void;
}

/** The job's own steps are not inside a step that could run out of time. */
const NEVER = new AbortController().signal;
/** Where programs are when the runner's owner says nothing. */
const STANDARD_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin:/opt/homebrew/bin';
const MINUTE = 60_000;
const DEFAULT_TIMEOUT_MINUTES = 360;

/** Runs the job to its end and fills its report in. Rejects only when the machine gives it no folder. */
export async function runJob(run: JobRun): Promise<void> {
  const { machine, request, job, report, progress } = run;
  const root = await mkdtemp(join(tmpdir(), 'flotilla-runner-'));
  const trackingId = `github_${randomUUID()}`;
  report.status = 'in_progress';
  report.startedAt = machine.clock.now();
  report.steps = [{ name: 'Set up job', conclusion: null, log: '', startedAt: report.startedAt }];
  const setUp = report.steps[0]!;
  progress();
  try {
    const state = await prepare(run, await makeFolders(root, run), trackingId);
    const log = createStepLog(state, setUp);
    log.write(`Runner name: 'flotilla-sandbox'`);
    log.write(`Workflow: ${request.workflowPath} at ${request.workflowSha}, attempt ${request.runAttempt}`);
    const scope: Scope = { steps: {}, inputs: request.inputs, env: {}, failed: false, stopped: false, signal: NEVER };
    try {
      state.env = interpolateAll(run.workflow.env, contextsOf(state, scope));
      state.env = { ...state.env, ...interpolateAll(job.env, contextsOf(state, scope)) };
      for (const { uses } of job.steps) {
        if (uses !== undefined) resolveUses(uses, machine.actions, state.folders.workspace);
      }
      setUp.conclusion = 'success';
    } catch (error) {
      log.fail(error instanceof Error ? error.message : String(error));
      setUp.conclusion = 'failure';
      scope.failed = true;
    }
    setUp.completedAt = machine.clock.now();
    report.steps.push(...job.steps.map((step) => ({ name: stepName(step), conclusion: null, log: '' })));
    if (!scope.failed) await runAll(run, state, scope);
    else for (const step of report.steps.slice(1)) step.conclusion = 'skipped';
    report.conclusion = state.cancelled ? 'cancelled' : scope.failed ? 'failure' : 'success';
  } catch (error) {
    setUp.log += `##[error]${error instanceof Error ? error.message : String(error)}\n`;
    setUp.conclusion = 'failure';
    report.conclusion = 'failure';
  } finally {
    await killOrphans(trackingId);
    // What outlives the job may still write there: then its files stay, and the job has ended all the same.
    await rm(root, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
    report.status = 'completed';
    report.completedAt = machine.clock.now();
    progress();
  }
}

async function runAll(run: JobRun, state: JobState, scope: Scope): Promise<void> {
  const { job, report, workflow } = run;
  const defaults: RunDefaults = { ...workflow.defaults, ...job.defaults };
  const cancel = (): void => {
    state.cancelled = true;
    for (const reconsider of state.onCancel) reconsider();
  };
  const minutes = Number(evaluate(job.timeoutMinutes ?? String(DEFAULT_TIMEOUT_MINUTES), contextsOf(state, scope)));
  const callOff = state.clock.after(minutes * MINUTE, () => {
    const message = `The job has exceeded the maximum execution time of ${minutes} minutes`;
    report.annotations.push({ level: 'error', message });
    cancel();
  });
  if (run.signal.aborted) cancel();
  run.signal.addEventListener('abort', cancel, { once: true });
  try {
    await runSteps(state, scope, job.steps, defaults, (_, index) => createStepLog(state, report.steps[index + 1]!));
    for (const [name, text] of Object.entries(job.outputs)) {
      const value = interpolate(text, contextsOf(state, scope));
      if (!state.masker.hides(value)) report.outputs[name] = value;
      else report.steps[0]!.log += `##[warning]Skip output '${name}' since it may contain a secret\n`;
    }
  } finally {
    callOff();
    run.signal.removeEventListener('abort', cancel);
  }
}

async function makeFolders(root: string, { machine, request }: JobRun): Promise<JobFolders> {
  const repo = request.repository.fullName.split('/')[1] ?? 'repository';
  const folders: JobFolders = {
    root,
    home: machine.home ?? join(root, 'home'),
    workspace: join(root, '_work', repo, repo),
    temp: join(root, '_work', '_temp'),
    tools: join(root, '_work', '_tool'),
    eventPath: join(root, '_work', '_temp', '_github_workflow', 'event.json'),
  };
  for (const folder of [
    folders.home,
    folders.workspace,
    folders.tools,
    join(folders.eventPath, '..'),
    join(root, 'bin'),
  ]) {
    await mkdir(folder, { recursive: true });
  }
  await writeFile(folders.eventPath, JSON.stringify(request.payload, null, 2));
  await symlink(machine.nodePath, join(root, 'bin', 'node'));
  return folders;
}

async function prepare(run: JobRun, folders: JobFolders, trackingId: string): Promise<JobState> {
  const { machine, request, job, report } = run;
  const token = 'permissions' in job ? request.tokenFor(job.permissions) : request.token;
  const environment = job.environment === undefined ? '' : interpolate(job.environment, run.contexts);
  const secrets = { ...request.secrets, ...request.environmentSecrets[environment] };
  const masker = createMasker();
  for (const secret of [token, request.token, ...Object.values(secrets)]) masker.add(secret);
  const github = {
    ...githubContext(request, job.id, token),
    workspace: folders.workspace,
    event_path: folders.eventPath,
  };
  const runner = runnerContext(folders);
  return {
    request,
    job,
    report,
    folders,
    token,
    secrets,
    contexts: { ...run.contexts, github, runner },
    baseVariables: {
      HOME: folders.home,
      LANG: 'C.UTF-8',
      ...machine.env,
      PATH: [join(folders.root, 'bin'), machine.env.PATH ?? STANDARD_PATH].join(delimiter),
    },
    defaultVariables: { ...defaultVariables(github, runner), [TRACKING_VARIABLE]: trackingId },
    env: {},
    path: [],
    masker,
    clock: machine.clock,
    actions: machine.actions,
    cancelled: false,
    onCancel: new Set(),
    progress: run.progress,
    onLine: machine.onLine,
  };
}
