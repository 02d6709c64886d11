import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunRequest, RunResult, WorkflowRunner } from '../src/sandbox/github/index.ts';

export interface ActionRunner extends WorkflowRunner {
  /** The Action's process that started last. */
  child: ChildProcess | undefined;
}

/**
 * Runs the Action's program for every workflow run, without the steps around it: many deaths a minute, and the process that
 * is to die is known. `workspace` is a clone that holds the commits.
 */
export function actionRunner(root: string, workspace: () => string): ActionRunner {
  const runner: ActionRunner = {
    child: undefined,
    run(request) {
      const child = start(request, root, workspace());
      runner.child = child;
      const done = new Promise<RunResult>((resolve) => {
        child.on('exit', (code) => resolve({ conclusion: code === 0 ? 'success' : 'failure', jobs: [] }));
      });
      return { done, cancel: () => void child.kill('SIGINT') };
    },
  };
  return runner;
}

function start(request: RunRequest, root: string, workspace: string): ChildProcess {
  const folder = mkdtempSync(join(root, 'run-'));
  const event = join(folder, 'event.json');
  writeFileSync(event, JSON.stringify(request.payload));
  return spawn(process.execPath, ['src/action/main.ts'], {
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      HOME: folder,
      GITHUB_REPOSITORY: request.repository.fullName,
      GITHUB_EVENT_NAME: request.event,
      GITHUB_EVENT_PATH: event,
      GITHUB_SHA: request.sha,
      GITHUB_REF: request.ref,
      GITHUB_RUN_ID: String(request.runId),
      GITHUB_RUN_ATTEMPT: String(request.runAttempt),
      GITHUB_ACTOR: request.actor,
      GITHUB_API_URL: request.apiUrl,
      GITHUB_SERVER_URL: request.serverUrl,
      GITHUB_WORKSPACE: workspace,
      INPUT_TOKEN: request.token,
      INPUT_COMMAND: String(request.inputs['command'] ?? 'auto'),
      RUNNER_TEMP: folder,
    },
  });
}
