import { nodeId } from '../node-id.ts';
import type { CommitStatus, Deployment, DeploymentStatus, Environment, Repository } from '../state.ts';
import type { World } from '../world.ts';
import { renderAccount, renderApp, time } from './account.ts';
import { repositoryPage, repositoryUrl } from './repository.ts';

export const renderDeployment = (world: World, repository: Repository, deployment: Deployment) => {
  const url = `${repositoryUrl(world, repository)}/deployments/${deployment.id}`;
  return {
    url,
    id: deployment.id,
    node_id: nodeId('Deployment', deployment.id),
    task: deployment.task,
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    created_at: time(deployment.createdAt),
    updated_at: time(deployment.updatedAt),
    statuses_url: `${url}/statuses`,
    repository_url: repositoryUrl(world, repository),
    creator: renderAccount(world, deployment.creator),
    sha: deployment.sha,
    ref: deployment.ref,
    payload: deployment.payload,
    transient_environment: deployment.transient,
    production_environment: deployment.production,
    performed_via_github_app: deployment.app ? renderApp(world, deployment.app) : null,
  };
};

export const renderDeploymentStatus = (
  world: World,
  repository: Repository,
  deployment: Deployment,
  status: DeploymentStatus,
) => {
  const url = `${repositoryUrl(world, repository)}/deployments/${deployment.id}`;
  return {
    url: `${url}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId('DeploymentStatus', status.id),
    state: status.state,
    creator: renderAccount(world, status.creator),
    description: status.description,
    environment: status.environment,
    target_url: status.logUrl,
    created_at: time(status.createdAt),
    updated_at: time(status.createdAt),
    deployment_url: url,
    repository_url: repositoryUrl(world, repository),
    environment_url: status.environmentUrl,
    log_url: status.logUrl,
    performed_via_github_app: deployment.app ? renderApp(world, deployment.app) : null,
  };
};

export const renderEnvironment = (world: World, repository: Repository, environment: Environment) => ({
  id: environment.id,
  node_id: nodeId('Environment', environment.id),
  name: environment.name,
  url: `${repositoryUrl(world, repository)}/environments/${encodeURIComponent(environment.name)}`,
  html_url: `${repositoryPage(world, repository)}/deployments/activity_log?environments_filter=${encodeURIComponent(environment.name)}`,
  created_at: time(environment.createdAt),
  updated_at: time(environment.updatedAt),
  protection_rules: environment.waitTimer
    ? [
        {
          id: environment.id,
          node_id: nodeId('Environment', environment.id, 'wait'),
          type: 'wait_timer',
          wait_timer: environment.waitTimer,
        },
      ]
    : [],
  deployment_branch_policy: environment.branchPolicy,
});

export const renderSimpleStatus = (world: World, repository: Repository, status: CommitStatus) => ({
  url: `${repositoryUrl(world, repository)}/statuses/${status.sha}`,
  avatar_url: `${world.urls.server}/avatars/${status.creator.id}`,
  id: status.id,
  node_id: nodeId('Status', status.id),
  state: status.state,
  description: status.description,
  target_url: status.targetUrl,
  context: status.context,
  created_at: time(status.createdAt),
  updated_at: time(status.createdAt),
});

export const renderStatus = (world: World, repository: Repository, status: CommitStatus) => ({
  ...renderSimpleStatus(world, repository, status),
  creator: renderAccount(world, status.creator),
});
