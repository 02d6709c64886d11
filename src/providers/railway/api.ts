import type { z } from 'zod';
import type { JsonObject } from '../../model/resource.ts';
import { endpointOf } from '../../provider-kit/endpoint.ts';
import { createHttp, everyPage, isNotFound } from '../../provider-kit/http.ts';
import type { Account } from '../../provider-kit/provider.ts';
import {
  PageInfo,
  Instances,
  Project,
  Projects,
  MoreInstances,
  Created,
  CreatedService,
  Started,
  Logs,
  Variables,
  type Deployment,
  type Instance,
} from './answers.ts';
import {
  adoption,
  CREATE_PROJECT,
  CREATE_SERVICE,
  DEPLOY,
  FIND,
  LOGS,
  MORE_INSTANCES,
  REMOVE_SERVICE,
  ROLLBACK,
  settings,
  variablesOf,
} from './documents.ts';
import { paceOf, pollerOf, type Poller } from './poller.ts';

/** Railway's GraphQL API, typed: one function a request, and of every answer only what the handler relies on. */

export const OFFICIAL = 'https://backboard.railway.com';
const AT = '/graphql/v2';

/** The project of a fleet's environment, with everything in it. */
export interface Place {
  project: string;
  environment: string;
  instances: Instance[];
}

export interface NamedPlace extends Place {
  name: string;
  description: string;
}

export interface RailwayReader {
  /** Every project whose description is a wanted one: of the others it is not asked what more they hold. */
  places(wanted: (description: string) => boolean): Promise<NamedPlace[]>;
  /** Variables of services and of deployments, by id. Values are secrets: nothing of them may be told. */
  variables(place: Place, services: string[], deployments: string[]): Promise<Map<string, Record<string, string>>>;
  /** The newest lines, oldest first: of the build, then of the process. */
  logs(deployment: string, lines: number): Promise<string[]>;
}

export interface Settings {
  service: string;
  variables: Record<string, string>;
  instance: JsonObject;
  /** Switches the deployments off that Railway starts by itself for each push. */
  autoDeployOff: boolean;
  limits?: { memoryGB?: number; vCPUs?: number };
  /** Gives it a public address that leads to this port. */
  domainFor?: number;
}

export interface RailwayWriter extends RailwayReader {
  createProject(name: string, description: string, mask: string[]): Promise<Place>;
  /** Without a source, so that nothing is deployed yet. */
  createService(place: Place, name: string, variables: Record<string, string>, mask: string[]): Promise<string>;
  change(place: Place, settings: Settings): Promise<void>;
  /** Adds variables to a service, and a description to its project; deploys nothing. */
  adopt(
    place: Place,
    service: string,
    variables: Record<string, string>,
    how: { description: string | undefined; autoDeployOff: boolean },
  ): Promise<void>;
  /** The new deployment. */
  deploy(place: Place, service: string, commit: string | undefined): Promise<Deployment>;
  /** Starts a deployment whose id has to be looked for. */
  rollback(deployment: string): Promise<void>;
  removeService(service: string): Promise<void>;
  poll: Poller;
  /** Seconds between two questions that the account's limit has room for. */
  pace(): number;
  /** `owner/name` of the repository that Railway builds from. */
  repository: string | undefined;
  delay: Account['delay'];
}

const LARGEST_BATCH = 25;
const asIs = (value: unknown) => value;

export function connect(account: Account): { reader: RailwayReader; writer: RailwayWriter } {
  const workspace = account.options['workspace'] as string | undefined;
  const pace = paceOf(account);
  const http = createHttp({
    name: account.name,
    baseUrl: endpointOf(account, OFFICIAL),
    headers: { authorization: `Bearer ${account.credentials['RAILWAY_API_TOKEN'] ?? ''}` },
    signal: account.signal,
    credentialMend: 'set RAILWAY_API_TOKEN to an account or workspace token that sees this project',
    mask: account.mask && ((text) => account.mask!(text)),
    exchange: pace.exchange,
  });
  const ask = <T>(document: string, variables: JsonObject, parse: (value: unknown) => T) =>
    http.reader.query(AT, document, { variables, parse });
  const change = <T>(document: string, variables: JsonObject, parse: (value: unknown) => T, mask: string[] = []) =>
    http.writer.mutate(AT, document, { variables, parse, mask });

  async function placeOf(project: z.infer<typeof Project>): Promise<Place[]> {
    const environments = project.environments.edges.map(({ node }) => node);
    const own = environments.find(({ name }) => name === ENVIRONMENT) ?? environments[0];
    if (!own) return [];
    let first: z.infer<typeof Instances> | undefined = own.serviceInstances;
    const instances = await everyPage(async (after) => {
      const variables = { environment: own.id, project: project.id, after: after ?? null };
      const page =
        first ??
        (await ask(MORE_INSTANCES, variables, (value) => MoreInstances.parse(value))).environment.serviceInstances;
      first = undefined;
      return { items: page.edges.map(({ node }) => node), next: nextOf(page.pageInfo) };
    });
    return [{ project: project.id, environment: own.id, instances: instances.filter(({ deletedAt }) => !deletedAt) }];
  }

  async function makeProject(name: string, description: string, mask: string[]): Promise<Place> {
    const input = {
      name,
      description,
      defaultEnvironmentName: ENVIRONMENT,
      prDeploys: false,
      ...(workspace ? { workspaceId: workspace } : {}),
    };
    const { id, environments } = (await change(CREATE_PROJECT, { input }, (value) => Created.parse(value), mask))
      .projectCreate;
    return { project: id, environment: environments.edges[0]?.node.id ?? '', instances: [] };
  }

  const reader: RailwayReader = {
    async places(wanted) {
      const projects = await everyPage(async (after) => {
        const variables = { workspace: workspace ?? null, after: after ?? null };
        const page = (await ask(FIND, variables, (value) => Projects.parse(value))).projects;
        return { items: page.edges.map(({ node }) => node), next: nextOf(page.pageInfo) };
      });
      const named = projects.filter(({ description }) => wanted(description ?? ''));
      const places = named.map(async (project) => {
        const { name, description } = project;
        return (await placeOf(project)).map((place) => ({ ...place, name, description: description ?? '' }));
      });
      return (await Promise.all(places)).flat();
    },
    async variables({ project, environment }, services, deployments) {
      const found = new Map<string, Record<string, string>>();
      const wanted = [...services.map((id) => ['s', id] as const), ...deployments.map((id) => ['d', id] as const)];
      for (let from = 0; from < wanted.length; from += LARGEST_BATCH) {
        const batch = wanted.slice(from, from + LARGEST_BATCH);
        const [s, d] = ['s', 'd'].map((kind) => batch.filter(([of]) => of === kind).map(([, id]) => id)) as [
          string[],
          string[],
        ];
        const ids = { ...numbered('s', s), ...numbered('d', d) };
        const document = variablesOf(s.length, d.length);
        const values = await ask(document, { ...(s.length > 0 ? { project, environment } : {}), ...ids }, (value) =>
          Variables.parse(value),
        );
        for (const [alias, id] of Object.entries(ids)) found.set(id, plain(values[alias]));
      }
      return found;
    },
    async logs(deployment, limit) {
      const { build, run } = await ask(LOGS, { deployment, limit }, (value) => Logs.parse(value));
      return [...build, ...run].flatMap(({ message }) => message.split(/\r?\n/)).slice(-limit);
    },
  };

  const writer: RailwayWriter = {
    ...reader,
    createProject(name, description, mask) {
      const projects = making.get(account) ?? new Map<string, Promise<Place>>();
      making.set(account, projects);
      const known = projects.get(description) ?? makeProject(name, description, mask);
      projects.set(description, known);
      known.catch(() => projects.delete(description));
      return known;
    },
    async createService({ project, environment }, name, variables, mask) {
      const input = { projectId: project, environmentId: environment, name, variables };
      return (await change(CREATE_SERVICE, { input }, (value) => CreatedService.parse(value), mask)).serviceCreate.id;
    },
    async change({ project, environment }, { service, variables, instance, autoDeployOff, limits, domainFor }) {
      const at = { environmentId: environment, serviceId: service };
      const document = settings({
        autoDeploy: autoDeployOff,
        limits: limits !== undefined,
        domain: domainFor !== undefined,
      });
      const upsert = { projectId: project, ...at, variables, replace: true, skipDeploys: true };
      const parts: JsonObject = {
        service,
        environment,
        variables: upsert,
        instance,
        ...(autoDeployOff ? { autoDeploy: { projectId: project, ...at, enabled: false } } : {}),
        ...(limits ? { limits: { ...at, ...limits } } : {}),
        ...(domainFor === undefined ? {} : { domain: { ...at, targetPort: domainFor } }),
      };
      await change(document, parts, asIs, Object.values(variables));
    },
    async adopt({ project, environment }, service, variables, { description, autoDeployOff }) {
      const at = { environmentId: environment, serviceId: service };
      const parts: JsonObject = {
        variables: { projectId: project, ...at, variables, skipDeploys: true },
        ...(description === undefined ? {} : { project, input: { description } }),
        ...(autoDeployOff ? { autoDeploy: { projectId: project, ...at, enabled: false } } : {}),
      };
      await change(adoption({ project: description !== undefined, autoDeploy: autoDeployOff }), parts, asIs);
    },
    async deploy({ environment }, service, commit) {
      const variables = { service, environment, commit: commit ?? null };
      const { deployment } = await change(DEPLOY, variables, (value) => Started.parse(value));
      return { id: deployment, status: 'QUEUED' };
    },
    rollback: async (deployment) => void (await change(ROLLBACK, { deployment }, asIs)),
    async removeService(service) {
      try {
        await change(REMOVE_SERVICE, { service }, asIs);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    },
    poll: pollerOf(account, ask),
    pace: () => pace.seconds(),
    repository: (account.options['repository'] as string | undefined) ?? account.repository,
    delay: (milliseconds) => account.delay(milliseconds),
  };
  return { reader, writer };
}

/** Services that start at the same time in a fleet's first run share the project that the first of them makes. */
const making = new WeakMap<Account, Map<string, Promise<Place>>>();

/** Railway's name for the one environment that a project is made with. */
const ENVIRONMENT = 'production';

function nextOf({ hasNextPage, endCursor }: z.infer<typeof PageInfo>): string | undefined {
  return hasNextPage ? (endCursor ?? undefined) : undefined;
}

function numbered(prefix: string, ids: string[]): Record<string, string> {
  return Object.fromEntries(ids.map((id, index) => [`${prefix}${index}`, id]));
}

function plain(value: z.infer<typeof Variables>[string] | undefined): Record<string, string> {
  const values = (value && 'variables' in value && typeof value.variables === 'object' ? value.variables : value) ?? {};
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, text]) => (typeof text === 'string' ? [[name, text]] : [])),
  );
}
