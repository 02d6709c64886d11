/** The sandbox's workflow runner: `startGitHub({ runner: createWorkflowRunner({ actions }) })`. */
export { createWorkflowRunner, type RunnerOptions } from './create-workflow-runner.ts';
export type { RunnerClock } from './clock.ts';
export type { LogLine } from './job-state.ts';
