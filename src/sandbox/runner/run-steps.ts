/** Carries out a list of steps, in a job or in a composite action, one after the other. */
import { readAction } from './action-file.ts';
import { condition, evaluate, interpolate, interpolateAll } from './expressions.ts';
import { contextsOf, type JobState, type Scope, statusOf, type StepLog, type StepResult } from './job-state.ts';
import { runCheckout, runScript } from './run-process.ts';
import type { StepEnd, StepRun } from './step-run.ts';
import type { RunDefaults, Step } from './step.ts';
import { resolveUses } from './uses.ts';

const MINUTE = 60_000;

/** Runs the steps whose `if:` holds; results go to `scope.steps`, a failure to `scope.failed`. Never rejects. */
export async function runSteps(
  state: JobState,
  scope: Scope,
  steps: readonly Step[],
  defaults: RunDefaults,
  logOf: (step: Step, index: number) => StepLog,
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    const log = logOf(step, index);
    const own = scope.action === undefined;
    let result: StepResult = { outputs: {}, outcome: 'skipped', conclusion: 'skipped' };
    try {
      const env = interpolateAll(step.env, contextsOf(state, scope));
      if (condition(step.if, contextsOf(state, scope, env), statusOf(state, scope))) {
        if (own) begin(state, scope, step, env, log);
        result = await runStep({ state, scope, step, env, defaults, log, timeout: scope.signal });
      }
    } catch (error) {
      log.fail(error instanceof Error ? error.message : String(error));
      result = { outputs: {}, outcome: 'failure', conclusion: 'failure' };
    }
    if (result.conclusion === 'failure') scope.failed = true;
    if (result.conclusion === 'cancelled') scope.stopped = true;
    if (step.id !== undefined) scope.steps[step.id] = result;
    if (own) {
      log.report.conclusion = result.conclusion as 'success';
      log.report.completedAt = state.clock.now();
      state.progress();
    }
  }
}

/** What a step is called until its name can be worked out, and when it has none. */
export function stepName(step: Step): string {
  return step.name ?? `Run ${(step.uses ?? step.run ?? '').trim().split('\n')[0]}`;
}

function begin(state: JobState, scope: Scope, step: Step, env: Record<string, string>, log: StepLog): void {
  log.report.name = state.masker.mask(interpolate(stepName(step), contextsOf(state, scope, env)));
  log.report.startedAt = state.clock.now();
  state.progress();
}

async function runStep(run: StepRun): Promise<StepResult> {
  const { state, scope, step, env, log } = run;
  const contexts = contextsOf(state, scope, env);
  const minutes = Number(step.timeoutMinutes === undefined ? 0 : evaluate(step.timeoutMinutes, contexts));
  const timeout = new AbortController();
  const callOff = minutes > 0 ? state.clock.after(minutes * MINUTE, () => timeout.abort()) : () => {};
  let end: StepEnd;
  try {
    end = await carryOut({ ...run, timeout: AbortSignal.any([run.timeout, timeout.signal]) });
  } catch (error) {
    log.fail(error instanceof Error ? error.message : String(error));
    end = { outcome: 'failure', outputs: {} };
  } finally {
    callOff();
  }
  if (timeout.signal.aborted) log.fail(`The action '${stepName(step)}' has timed out after ${minutes} minutes.`);
  const goesOn =
    end.outcome === 'failure' &&
    step.continueOnError !== undefined &&
    String(evaluate(step.continueOnError, contextsOf(state, scope, env))) === 'true';
  return { ...end, conclusion: goesOn ? 'success' : end.outcome };
}

async function carryOut(run: StepRun): Promise<StepEnd> {
  const { state, step, log } = run;
  if (step.uses === undefined) return runScript(run);
  const used = resolveUses(step.uses, state.actions, state.folders.workspace);
  log.write(`##[group]Run ${step.uses}`);
  log.write('##[endgroup]');
  if (used.kind === 'checkout') return runCheckout(run);
  if (used.kind === 'composite') return runComposite(run, used);
  log.write(`${step.uses} does nothing here: ${used.because}.`);
  return { outcome: 'success', outputs: {} };
}

async function runComposite(run: StepRun, used: { folder: string; repository: string; ref: string }): Promise<StepEnd> {
  const { state, step, env, log } = run;
  const action = await readAction(used.folder, step.uses ?? '');
  const given = interpolateAll(step.with, contextsOf(state, run.scope, env));
  const inner: Scope = {
    steps: {},
    inputs: {},
    env: { ...run.scope.env, ...env },
    action: { path: used.folder, repository: used.repository, ref: used.ref },
    failed: false,
    stopped: false,
    signal: run.timeout,
  };
  // Defaults see the action's own `github`, and no input: they are worked out before there are any.
  const defaultsContexts = contextsOf(state, inner);
  const inputs: Record<string, string> = {};
  for (const [name, input] of Object.entries(action.inputs)) {
    inputs[name] = given[name] ?? (input.default === undefined ? '' : interpolate(input.default, defaultsContexts));
    if (input.required && inputs[name] === '') log.write(`##[warning]Input '${name}' is required and not given`);
  }
  inner.inputs = inputs;
  for (const name of Object.keys(given)) {
    if (name in action.inputs) continue;
    const valid = Object.keys(action.inputs).join(', ');
    const message = `Unexpected input '${name}', valid inputs are ${valid}`;
    log.write(`##[warning]${message}`);
    log.annotate({ level: 'warning', message });
  }
  await runSteps(state, inner, action.steps, {}, () => log);
  const outputs = interpolateAll(action.outputs, contextsOf(state, inner));
  return { outcome: inner.failed ? 'failure' : inner.stopped ? 'cancelled' : 'success', outputs };
}
