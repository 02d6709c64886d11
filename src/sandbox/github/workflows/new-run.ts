import { evaluate, interpolate } from '../../runner/expressions.ts';
import type { Trigger } from '../occurrence.ts';
import { createSuite } from '../operations/checks.ts';
import type { Account, Repository, Workflow, WorkflowRun } from '../state.ts';
import { nextId } from '../state.ts';
import type { World } from '../world.ts';
import type { WorkflowDefinition } from './definition.ts';

export interface NewRun {
  definition: WorkflowDefinition;
  event: string;
  payload: Record<string, unknown>;
  trigger: Trigger;
  actor: Account;
  inputs: Record<string, string | boolean>;
}

/** The workflow's record, by path; its name follows the file. */
export const workflowOf = (world: World, repository: Repository, path: string, name: string): Workflow => {
  const known = repository.workflows.get(path);
  if (known) return Object.assign(known, { name });
  const now = world.clock();
  const workflow = { id: nextId(world.state), path, name, createdAt: now, updatedAt: now, runCount: 0 };
  repository.workflows.set(path, workflow);
  return workflow;
};

/** What `concurrency` and `run-name` may name. */
const contextsOf = (repository: Repository, fields: NewRun, headBranch: string) => {
  const { definition, event, payload, trigger, actor, inputs } = fields;
  return {
    github: {
      event_name: event,
      event: payload,
      ref: trigger.ref,
      ref_name: trigger.ref.replace(/^refs\/(heads|tags|pull)\//, ''),
      sha: trigger.sha,
      head_ref: trigger.pull ? headBranch : '',
      base_ref: trigger.pull?.pull.baseRef ?? '',
      actor: actor.login,
      repository: repository.fullName,
      repository_owner: repository.owner.login,
      workflow: definition.name,
    },
    inputs,
    vars: repository.variables,
  };
};

/** Makes the record of a run; it has not started. */
export const createRun = async (world: World, repository: Repository, fields: NewRun): Promise<WorkflowRun> => {
  const { definition, event, payload, trigger, actor, inputs } = fields;
  const workflow = workflowOf(world, repository, definition.path, definition.name);
  const pull = trigger.pull?.pull;
  const headSha = pull?.headSha ?? trigger.sha;
  const headBranch = pull?.headRef ?? trigger.ref.replace(/^refs\/(heads|tags)\//, '');
  const contexts = contextsOf(repository, fields, headBranch);
  const commit = await repository.git.commit(headSha);
  const title =
    definition.runName === undefined
      ? event === 'workflow_dispatch' || event === 'repository_dispatch' || event === 'schedule'
        ? definition.name
        : (trigger.pull?.title ?? commit?.message.split('\n')[0] ?? definition.name)
      : interpolate(definition.runName, contexts);
  const { concurrency } = definition;
  const now = world.clock();
  const run: WorkflowRun = {
    id: nextId(world.state),
    workflow,
    workflowSha: trigger.sha,
    workflowText: definition.text,
    name: definition.name,
    title,
    number: ++workflow.runCount,
    attempt: 1,
    event,
    payload,
    ref: trigger.ref,
    sha: trigger.sha,
    headSha,
    headBranch,
    headRepository: pull?.headRepository ?? repository,
    headRef: pull?.headRef ?? '',
    baseRef: pull?.baseRef ?? '',
    fromFork: event === 'pull_request' && pull !== undefined && pull.headRepository !== repository,
    inputs,
    actor,
    triggeringActor: actor,
    concurrency: concurrency && {
      group: interpolate(concurrency.group, contexts),
      cancelInProgress: String(evaluate(concurrency.cancelInProgress, contexts)) === 'true',
      queue: concurrency.queue,
    },
    status: 'queued',
    conclusion: null,
    suite: createSuite(world, repository, world.actions, headSha, {
      branch: headBranch,
      before: trigger.before ?? '',
    }),
    gates: [],
    jobs: [],
    handle: undefined,
    cancelRequested: false,
    pulls: trigger.pull ? [trigger.pull] : [],
    createdAt: now,
    updatedAt: now,
    startedAt: now,
  };
  repository.runs.set(run.id, run);
  return run;
};
