import { startFakeServer, type FakeAnswer, type FakeCall, type FakeServer } from '../../provider-kit/fake-server.ts';
import {
  entered,
  lines,
  required,
  shownInstance,
  type FakeDeployment,
  type FakeProject,
  type FakeService,
} from './fake-model.ts';
import { execute, isMutation, type Roots, type Values } from './fake-graphql.ts';

/** The words that a deployment goes through, one for each time it is asked about, then the last for good. */
export type Rollout = readonly [string, ...string[]];

/** Railway as far as the handler uses it: projects, services, variables, deployments with snapshots, domains, logs. */
export interface FakeRailway extends FakeServer {
  /** Of deployments that start from now on. */
  rollout: Rollout;
  /** What the answers say that the account may ask in an hour. */
  perHour: number;
  readonly projects: Map<string, FakeProject>;
  /** Of a name, in all projects. */
  services(name: string): FakeService[];
  plantProject(name: string, description: string): FakeProject;
  plantService(project: FakeProject, name: string): FakeService;
}

export const TOKEN = 'railway-token-for-tests';
const LIVE: Rollout = ['QUEUED', 'BUILDING', 'DEPLOYING', 'SUCCESS'];

export async function startFakeRailway({ pageSize = 100 }: { pageSize?: number } = {}): Promise<FakeRailway> {
  const projects = new Map<string, FakeProject>();
  let ids = 0;
  const nextId = () => `${(ids += 1).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;

  function answer(call: FakeCall): FakeAnswer {
    const headers = { 'x-ratelimit-limit': String(railway.perHour) };
    const { query, variables = {} } = call.body as { query: string; variables?: Values };
    try {
      if (call.headers.authorization !== `Bearer ${TOKEN}`) throw new Error('Not Authorized');
      return { status: 200, headers, body: { data: execute(query, variables, roots) } };
    } catch (error) {
      const { message } = error as Error;
      return {
        status: 200,
        headers,
        body: { errors: [{ message, path: [], extensions: { code: 'INTERNAL_SERVER_ERROR' } }], data: null },
      };
    }
  }

  const every = () => [...projects.values()].flatMap(({ services }) => [...services.values()]);
  const serviceOf = (id: unknown) => required(every().find((service) => service.id === id));
  const deploymentOf = (id: unknown) =>
    required(
      every()
        .flatMap(({ deployments }) => deployments)
        .find((one) => one.id === id),
    );

  function page<T>(items: readonly T[], { after, first }: Values, show: (item: T) => unknown) {
    const from = Number(after ?? 0);
    const to = from + Math.min(pageSize, Number(first ?? 100));
    const pageInfo = { hasNextPage: to < items.length, endCursor: String(Math.min(to, items.length)) };
    return { pageInfo, edges: items.slice(from, to).map((item) => ({ node: show(item) })) };
  }

  const shownProject = (project: FakeProject) => ({
    id: project.id,
    name: project.name,
    description: project.description,
    environments: (args: Values) => page([project], args, shownEnvironment),
  });

  const shownEnvironment = ({ environment, services }: FakeProject) => ({
    id: environment,
    name: 'production',
    serviceInstances: (args: Values) => page([...services.values()], args, shownInstance),
  });

  function start(service: FakeService, variables: Record<string, string>, commit: string | null): FakeDeployment {
    const [status, ...ahead] = railway.rollout;
    const deployment: FakeDeployment = {
      id: nextId(),
      status,
      ahead,
      commit,
      variables: { ...variables, RAILWAY_SERVICE_ID: service.id },
      log: [],
    };
    service.deployments.push(deployment);
    entered(service, deployment);
    return deployment;
  }

  function advance(deployment: FakeDeployment): FakeDeployment {
    const next = deployment.ahead.shift();
    if (next === undefined) return deployment;
    deployment.status = next;
    entered(
      every().find(({ deployments }) => deployments.includes(deployment))!,
      deployment,
    );
    return deployment;
  }

  function create(project: FakeProject, name: string): FakeService {
    const service: FakeService = {
      id: nextId(),
      name,
      variables: {},
      instance: {},
      autoDeploy: true,
      domains: [],
      deployments: [],
    };
    project.services.set(service.id, service);
    return service;
  }

  function createProject(name: string, description: string | null): FakeProject {
    const project: FakeProject = { id: nextId(), name, description, environment: nextId(), services: new Map() };
    projects.set(project.id, project);
    return project;
  }

  const roots: Roots = {
    projects: (args) => page([...projects.values()], args, shownProject),
    environment: ({ id }) =>
      shownEnvironment(required([...projects.values()].find(({ environment }) => environment === id))),
    variables: ({ serviceId }) => serviceOf(serviceId).variables,
    deploymentSnapshot: ({ deploymentId }) => deploymentOf(deploymentId),
    deployment: ({ id }) => advance(deploymentOf(id)),
    buildLogs: ({ deploymentId, limit }) => lines(deploymentOf(deploymentId).log.slice(0, 2), limit),
    deploymentLogs: ({ deploymentId, limit }) => lines(deploymentOf(deploymentId).log.slice(2), limit),

    projectCreate: ({ input }) => {
      const { name, description = null } = input as { name: string; description?: string };
      return shownProject(createProject(name, description));
    },
    serviceCreate: ({ input }) => {
      const { projectId, name, variables, source } = input as {
        projectId: string;
        name: string;
        variables?: Record<string, string>;
        source?: object;
      };
      if (name.length > 32) throw new Error('Service name is too long');
      const service = create(required(projects.get(projectId)), name);
      Object.assign(service, { variables: { ...variables }, instance: source ? { source } : {} });
      if (source) start(service, service.variables, null);
      return service;
    },
    projectUpdate: ({ id, input }) => {
      const project = required(projects.get(String(id)));
      return shownProject(Object.assign(project, input));
    },
    serviceInstanceUpdate: ({ serviceId, input }) => {
      const { healthcheckTimeout: _, restartPolicyType: __, ...shown } = input as Values;
      Object.assign(serviceOf(serviceId).instance, shown);
      return true;
    },
    serviceInstanceAutoDeployUpdate: ({ input }) => {
      const { serviceId, enabled } = input as { serviceId: string; enabled: boolean };
      serviceOf(serviceId).autoDeploy = enabled;
      return { enabled };
    },
    serviceInstanceLimitsUpdate: ({ input }) => {
      const { serviceId, environmentId: _, ...limits } = input as Values;
      serviceOf(serviceId).limits = limits;
      return true;
    },
    serviceDomainCreate: ({ input }) => {
      const { serviceId, targetPort = null } = input as { serviceId: string; targetPort?: number | null };
      const service = serviceOf(serviceId);
      // A new one each time that it is asked for.
      const domain = { domain: `${service.name}-${service.domains.length}.up.railway.app`, targetPort };
      service.domains.push(domain);
      return domain;
    },
    variableCollectionUpsert: ({ input }) => {
      const { serviceId, variables, replace, skipDeploys } = input as {
        serviceId: string;
        variables: Record<string, string>;
        replace?: boolean;
        skipDeploys?: boolean;
      };
      const service = serviceOf(serviceId);
      service.variables = { ...(replace ? {} : service.variables), ...variables };
      // Unless it is told not to, a change of a variable deploys by itself.
      if (!skipDeploys) start(service, service.variables, null);
      return true;
    },
    serviceInstanceDeployV2: ({ serviceId, commitSha }) => {
      const service = serviceOf(serviceId);
      return start(service, service.variables, (commitSha as string | null) ?? null).id;
    },
    deploymentRollback: ({ id }) => {
      const earlier = deploymentOf(id);
      const service = every().find(({ deployments }) => deployments.includes(earlier))!;
      service.variables = { ...earlier.variables };
      start(service, earlier.variables, earlier.commit);
      return true;
    },
    serviceDelete: ({ id }) => {
      serviceOf(id);
      for (const { services } of projects.values()) services.delete(id as string);
      return true;
    },
  };

  const server = await startFakeServer({
    answer,
    isWrite: ({ body }) => isMutation((body as { query: string }).query),
  });
  const railway: FakeRailway = Object.assign(server, {
    rollout: LIVE,
    perHour: 100,
    projects,
    services: (name: string) => every().filter((service) => service.name === name),
    plantProject: createProject,
    plantService(project: FakeProject, name: string) {
      const service = create(project, name);
      const { rollout } = railway;
      railway.rollout = ['SUCCESS'];
      service.instance = { source: { image: 'nginx:1' } };
      start(service, service.variables, null);
      railway.rollout = rollout;
      return service;
    },
  });
  return railway;
}
