import { appOf } from '../auth.ts';
import { invalidRequest, notFound } from '../errors.ts';
import { emit } from '../events.ts';
import { renderJob, renderRun, renderWorkflow, runPage } from '../render/run.ts';
import { repositoryPage, repositoryUrl } from '../render/repository.ts';
import type { Call, Reply } from '../router.ts';
import { json, noContent, route } from '../router.ts';
import type { Job, Workflow, WorkflowRun } from '../state.ts';
import { optionalFlag, optionalObject, optionalText, requiredText } from './body.ts';
import { counted, paged } from './pagination.ts';

const workflowNamed = async (call: Call): Promise<Workflow> => {
  const name = call.param('workflow_id');
  const found = (await call.world.workflows.list(call.repository)).find(
    ({ id, path }) => String(id) === name || path.slice(path.lastIndexOf('/') + 1) === name,
  );
  if (!found) throw notFound();
  return found;
};

const dispatch = async (call: Call): Promise<Reply> => {
  const run = await call.world.workflows.dispatch(
    call.repository,
    {
      workflow: call.param('workflow_id'),
      ref: requiredText(call.body, 'ref'),
      inputs: optionalObject(call.body, 'inputs') ?? {},
    },
    call.principal,
  );
  if (!optionalFlag(call.body, 'return_run_details')) return noContent();
  return json(200, {
    workflow_run_id: run.id,
    run_url: `${repositoryUrl(call.world, call.repository)}/actions/runs/${run.id}`,
    html_url: runPage(call.world, call.repository, run),
  });
};

const repositoryDispatch = (call: Call): Reply => {
  const action = requiredText(call.body, 'event_type', 100);
  const clientPayload = optionalObject(call.body, 'client_payload') ?? {};
  const keys = Object.keys(clientPayload).length;
  if (keys > 10) throw invalidRequest(`No more than 10 properties are allowed; ${keys} were supplied.`);
  emit(call.world, {
    repository: call.repository,
    event: 'repository_dispatch',
    action,
    by: call.principal,
    payload: () => ({ branch: call.repository.defaultBranch, client_payload: clientPayload }),
  });
  return noContent();
};

const render = async (call: Call, run: WorkflowRun) =>
  renderRun(call.world, call.repository, run, await call.repository.git.commit(run.headSha));

const runs = (call: Call, workflow?: Workflow): Promise<Reply> => {
  const { query } = call;
  const is = (key: string, ...values: (string | null)[]): boolean => {
    const wanted = query.get(key);
    return wanted === null || values.includes(wanted);
  };
  const found = [...call.repository.runs.values()].filter(
    (run) =>
      (!workflow || run.workflow === workflow) &&
      is('actor', run.actor.login) &&
      is('branch', run.headBranch) &&
      is('event', run.event) &&
      is('status', run.status, run.conclusion) &&
      is('head_sha', run.headSha) &&
      is('check_suite_id', String(run.suite.id)),
  );
  return paged(call, found.toReversed(), (run) => render(call, run), counted('workflow_runs'));
};

const runNamed = (call: Call): WorkflowRun => {
  const run = call.repository.runs.get(Number(call.param('run_id')));
  if (!run) throw notFound();
  return run;
};

const rerun = async (call: Call): Promise<Reply> => {
  await call.world.workflows.rerun(call.repository, runNamed(call), call.principal);
  return json(201, {});
};

/** An App's answer to an environment that asks it; without a state it is only a comment. */
const reviewGate = (call: Call): Reply => {
  const app = appOf(call.principal);
  if (!app) throw notFound();
  const run = runNamed(call);
  const environment = requiredText(call.body, 'environment_name');
  const state = optionalText(call.body, 'state');
  const comment = (state === undefined ? requiredText : optionalText)(call.body, 'comment') ?? '';
  if (state !== undefined && state !== 'approved' && state !== 'rejected')
    throw invalidRequest(`${state} is not a member of ["approved", "rejected"].`);
  if (state !== undefined) run.gates.push({ environment, state, comment, app });
  return noContent();
};

const listJobs = (call: Call): Promise<Reply> => {
  const run = runNamed(call);
  const jobs = run.jobs.filter(({ attempt }) => call.query.get('filter') === 'all' || attempt === run.attempt);
  return paged(call, jobs, (job) => renderJob(call.world, call.repository, run, job), counted('jobs'));
};

const jobNamed = (call: Call): { run: WorkflowRun; job: Job } => {
  const id = Number(call.param('job_id'));
  for (const run of call.repository.runs.values()) for (const job of run.jobs) if (job.id === id) return { run, job };
  throw notFound();
};

/** GitHub sends to a place that needs no token. */
const jobLogs = (call: Call): Reply => {
  const { job } = jobNamed(call);
  if (job.status !== 'completed') throw notFound();
  return { status: 302, headers: { location: `${repositoryPage(call.world, call.repository)}/logs/${job.id}` } };
};

const read = { permission: 'actions', level: 'read' } as const;
const write = { permission: 'actions', level: 'write' } as const;
const base = '/repos/{owner}/{repo}';
const actions = `${base}/actions`;

export const actionsRoutes = [
  route(`POST ${base}/dispatches`, { permission: 'contents', level: 'write' }, repositoryDispatch),
  route(`POST ${actions}/workflows/{workflow_id}/dispatches`, write, dispatch),
  route(`GET ${actions}/workflows`, read, async (call) =>
    paged(
      call,
      await call.world.workflows.list(call.repository),
      (workflow) => renderWorkflow(call.world, call.repository, workflow),
      counted('workflows'),
    ),
  ),
  route(`GET ${actions}/workflows/{workflow_id}`, read, async (call) =>
    json(200, renderWorkflow(call.world, call.repository, await workflowNamed(call))),
  ),
  route(`GET ${actions}/workflows/{workflow_id}/runs`, read, async (call) => runs(call, await workflowNamed(call))),
  route(`GET ${actions}/runs`, read, (call) => runs(call)),
  route(`GET ${actions}/runs/{run_id}`, read, async (call) => json(200, await render(call, runNamed(call)))),
  route(`POST ${actions}/runs/{run_id}/cancel`, write, async (call) => {
    await call.world.workflows.cancel(call.repository, runNamed(call));
    return json(202, {});
  }),
  route(`POST ${actions}/runs/{run_id}/rerun`, write, rerun),
  route(`POST ${actions}/runs/{run_id}/rerun-failed-jobs`, write, rerun),
  route(
    `POST ${actions}/runs/{run_id}/deployment_protection_rule`,
    { permission: 'deployments', level: 'write' },
    reviewGate,
  ),
  route(`GET ${actions}/runs/{run_id}/jobs`, read, listJobs),
  route(`GET ${actions}/jobs/{job_id}`, read, (call) => {
    const { run, job } = jobNamed(call);
    return json(200, renderJob(call.world, call.repository, run, job));
  }),
  route(`GET ${actions}/jobs/{job_id}/logs`, read, jobLogs),
];
