import { actorOf } from '../auth.ts';
import { HttpError, notFound, unprocessable } from '../errors.ts';
import { emit } from '../events.ts';
import { entryType } from '../git/objects.ts';
import type { Occurrence, Trigger, WorkflowEngine } from '../occurrence.ts';
import { createCheckRun, emitSuite } from '../operations/checks.ts';
import { renderRun, renderWorkflow } from '../render/run.ts';
import { resolveRevision } from '../rest/revision.ts';
import type { Principal, Repository, WorkflowRun } from '../state.ts';
import { eventPayload } from '../webhooks.ts';
import type { WorkflowRunner } from '../workflow-runner.ts';
import type { World } from '../world.ts';
import { carryOut } from './attempt.ts';
import { readDefinition } from './definition.ts';
import type { WorkflowDefinition } from './definition.ts';
import { setsOff, skipsWorkflows } from './filters.ts';
import { checkInputs } from './inputs.ts';
import { createRun, workflowOf } from './new-run.ts';
import type { NewRun } from './new-run.ts';
import { RunQueue } from './run-queue.ts';

const folder = '.github/workflows';

/** The workflows of a commit. */
const definitionsAt = async (repository: Repository, sha: string): Promise<WorkflowDefinition[]> => {
  const { git } = repository;
  const commit = await git.commit(sha);
  const entry = commit && (await git.entry(commit.tree, folder));
  if (!entry || entryType(entry.mode) !== 'tree') return [];
  const found: WorkflowDefinition[] = [];
  for (const { name, oid } of (await git.tree(entry.oid)) ?? []) {
    if (!/\.ya?ml$/.test(name)) continue;
    const definition = readDefinition(`${folder}/${name}`, (await git.blob(oid))?.toString() ?? '');
    if (definition) found.push(definition);
  }
  return found;
};

const byOf = (run: WorkflowRun): Principal => ({ kind: 'user', account: run.triggeringActor });

const latest = (repository: Repository, ref: string): string | undefined => repository.git.refs.get(ref);

const defaultTrigger = (repository: Repository): Trigger | undefined => {
  const ref = `refs/heads/${repository.defaultBranch}`;
  const sha = repository.git.refs.get(ref);
  return sha === undefined ? undefined : { ref, sha };
};

/**
 * Decides which workflows run, one after another where they share a group, and keeps their record. Without a runner
 * runs wait for one for ever, as on a GitHub without any.
 */
export const createWorkflowEngine = (world: World, runner: WorkflowRunner | undefined): WorkflowEngine => {
  const queue = new RunQueue();

  const emitRun = async (
    repository: Repository,
    run: WorkflowRun,
    action: 'requested' | 'in_progress' | 'completed',
  ) => {
    const commit = await repository.git.commit(run.headSha);
    emit(world, {
      repository,
      event: 'workflow_run',
      action,
      by: byOf(run),
      payload: () => ({
        workflow_run: renderRun(world, repository, run, commit),
        workflow: renderWorkflow(world, repository, run.workflow),
      }),
    });
  };

  /** Brings a fresh or rerun run to its group, and starts it when it may. */
  const admit = async (repository: Repository, run: WorkflowRun): Promise<void> => {
    const { start, cancel } = queue.enter(repository, run);
    if (!start) run.status = 'pending';
    await emitRun(repository, run, 'requested');
    for (const other of cancel) await stop(repository, other);
    if (start) begin(repository, run);
  };

  const begin = (repository: Repository, run: WorkflowRun): void => {
    if (!runner) return;
    world.background(execute(runner, repository, run));
  };

  const execute = async (by: WorkflowRunner, repository: Repository, run: WorkflowRun): Promise<void> => {
    const now = world.clock();
    Object.assign(run, { status: 'in_progress', startedAt: now, updatedAt: now });
    await emitRun(repository, run, 'in_progress');
    let conclusion: WorkflowRun['conclusion'];
    try {
      ({ conclusion } = await carryOut(world, by, repository, run, byOf(run)));
    } catch (error) {
      conclusion = 'failure';
      await recordBreakdown(repository, run, error);
    }
    await conclude(repository, run, conclusion);
  };

  /** A runner that breaks down must not leave a run without a word. */
  const recordBreakdown = async (repository: Repository, run: WorkflowRun, error: unknown): Promise<void> => {
    const summary = error instanceof Error ? error.message : String(error);
    await createCheckRun(
      world,
      repository,
      world.actions,
      {
        name: run.workflow.name,
        headSha: run.headSha,
        conclusion: 'failure',
        output: { title: 'The runner failed', summary },
      },
      byOf(run),
      run.suite,
    );
  };

  const conclude = async (
    repository: Repository,
    run: WorkflowRun,
    conclusion: WorkflowRun['conclusion'],
  ): Promise<void> => {
    Object.assign(run, { status: 'completed', conclusion, updatedAt: world.clock() });
    await emitSuite(world, repository, run.suite, 'completed', byOf(run));
    await emitRun(repository, run, 'completed');
    const next = queue.leave(repository, run);
    if (next) {
      next.status = 'queued';
      begin(repository, next);
    }
  };

  /** Ends a run: at once while it waits, by its runner while it runs. */
  const stop = async (repository: Repository, run: WorkflowRun): Promise<void> => {
    run.cancelRequested = true;
    if (run.status === 'in_progress') run.handle?.cancel();
    else if (run.status !== 'completed') await conclude(repository, run, 'cancelled');
  };

  const launch = async (repository: Repository, fields: NewRun): Promise<WorkflowRun> => {
    const run = await createRun(world, repository, fields);
    await admit(repository, run);
    return run;
  };

  const startAt = async (occurrence: Occurrence, trigger: Trigger): Promise<void> => {
    const { repository, event, actor } = occurrence;
    const definitions = await definitionsAt(repository, trigger.sha);
    if (definitions.length === 0) return;
    if (event === 'push' || event === 'pull_request') {
      const head = await repository.git.commit(trigger.pull?.pull.headSha ?? trigger.sha);
      if (head && skipsWorkflows(head.message)) return;
    }
    for (const definition of definitions)
      if (await setsOff(definition, occurrence, trigger))
        await launch(repository, {
          definition,
          event,
          payload: await occurrence.payload(),
          trigger,
          actor,
          inputs: {},
        });
  };

  return {
    async start(occurrence) {
      const trigger = occurrence.trigger ?? defaultTrigger(occurrence.repository);
      if (!trigger) return;
      await startAt(occurrence, trigger);
      const base = trigger.pull && `refs/heads/${trigger.pull.pull.baseRef}`;
      const sha = base && occurrence.repository.git.refs.get(base);
      if (occurrence.event === 'pull_request' && base && sha && trigger.pull)
        await startAt({ ...occurrence, event: 'pull_request_target' }, { ref: base, sha, pull: trigger.pull });
    },

    async dispatch(repository, { workflow, ref: asked, inputs }, by) {
      const known = await this.list(repository);
      const found = known.find(
        ({ id, path }) => String(id) === workflow || path.slice(folder.length + 1) === workflow || path === workflow,
      );
      if (!found) throw notFound();
      const ref = [asked, `refs/heads/${asked}`, `refs/tags/${asked}`].find((name) => latest(repository, name));
      const sha = ref && (await resolveRevision(repository, ref, latest));
      if (!ref || !sha) throw unprocessable(`No ref found for: ${asked}`);
      const definition = (await definitionsAt(repository, sha)).find(({ path }) => path === found.path);
      if (!definition?.on.has('workflow_dispatch'))
        throw unprocessable("Workflow does not have 'workflow_dispatch' trigger");
      const { values, sent } = checkInputs(definition, inputs);
      const actor = actorOf(world, by);
      const own = { inputs: sent, ref, workflow: found.path };
      const payload = eventPayload(world, { repository, sender: actor, action: undefined, payload: own });
      return launch(repository, {
        definition,
        event: 'workflow_dispatch',
        payload,
        trigger: { ref, sha },
        actor,
        inputs: values,
      });
    },

    async cancel(repository, run) {
      if (run.status === 'completed') throw new HttpError(409, 'Cannot cancel a workflow run that is completed.');
      await stop(repository, run);
    },

    async rerun(repository, run, by) {
      if (run.status !== 'completed') throw new HttpError(403, 'The workflow run is already running');
      Object.assign(run, {
        attempt: run.attempt + 1,
        status: 'queued',
        conclusion: null,
        cancelRequested: false,
        triggeringActor: actorOf(world, by),
        updatedAt: world.clock(),
      });
      await admit(repository, run);
    },

    async list(repository) {
      const trigger = defaultTrigger(repository);
      const definitions = trigger ? await definitionsAt(repository, trigger.sha) : [];
      return definitions.map(({ path, name }) => workflowOf(world, repository, path, name));
    },
  };
};
