/** Steps that are processes: scripts and the git of a checkout. */
import { randomUUID } from 'node:crypto';
import { stat, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';

import { checkout } from './checkout.ts';
import { type CommandFiles, createCommandFiles, type HandedBack } from './command-files.ts';
import { runEntryProcess } from './entry-process.ts';
import { condition, interpolate, interpolateAll } from './expressions.ts';
import { contextsOf, statusOf } from './job-state.ts';
import type { StepEnd, StepRun } from './step-run.ts';
import { createCommandReader } from './workflow-commands.ts';

/** How GitHub starts each shell; without `shell:` it is bash, but not with pipefail. */
const SHELLS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  '': ['bash', '-e'],
  bash: ['bash', '--noprofile', '--norc', '-eo', 'pipefail'],
  sh: ['sh', '-e'],
};

/** A summary larger than this is not kept; bytes. */
const SUMMARY_LIMIT = 1024 * 1024;

/** Runs a `run:` step. */
export async function runScript(run: StepRun): Promise<StepEnd> {
  const { state, scope, step, env, log } = run;
  const contexts = contextsOf(state, scope, env);
  const script = interpolate(step.run ?? '', contexts);
  const shell = interpolate(step.shell ?? run.defaults.shell ?? '', contexts);
  const command = SHELLS[shell];
  if (command === undefined)
    throw new Error(`shell: ${shell} is not supported by the sandbox's runner; use bash or sh`);
  const folder = interpolate(step.workingDirectory ?? run.defaults.workingDirectory ?? '.', contexts);
  const cwd = resolve(state.folders.workspace, folder);
  const isFolder = await stat(cwd).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new Error(`working-directory: there is no folder ${folder} in the workspace`);
  const file = join(state.folders.temp, `${randomUUID()}.sh`);
  await writeFile(file, `${script}\n`);

  log.write(`##[group]Run ${script.trim().split('\n')[0]}`);
  for (const line of script.trimEnd().split('\n')) log.write(line);
  log.write(`shell: ${command.join(' ')} {0}`);
  log.write('##[endgroup]');

  const files = await createCommandFiles(join(state.folders.temp, '_runner_file_commands'));
  const { code, cancelled } = await runProcess(run, command[0], [...command.slice(1), file], cwd, files.variables);
  const back = await handBack(run, files);
  if (cancelled) return { outcome: 'cancelled', outputs: back.outputs };
  if (run.timeout.aborted) return { outcome: 'failure', outputs: back.outputs };
  if (code !== 0) log.fail(`Process completed with exit code ${code}.`);
  return { outcome: code === 0 ? 'success' : 'failure', outputs: back.outputs };
}

/** Runs `actions/checkout`. */
export async function runCheckout(run: StepRun): Promise<StepEnd> {
  const { state, scope, step, env, log } = run;
  let cancelled = false;
  const done = await checkout({
    inputs: interpolateAll(step.with, contextsOf(state, scope, env)),
    serverUrl: state.request.serverUrl,
    repository: state.request.repository.fullName,
    ref: state.request.ref,
    sha: state.request.sha,
    token: state.token,
    workspace: state.folders.workspace,
    async git(folder, ...args) {
      const ended = await runProcess(run, 'git', args, folder, { GIT_TERMINAL_PROMPT: '0' });
      cancelled ||= ended.cancelled;
      return ended.code;
    },
    log: log.write,
    mask: state.masker.add,
  }).catch((error: unknown) => {
    if (!cancelled) throw error;
  });
  return { outcome: cancelled ? 'cancelled' : 'success', outputs: { ...done } };
}

/** Starts a process in the step's environment and sees to cancellation and to what it prints. */
async function runProcess(
  run: StepRun,
  command: string,
  args: string[],
  cwd: string,
  extra: Record<string, string>,
): Promise<{ code: number; cancelled: boolean }> {
  const { state, scope, step, env, log } = run;
  const stop = new AbortController();
  // A cancelled job asks each `if:` again: a step that is to run always is left to finish.
  const reconsider = (): void => {
    if (!condition(step.if, contextsOf(state, scope, env), statusOf(state, scope))) stop.abort();
  };
  const readCommand = createCommandReader();
  state.onCancel.add(reconsider);
  if (state.cancelled) reconsider();
  try {
    const code = await runEntryProcess({
      command,
      args,
      cwd,
      env: variablesOf(run, extra),
      clock: state.clock,
      signal: AbortSignal.any([stop.signal, run.timeout]),
      onLine(line) {
        const effect = readCommand(line);
        if (effect.mask !== undefined) state.masker.add(effect.mask);
        if (effect.text !== undefined) log.write(effect.text);
        if (effect.annotation !== undefined) log.annotate(effect.annotation);
      },
    });
    return { code, cancelled: stop.signal.aborted };
  } finally {
    state.onCancel.delete(reconsider);
  }
}

function variablesOf(run: StepRun, extra: Record<string, string>): Record<string, string> {
  const { state, scope, step } = run;
  const { action } = scope;
  const variables: Record<string, string> = {
    ...state.baseVariables,
    ...state.env,
    ...scope.env,
    ...run.env,
    ...state.defaultVariables,
    ...extra,
    GITHUB_ACTION: step.id ?? (step.uses === undefined ? '__run' : `__${step.uses.replace(/[^\w]+/g, '-')}`),
    ...(action === undefined
      ? {}
      : {
          GITHUB_ACTION_PATH: action.path,
          GITHUB_ACTION_REPOSITORY: action.repository,
          GITHUB_ACTION_REF: action.ref,
        }),
  };
  variables.PATH = [...state.path, variables.PATH ?? ''].join(delimiter);
  return variables;
}

/** Takes over what the step wrote to its files. */
async function handBack(run: StepRun, files: CommandFiles): Promise<HandedBack> {
  const { state, log } = run;
  const back = await files.read();
  if ('NODE_OPTIONS' in back.env) {
    throw new Error("NODE_OPTIONS cannot be set by GITHUB_ENV; set it in the step's env:");
  }
  Object.assign(state.env, back.env);
  state.path.unshift(...back.path.toReversed());
  if (Buffer.byteLength(back.summary) > SUMMARY_LIMIT) {
    log.fail('GITHUB_STEP_SUMMARY is larger than 1024k and was not kept');
  } else {
    state.report.summary += state.masker.mask(back.summary);
  }
  return back;
}
