/** A repository folder and a runner: what the runner's tests start workflows with. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { onTestFinished } from 'vitest';

import type { JobReport, RunHandle, RunRequest } from '../../src/sandbox/github/workflow-runner.ts';
import {
  createWorkflowRunner,
  type LogLine,
  type RunnerClock,
  type RunnerOptions,
} from '../../src/sandbox/runner/index.ts';
import { runRequest, workflowOf } from './runner-request.ts';

/** A temporary folder, removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files under a folder. */
export function writeFiles(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Runs git, answers what it printed. */
export function git(cwd: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=Ann', '-c', 'user.email=ann@acme.dev'];
  return execFileSync('git', [...identity, ...args], { cwd, encoding: 'utf8' }).trim();
}

/** A bare repository `acme/fleet` under `root`, one commit on main with `files`; answers the commit. */
export function bareRepository(root: string, files: Record<string, string>): string {
  const work = join(root, 'work');
  const bare = join(root, 'acme', 'fleet.git');
  mkdirSync(work, { recursive: true });
  mkdirSync(bare, { recursive: true });
  git(bare, 'init', '--quiet', '--bare', '--initial-branch=main');
  git(work, 'init', '--quiet', '--initial-branch=main');
  writeFiles(work, files);
  git(work, 'add', '.');
  git(work, 'commit', '--quiet', '-m', 'first');
  git(work, 'push', '--quiet', bare, 'main');
  return git(work, 'rev-parse', 'HEAD');
}

/** Starts a workflow; `seen` resolves when the line `text` was logged. */
export function start(
  workflowText: string,
  change: Partial<RunRequest> = {},
  options: Partial<RunnerOptions> = {},
): RunHandle & { seen(text: string): Promise<LogLine> } {
  const env = { PATH: process.env.PATH ?? '', ...options.env };
  const lines: LogLine[] = [];
  const waiting: { text: string; resolve(line: LogLine): void }[] = [];
  const onLine = (line: LogLine): void => {
    lines.push(line);
    for (const one of waiting) if (line.text === one.text) one.resolve(line);
  };
  const handle = createWorkflowRunner({ actions: {}, ...options, env, onLine }).run(runRequest(workflowText, change));
  const seen = (text: string): Promise<LogLine> =>
    new Promise((resolve) => {
      const before = lines.find((line) => line.text === text);
      if (before !== undefined) resolve(before);
      else waiting.push({ text, resolve });
    });
  return { ...handle, seen };
}

/** Runs one job's steps (YAML, each line unindented) and answers the job. */
export async function runSteps(
  steps: string,
  change: Partial<RunRequest> = {},
  options: Partial<RunnerOptions> = {},
): Promise<JobReport> {
  const result = await start(workflowOf(steps), change, options).done;
  return result.jobs[0]!;
}

/** What a job printed, step by step; the runner's own `##[group]` heads left out. */
export function printed(job: JobReport, step: string | number): string {
  const report = typeof step === 'number' ? job.steps[step] : job.steps.find((one) => one.name === step);
  if (report === undefined) throw new Error(`no step ${step} among ${job.steps.map((one) => one.name).join(', ')}`);
  return report.log.replaceAll(/##\[group\]Run [\s\S]*?##\[endgroup\]\n/g, '');
}

/** A clock that stands still until it is wound; `waits` are the delays asked for and not called off. */
export function woundClock(): RunnerClock & { waits(): number[]; wind(delay: number): void } {
  const timers = new Set<{ delay: number; action(): void }>();
  return {
    now: () => new Date(0),
    after(delay, action) {
      const timer = { delay, action };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    waits: () => [...timers].map((timer) => timer.delay),
    wind(delay) {
      const timer = [...timers].find((one) => one.delay === delay);
      if (timer === undefined) throw new Error(`nothing waits ${delay} ms`);
      timers.delete(timer);
      timer.action();
    },
  };
}
