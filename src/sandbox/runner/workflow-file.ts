/** Workflow files: read into plain values, everything this runner cannot do refused by name. */
import { parse } from 'yaml';

import {
  asMap,
  asText,
  asTexts,
  optional,
  readDefaults,
  readSteps,
  refuseUnknown,
  type RunDefaults,
  type Step,
  WorkflowFileError,
} from './step.ts';

/** A workflow as far as executing it needs. */
export interface Workflow {
  env: Record<string, string>;
  defaults: RunDefaults;
  jobs: WorkflowJob[];
}

/** A job as written: every text may hold expressions. */
export interface WorkflowJob {
  id: string;
  name?: string;
  needs: string[];
  if?: string;
  /** As parsed; absent means the workflow's. */
  permissions?: unknown;
  /** The deployment environment's name. */
  environment?: string;
  env: Record<string, string>;
  defaults: RunDefaults;
  outputs: Record<string, string>;
  steps: Step[];
  timeoutMinutes?: string;
  continueOnError?: string;
}

const WORKFLOW_KEYS = ['name', 'run-name', 'on', 'permissions', 'env', 'defaults', 'concurrency', 'jobs'];
const JOB_KEYS = [
  'name',
  'needs',
  'if',
  'runs-on',
  'permissions',
  'environment',
  'env',
  'defaults',
  'outputs',
  'steps',
  'timeout-minutes',
  'continue-on-error',
];
const NOT_HERE = {
  strategy: "a matrix is not supported by the sandbox's runner; write the jobs out",
  container: "containers are not supported by the sandbox's runner; jobs run on this machine",
  services: "service containers are not supported by the sandbox's runner",
  uses: "reusable workflows are not supported by the sandbox's runner; write the steps out",
  concurrency: "concurrency of a job is not supported by the sandbox's runner; set it on the workflow",
};

/** Reads a workflow; `file` names it in errors. Throws `WorkflowFileError`. */
export function readWorkflow(text: string, file: string): Workflow {
  let parsed: unknown;
  try {
    parsed = parse(text);
  } catch (error) {
    throw new WorkflowFileError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const map = asMap(parsed, file);
  refuseUnknown(map, WORKFLOW_KEYS, file);
  const jobs = Object.entries(asMap(map.jobs, `${file}: jobs`)).map(([id, job]) =>
    readJob(id, job, `${file}: jobs.${id}`),
  );
  if (jobs.length === 0) throw new WorkflowFileError(`${file}: jobs: at least one job is needed`);
  for (const job of jobs) refuseCycle(job, jobs, file, []);
  return {
    env: asTexts(map.env, `${file}: env`),
    defaults: readDefaults(map.defaults, `${file}: defaults`),
    jobs,
  };
}

function readJob(id: string, value: unknown, place: string): WorkflowJob {
  const map = asMap(value, place);
  refuseUnknown(map, JOB_KEYS, place, NOT_HERE);
  if (map['runs-on'] === undefined) throw new WorkflowFileError(`${place}: runs-on is needed`);
  const needs: unknown[] = map.needs === undefined ? [] : [map.needs].flat();
  const environment = typeof map.environment === 'object' ? asMap(map.environment, place).name : map.environment;
  return {
    id,
    ...optional('name', map, place),
    needs: needs.map((need) => asText(need, `${place}.needs`)),
    ...optional('if', map, place),
    ...('permissions' in map ? { permissions: map.permissions } : {}),
    ...(environment === undefined ? {} : { environment: asText(environment, `${place}.environment`) }),
    env: asTexts(map.env, `${place}.env`),
    defaults: readDefaults(map.defaults, `${place}.defaults`),
    outputs: asTexts(map.outputs, `${place}.outputs`),
    steps: readSteps(map.steps, `${place}.steps`),
    ...optional('timeout-minutes', map, place, 'timeoutMinutes'),
    ...optional('continue-on-error', map, place, 'continueOnError'),
  };
}

function refuseCycle(job: WorkflowJob, jobs: readonly WorkflowJob[], file: string, path: readonly string[]): void {
  const here = [...path, job.id];
  if (path.includes(job.id)) throw new WorkflowFileError(`${file}: jobs need each other: ${here.join(' → ')}`);
  for (const id of job.needs) {
    const needed = jobs.find((candidate) => candidate.id === id);
    if (needed === undefined) throw new WorkflowFileError(`${file}: jobs.${job.id}.needs: there is no job '${id}'`);
    refuseCycle(needed, jobs, file, here);
  }
}
