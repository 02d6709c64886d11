import { actorOf, appOf } from '../auth.ts';
import { emit } from '../events.ts';
import { validationFailed } from '../errors.ts';
import { renderDeployment, renderDeploymentStatus } from '../render/deployment.ts';
import type { Deployment, DeploymentStatus, Environment, Principal, Repository } from '../state.ts';
import { nextId } from '../state.ts';
import type { World } from '../world.ts';

/** The environment of that name, made when there is none. */
export const environmentOf = (world: World, repository: Repository, name: string): Environment => {
  const known = repository.environments.get(name.toLowerCase());
  if (known) return known;
  const now = world.clock();
  const environment: Environment = {
    id: nextId(world.state),
    name,
    createdAt: now,
    updatedAt: now,
    waitTimer: 0,
    branchPolicy: null,
    secrets: {},
  };
  repository.environments.set(name.toLowerCase(), environment);
  return environment;
};

export type NewDeployment = Pick<
  Deployment,
  'sha' | 'ref' | 'task' | 'payload' | 'environment' | 'description' | 'transient' | 'production'
>;

export const createDeployment = (
  world: World,
  repository: Repository,
  fields: NewDeployment,
  by: Principal,
): Deployment => {
  environmentOf(world, repository, fields.environment);
  const now = world.clock();
  const deployment: Deployment = {
    ...fields,
    id: nextId(world.state),
    creator: actorOf(world, by),
    app: appOf(by),
    createdAt: now,
    updatedAt: now,
    statuses: [],
  };
  repository.deployments.set(deployment.id, deployment);
  emit(world, {
    repository,
    event: 'deployment',
    action: 'created',
    by,
    payload: () => ({
      deployment: renderDeployment(world, repository, deployment),
      workflow: null,
      workflow_run: null,
    }),
  });
  return deployment;
};

export type NewDeploymentStatus = Pick<DeploymentStatus, 'state' | 'description' | 'logUrl' | 'environmentUrl'> & {
  environment: string | undefined;
  autoInactive: boolean;
};

export const createDeploymentStatus = (
  world: World,
  repository: Repository,
  deployment: Deployment,
  fields: NewDeploymentStatus,
  by: Principal,
): DeploymentStatus => {
  if ([...fields.description].length > 140)
    throw validationFailed({
      resource: 'DeploymentStatus',
      field: 'description',
      code: 'custom',
      message: 'description is too long (maximum is 140 characters)',
    });
  const add = (to: Deployment, more: Pick<DeploymentStatus, 'state' | 'description' | 'logUrl' | 'environmentUrl'>) => {
    const status: DeploymentStatus = {
      id: nextId(world.state),
      ...more,
      environment: to.environment,
      creator: actorOf(world, by),
      createdAt: world.clock(),
    };
    to.statuses.push(status);
    to.updatedAt = status.createdAt;
    emit(world, {
      repository,
      event: 'deployment_status',
      action: 'created',
      by,
      payload: () => ({
        deployment_status: renderDeploymentStatus(world, repository, to, status),
        deployment: renderDeployment(world, repository, to),
        check_run: null,
        workflow: null,
        workflow_run: null,
      }),
      quiet: status.state === 'inactive',
    });
    return status;
  };
  if (fields.environment !== undefined) deployment.environment = fields.environment;
  const { state, description, logUrl, environmentUrl } = fields;
  const made = add(deployment, { state, description, logUrl, environmentUrl });
  // A success retires what ran in its place; transient and production environments keep theirs (GitHub's rule).
  if (state === 'success' && fields.autoInactive)
    for (const other of repository.deployments.values())
      if (
        other !== deployment &&
        other.environment === deployment.environment &&
        !other.transient &&
        other.statuses.at(-1)?.state === 'success'
      )
        add(other, {
          state: 'inactive',
          description: '',
          logUrl: '',
          environmentUrl: other.statuses.at(-1)?.environmentUrl ?? '',
        });
  return made;
};
