import { HttpError, invalidRequest, notFound, unprocessable, validationFailed } from '../errors.ts';
import { isOid } from '../git/objects.ts';
import { createDeployment, createDeploymentStatus, environmentOf } from '../operations/deployments.ts';
import { renderDeployment, renderDeploymentStatus, renderEnvironment } from '../render/deployment.ts';
import type { Call, Reply } from '../router.ts';
import { json, noContent, route } from '../router.ts';
import type { Deployment, Environment } from '../state.ts';
import {
  optionalFlag,
  optionalInteger,
  optionalList,
  optionalObject,
  optionalOneOf,
  optionalText,
  requiredText,
} from './body.ts';
import { counted, paged } from './pagination.ts';
import { resolveRevision } from './revision.ts';

const list = (call: Call): Promise<Reply> => {
  const { query } = call;
  const found = [...call.repository.deployments.values()].filter((deployment) =>
    (['sha', 'ref', 'task', 'environment'] as const).every(
      (key) => query.get(key) === null || query.get(key) === deployment[key],
    ),
  );
  return paged(call, found.toReversed(), (deployment) => renderDeployment(call.world, call.repository, deployment));
};

/** The required contexts that are not green on a commit; `undefined` asks for all there are. */
const unmetContexts = (call: Call, sha: string, contexts: readonly string[] | undefined) => {
  const newest = new Map<string, string>();
  for (const status of call.repository.statuses) if (status.sha === sha) newest.set(status.context, status.state);
  for (const run of call.repository.checks.values())
    if (run.headSha === sha)
      newest.set(
        run.name,
        ['success', 'neutral', 'skipped'].includes(run.conclusion ?? '') ? 'success' : (run.conclusion ?? 'pending'),
      );
  const wanted = contexts ?? [...newest.keys()];
  return wanted
    .map((context) => ({ context, state: newest.get(context) ?? 'missing' }))
    .filter(({ state }) => state !== 'success');
};

const create = async (call: Call): Promise<Reply> => {
  const { body, repository } = call;
  const ref = requiredText(body, 'ref');
  const sha = await resolveRevision(repository, ref, (of, name) => of.git.refs.get(name));
  if (!sha) throw unprocessable(`No ref found for: ${ref}`);
  const contexts = optionalList(body, 'required_contexts')?.map(String);
  const environment = optionalText(body, 'environment') ?? 'production';
  const unmet = unmetContexts(call, sha, contexts);
  if (unmet.length > 0)
    throw new HttpError(409, `Conflict: Commit status checks failed for ${ref}.`, {
      errors: [{ contexts: unmet, resource: 'Deployment', field: 'required_contexts', code: 'invalid' }],
    });
  // Merging the default branch in first is what a topic branch gets unless it says otherwise.
  if ((optionalFlag(body, 'auto_merge') ?? true) && !isOid(ref) && ref !== repository.defaultBranch) {
    const head = repository.git.refs.get(`refs/heads/${repository.defaultBranch}`);
    if (head && !(await repository.git.isAncestor(head, sha)))
      throw new HttpError(409, `Conflict merging ${repository.defaultBranch} into ${ref}.`);
  }
  const deployment = createDeployment(
    call.world,
    repository,
    {
      sha,
      ref,
      task: optionalText(body, 'task') ?? 'deploy',
      payload: body['payload'] ?? {},
      environment,
      description: optionalText(body, 'description') ?? null,
      transient: optionalFlag(body, 'transient_environment') ?? false,
      production: optionalFlag(body, 'production_environment') ?? environment === 'production',
    },
    call.principal,
  );
  const rendered = renderDeployment(call.world, repository, deployment);
  return json(201, rendered, { location: rendered.url });
};

const deploymentNamed = (call: Call): Deployment => {
  const deployment = call.repository.deployments.get(Number(call.param('deployment_id')));
  if (!deployment) throw notFound();
  return deployment;
};

const remove = (call: Call): Reply => {
  const deployment = deploymentNamed(call);
  const active = deployment.statuses.at(-1)?.state;
  if (call.repository.deployments.size > 1 && active !== 'inactive')
    throw validationFailed({
      resource: 'Deployment',
      field: 'state',
      code: 'custom',
      message: 'We cannot delete an active deployment unless it is the only deployment in a given environment.',
    });
  call.repository.deployments.delete(deployment.id);
  return noContent();
};

const states = ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'] as const;

const createStatus = (call: Call): Reply => {
  const deployment = deploymentNamed(call);
  const { body } = call;
  const state = optionalOneOf({ state: requiredText(body, 'state') }, 'state', states) ?? 'pending';
  const url = (key: string): string | undefined => {
    const text = optionalText(body, key);
    if (text && !/^https?:\/\//.test(text))
      throw validationFailed({
        resource: 'DeploymentStatus',
        field: key,
        code: 'custom',
        message: `${key} must use http(s) scheme`,
      });
    return text;
  };
  const previous = deployment.statuses.at(-1);
  const status = createDeploymentStatus(
    call.world,
    call.repository,
    deployment,
    {
      state,
      description: optionalText(body, 'description') ?? '',
      logUrl: url('log_url') ?? url('target_url') ?? '',
      environmentUrl: url('environment_url') ?? previous?.environmentUrl ?? '',
      environment: optionalText(body, 'environment'),
      autoInactive: optionalFlag(body, 'auto_inactive') ?? true,
    },
    call.principal,
  );
  const rendered = renderDeploymentStatus(call.world, call.repository, deployment, status);
  return json(201, rendered, { location: rendered.url });
};

const statusNamed = (call: Call): Reply => {
  const deployment = deploymentNamed(call);
  const status = deployment.statuses.find(({ id }) => id === Number(call.param('status_id')));
  if (!status) throw notFound();
  return json(200, renderDeploymentStatus(call.world, call.repository, deployment, status));
};

const environmentNamed = (call: Call): Environment => {
  const environment = call.repository.environments.get(call.param('environment_name').toLowerCase());
  if (!environment) throw notFound();
  return environment;
};

const putEnvironment = (call: Call): Reply => {
  const waitTimer = optionalInteger(call.body, 'wait_timer') ?? 0;
  if (waitTimer < 0 || waitTimer > 43_200) throw invalidRequest('wait_timer must be between 0 and 43200');
  const policy = optionalObject(call.body, 'deployment_branch_policy');
  const environment = environmentOf(call.world, call.repository, call.param('environment_name'));
  environment.waitTimer = waitTimer;
  environment.branchPolicy = policy
    ? {
        protected_branches: policy['protected_branches'] === true,
        custom_branch_policies: policy['custom_branch_policies'] === true,
      }
    : null;
  environment.updatedAt = call.world.clock();
  return json(200, renderEnvironment(call.world, call.repository, environment));
};

const removeEnvironment = (call: Call): Reply => {
  call.repository.environments.delete(environmentNamed(call).name.toLowerCase());
  return noContent();
};

const read = { permission: 'deployments', level: 'read' } as const;
const write = { permission: 'deployments', level: 'write' } as const;
const admin = { permission: 'administration', level: 'write', user: 'admin' } as const;
const base = '/repos/{owner}/{repo}';

export const deploymentRoutes = [
  route(`GET ${base}/deployments`, read, list),
  route(`POST ${base}/deployments`, write, create),
  route(`GET ${base}/deployments/{deployment_id}`, read, (call) =>
    json(200, renderDeployment(call.world, call.repository, deploymentNamed(call))),
  ),
  route(`DELETE ${base}/deployments/{deployment_id}`, write, remove),
  route(`GET ${base}/deployments/{deployment_id}/statuses`, read, (call) => {
    const deployment = deploymentNamed(call);
    return paged(call, deployment.statuses.toReversed(), (status) =>
      renderDeploymentStatus(call.world, call.repository, deployment, status),
    );
  }),
  route(`POST ${base}/deployments/{deployment_id}/statuses`, write, createStatus),
  route(`GET ${base}/deployments/{deployment_id}/statuses/{status_id}`, read, statusNamed),
  route(`GET ${base}/environments`, { permission: 'actions', level: 'read' }, (call) =>
    paged(
      call,
      [...call.repository.environments.values()],
      (environment) => renderEnvironment(call.world, call.repository, environment),
      counted('environments'),
    ),
  ),
  route(`GET ${base}/environments/{environment_name}`, { permission: 'actions', level: 'read' }, (call) =>
    json(200, renderEnvironment(call.world, call.repository, environmentNamed(call))),
  ),
  route(`PUT ${base}/environments/{environment_name}`, admin, putEnvironment),
  route(`DELETE ${base}/environments/{environment_name}`, admin, removeEnvironment),
];
