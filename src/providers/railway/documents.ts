/** The GraphQL documents, each as large as it can be: a free account may ask 100 times an hour. */

const PAGE = 'pageInfo { hasNextPage endCursor }';
const DEPLOYMENT = 'id status';

const INSTANCES = `
  ${PAGE}
  edges {
    node {
      serviceId serviceName deletedAt
      source { image repo }
      numReplicas region startCommand healthcheckPath rootDirectory dockerfilePath buildCommand
      domains { serviceDomains { domain targetPort } }
      latestDeployment { ${DEPLOYMENT} }
      activeDeployments { ${DEPLOYMENT} }
    }
  }`;

/** Every project with its environments and what runs in them: one request finds everything. */
export const FIND = `query find($workspace: String, $after: String) {
  projects(workspaceId: $workspace, first: 100, after: $after) {
    ${PAGE}
    edges {
      node {
        id name description
        environments(first: 20) {
          edges { node { id name serviceInstances(first: 100) { ${INSTANCES} } } }
        }
      }
    }
  }
}`;

export const MORE_INSTANCES = `query more($environment: String!, $project: String!, $after: String) {
  environment(id: $environment, projectId: $project) {
    serviceInstances(first: 100, after: $after) { ${INSTANCES} }
  }
}`;

/** Variables of services and of deployments, all in one request. */
export function variablesOf(services: number, deployments: number): string {
  const declared = [
    ...(services > 0 ? ['$project: String!', '$environment: String!'] : []),
    ...each(services, (index) => `$s${index}: String!`),
    ...each(deployments, (index) => `$d${index}: String!`),
  ];
  const fields = [
    ...each(
      services,
      (index) =>
        `s${index}: variables(projectId: $project, environmentId: $environment, serviceId: $s${index}, unrendered: true)`,
    ),
    ...each(deployments, (index) => `d${index}: deploymentSnapshot(deploymentId: $d${index}) { variables }`),
  ];
  return `query variables(${declared.join(', ')}) {\n  ${fields.join('\n  ')}\n}`;
}

/** The state of several deployments. */
export function deploymentsOf(count: number): string {
  const declared = each(count, (index) => `$d${index}: String!`).join(', ');
  const fields = each(count, (index) => `d${index}: deployment(id: $d${index}) { ${DEPLOYMENT} }`);
  return `query deployments(${declared}) {\n  ${fields.join('\n  ')}\n}`;
}

export const LOGS = `query logs($deployment: String!, $limit: Int) {
  build: buildLogs(deploymentId: $deployment, limit: $limit) { message }
  run: deploymentLogs(deploymentId: $deployment, limit: $limit) { message }
}`;

export const CREATE_PROJECT = `mutation createProject($input: ProjectCreateInput!) {
  projectCreate(input: $input) { id environments(first: 20) { edges { node { id name } } } }
}`;

export const CREATE_SERVICE = `mutation createService($input: ServiceCreateInput!) {
  serviceCreate(input: $input) { id }
}`;

/** What a change of settings consists of; the server does one after the other, and none starts a deployment. */
export interface SettingsParts {
  autoDeploy: boolean;
  limits: boolean;
  domain: boolean;
}

export function settings({ autoDeploy, limits, domain }: SettingsParts): string {
  const declared = [
    '$service: String!',
    '$environment: String!',
    '$variables: VariableCollectionUpsertInput!',
    '$instance: ServiceInstanceUpdateInput!',
    ...(autoDeploy ? ['$autoDeploy: ServiceInstanceAutoDeployUpdateInput!'] : []),
    ...(limits ? ['$limits: ServiceInstanceLimitsUpdateInput!'] : []),
    ...(domain ? ['$domain: ServiceDomainCreateInput!'] : []),
  ];
  const fields = [
    'variables: variableCollectionUpsert(input: $variables)',
    'instance: serviceInstanceUpdate(serviceId: $service, environmentId: $environment, input: $instance)',
    ...(autoDeploy ? ['autoDeploy: serviceInstanceAutoDeployUpdate(input: $autoDeploy) { enabled }'] : []),
    ...(limits ? ['limits: serviceInstanceLimitsUpdate(input: $limits)'] : []),
    ...(domain ? ['domain: serviceDomainCreate(input: $domain) { domain }'] : []),
  ];
  return `mutation settings(${declared.join(', ')}) {\n  ${fields.join('\n  ')}\n}`;
}

/** Marks what exists; none of it starts a deployment. */
export function adoption({ project, autoDeploy }: { project: boolean; autoDeploy: boolean }): string {
  const declared = [
    '$variables: VariableCollectionUpsertInput!',
    ...(project ? ['$project: String!', '$input: ProjectUpdateInput!'] : []),
    ...(autoDeploy ? ['$autoDeploy: ServiceInstanceAutoDeployUpdateInput!'] : []),
  ];
  const fields = [
    'variables: variableCollectionUpsert(input: $variables)',
    ...(project ? ['project: projectUpdate(id: $project, input: $input) { id }'] : []),
    ...(autoDeploy ? ['autoDeploy: serviceInstanceAutoDeployUpdate(input: $autoDeploy) { enabled }'] : []),
  ];
  return `mutation adopt(${declared.join(', ')}) {\n  ${fields.join('\n  ')}\n}`;
}

/** Answers the id of the deployment, bare. */
export const DEPLOY = `mutation deploy($service: String!, $environment: String!, $commit: String) {
  deployment: serviceInstanceDeployV2(serviceId: $service, environmentId: $environment, commitSha: $commit)
}`;

/** Answers true and nothing to select, whatever the documentation's example says. */
export const ROLLBACK = `mutation rollback($deployment: String!) {
  deploymentRollback(id: $deployment)
}`;

export const REMOVE_SERVICE = `mutation removeService($service: String!) {
  serviceDelete(id: $service)
}`;

function each<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
