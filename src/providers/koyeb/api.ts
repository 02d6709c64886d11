import { z } from 'zod';
import { endpointOf } from '../../provider-kit/endpoint.ts';
import { createHttp, everyPage, path, type Query } from '../../provider-kit/http.ts';
import type { Account } from '../../provider-kit/provider.ts';

/** Koyeb's API, typed: one function a call, and of every answer only what the handler relies on. */

export const OFFICIAL = 'https://app.koyeb.com';

const App = z.object({
  id: z.string(),
  name: z.string(),
  status: z.string(),
  domains: z.array(z.object({ name: z.string(), type: z.string() })).optional(),
});
export type App = z.infer<typeof App>;

const Service = z.object({
  id: z.string(),
  app_id: z.string(),
  name: z.string(),
  status: z.string(),
  /** What serves; absent or empty until something did. */
  active_deployment_id: z.string().optional(),
  latest_deployment_id: z.string().optional(),
});
export type Service = z.infer<typeof Service>;

const Words = z.object({ command: z.string().optional(), args: z.array(z.string()).optional() });

/** As it was deployed. What is not named here is kept as it came, because it has to be sent again as a whole. */
const Deployed = z.looseObject({
  env: z.array(z.looseObject({ key: z.string(), value: z.string().optional() })).optional(),
  regions: z.array(z.string()).optional(),
  scalings: z.array(z.looseObject({ min: z.int().optional(), max: z.int().optional() })).optional(),
  ports: z.array(z.looseObject({ port: z.int().optional() })).optional(),
  routes: z.array(z.looseObject({ path: z.string().optional() })).optional(),
  health_checks: z.array(z.looseObject({ http: z.looseObject({ path: z.string().optional() }).optional() })).optional(),
  instance_types: z.array(z.looseObject({ type: z.string().optional() })).optional(),
  volumes: z.array(z.unknown()).optional(),
  docker: z.looseObject({ image: z.string().optional(), ...Words.shape }).optional(),
  git: z
    .looseObject({
      no_deploy_on_push: z.boolean().optional(),
      sha: z.string().optional(),
      branch: z.string().optional(),
      workdir: z.string().optional(),
      docker: z.looseObject({ dockerfile: z.string().optional(), ...Words.shape }).optional(),
      buildpack: z.looseObject({ build_command: z.string().optional(), run_command: z.string().optional() }).optional(),
    })
    .optional(),
});

const Deployment = z.object({
  id: z.string(),
  status: z.string(),
  created_at: z.string(),
  messages: z.array(z.string()).optional(),
  definition: Deployed,
});
export type Deployment = z.infer<typeof Deployment>;

/** What a deployment is made from, as Koyeb takes it; its variables may be secrets. */
export interface Definition {
  name: string;
  type: 'WEB';
  env: { key: string; value: string }[];
  [key: string]: unknown;
}

/** Numbers of 64 bits come as text. */
const Quotas = z.object({
  quotas: z.object({ services: z.coerce.number().optional(), memory_mb: z.coerce.number().optional() }),
});
const Organization = z.object({ organization: z.object({ id: z.string() }) });

const Paged = z.object({ has_next: z.boolean().optional() });
const Apps = Paged.extend({ apps: z.array(App) });
const Services = Paged.extend({ services: z.array(Service) });
const Deployments = z.object({ deployments: z.array(Deployment) });
const Logs = z.object({ data: z.array(z.object({ msg: z.string() })).optional() });
const asService = (value: unknown) => z.object({ service: Service }).parse(value).service;

/** One of the organization, or of a user; without its token, which is told when it is made. */
const Credential = z.object({ id: z.string(), name: z.string() });
export type Credential = z.infer<typeof Credential>;
const Credentials = z.object({ credentials: z.array(Credential), offset: z.coerce.number(), count: z.coerce.number() });
const Made = z.object({ credential: z.object({ token: z.string().min(1) }) });

export interface KoyebReader {
  /** All of the organization, whoever made them. */
  apps(): Promise<App[]>;
  services(): Promise<Service[]>;
  /** The id of the one that the token is of. */
  organization(): Promise<string>;
  credentialsNamed(name: string): Promise<Credential[]>;
  /** How many services the organization may have, and how much memory all together; megabytes. */
  quotas(): Promise<{ services?: number | undefined; memory_mb?: number | undefined }>;
  /** The names of apps are unique in an organization. */
  appNamed(name: string): Promise<App | undefined>;
  servicesOf(app: string): Promise<Service[]>;
  service(id: string): Promise<Service | undefined>;
  /** The newest ten. */
  deployments(service: string): Promise<Deployment[]>;
  deployment(id: string): Promise<Deployment>;
  /** The newest lines of one deployment, oldest first. */
  logs(deployment: Deployment, type: 'build' | 'runtime', lines: number): Promise<string[]>;
}

export interface KoyebWriter extends KoyebReader {
  /** `mask`: values that no message may repeat. */
  createApp(name: string, mask: string[]): Promise<App>;
  /** Starts a deployment. */
  createService(app: string, definition: Definition): Promise<Service>;
  /** Replaces the definition and starts a deployment. */
  updateService(id: string, definition: Definition, how?: { skip_build: boolean }): Promise<Service>;
  /** Starts a deployment of the same definition. */
  resume(id: string): Promise<void>;
  /** Whether it was there; it goes in its own time. */
  removeService(id: string): Promise<boolean>;
  removeApp(id: string): Promise<void>;
  /** The token of another credential of the organization. */
  createCredential(name: string, organization: string): Promise<string>;
  removeCredential(id: string): Promise<void>;
  delay: Account['delay'];
  account: Account;
}

const PAGE = 100;
const MOST_LINES = 1000;

export function connect(account: Account): { reader: KoyebReader; writer: KoyebWriter } {
  const http = createHttp({
    name: account.name,
    baseUrl: endpointOf(account, OFFICIAL),
    headers: { authorization: `Bearer ${account.credentials['KOYEB_TOKEN'] ?? ''}` },
    signal: account.signal,
    mask: account.mask,
    credentialMend: 'set KOYEB_TOKEN to an API access token of the organization',
  });

  /** Every page; the next one starts after what has come, however much that was. */
  const all = <T>(from: string, query: Query, parse: (value: unknown) => { items: T[]; more: boolean }) =>
    everyPage(async (cursor) => {
      const offset = Number(cursor ?? 0);
      const { items, more } = await http.reader.get(from, { query: { ...query, limit: PAGE, offset }, parse });
      return { items, next: more && items.length > 0 ? String(offset + items.length) : undefined };
    });
  const allApps = (query: Query) =>
    all('/v1/apps', query, (value) => {
      const { apps, has_next } = Apps.parse(value);
      return { items: apps, more: has_next ?? false };
    });
  const allServices = (query: Query) =>
    all('/v1/services', query, (value) => {
      const { services, has_next } = Services.parse(value);
      return { items: services, more: has_next ?? false };
    });
  const sent = (definition: Definition, rest: object = {}) => ({
    json: { ...rest, definition },
    mask: definition.env.flatMap(({ value }) => value ?? []),
    parse: asService,
  });

  const reader: KoyebReader = {
    apps: () => allApps({}),
    services: () => allServices({ types: 'WEB' }),
    organization: () =>
      http.reader.get('/v1/account/organization', { parse: (value) => Organization.parse(value).organization.id }),
    credentialsNamed: async (name) => {
      const found = await all('/v1/credentials', { name }, (value) => {
        const { credentials, offset, count } = Credentials.parse(value);
        return { items: credentials, more: offset + credentials.length < count };
      });
      return found.filter((credential) => credential.name === name);
    },
    quotas: async () => {
      const organization = await reader.organization();
      return http.reader.get(path`/v1/organizations/${organization}/quotas`, {
        parse: (value) => Quotas.parse(value).quotas,
      });
    },
    // The filter is no promise of an exact match.
    appNamed: async (name) => (await allApps({ name })).find((app) => app.name === name),
    servicesOf: (app) => allServices({ app_id: app }),
    service: (id) => http.reader.find(path`/v1/services/${id}`, { parse: asService }),
    deployments: (service) =>
      http.reader.get('/v1/deployments', {
        query: { service_id: service, limit: 10 },
        parse: (value) => Deployments.parse(value).deployments,
      }),
    deployment: (id) =>
      http.reader.get(path`/v1/deployments/${id}`, {
        parse: (value) => z.object({ deployment: Deployment }).parse(value).deployment,
      }),
    async logs({ id, created_at }, type, lines) {
      // Without a start only the last quarter of an hour is looked at.
      const query = { deployment_id: id, type, start: created_at, order: 'desc', limit: Math.min(lines, MOST_LINES) };
      const { data = [] } = await http.reader.get('/v1/streams/logs/query', {
        query,
        parse: (value) => Logs.parse(value),
      });
      return data.toReversed().flatMap(({ msg }) => msg.trimEnd().split(/\r?\n/));
    },
  };

  const writer: KoyebWriter = {
    ...reader,
    account,
    delay: (milliseconds) => account.delay(milliseconds),
    createApp: (name, mask) =>
      http.writer.post('/v1/apps', {
        json: { name, life_cycle: { delete_when_empty: true } },
        mask,
        parse: (value) => z.object({ app: App }).parse(value).app,
      }),
    createService: (app, definition) => http.writer.post('/v1/services', sent(definition, { app_id: app })),
    updateService: (id, definition, how) => http.writer.put(path`/v1/services/${id}`, sent(definition, how)),
    resume: (id) => http.writer.post(path`/v1/services/${id}/resume`),
    removeService: (id) => http.writer.delete(path`/v1/services/${id}`),
    removeApp: async (id) => void (await http.writer.delete(path`/v1/apps/${id}`)),
    createCredential: (name, organization_id) =>
      http.writer.post('/v1/credentials', {
        json: { name, description: 'made by Flotilla', type: 'ORGANIZATION', organization_id },
        parse: (value) => Made.parse(value).credential.token,
      }),
    removeCredential: async (id) => void (await http.writer.delete(path`/v1/credentials/${id}`)),
  };
  return { reader, writer };
}
