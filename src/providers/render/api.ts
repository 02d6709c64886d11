import { z } from 'zod';
import { UnsupportedError } from '../../model/errors.ts';
import { endpointOf } from '../../provider-kit/endpoint.ts';
import { createHttp, everyPage, path } from '../../provider-kit/http.ts';
import type { HttpReader } from '../../provider-kit/http.ts';
import type { Account } from '../../provider-kit/provider.ts';

/** Render's API, typed: one function a call, and of every answer only what the handlers rely on. */

export const OFFICIAL = 'https://api.render.com';

const Service = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  autoDeploy: z.string(),
  suspended: z.string(),
  repo: z.string().optional(),
  branch: z.string().optional(),
  rootDir: z.string().optional(),
  imagePath: z.string().optional(),
  serviceDetails: z.object({
    url: z.string().optional(),
    region: z.string().optional(),
    numInstances: z.int().optional(),
    runtime: z.string().optional(),
    plan: z.string().optional(),
    healthCheckPath: z.string().optional(),
    /** Of a service: what of it depends on its runtime. */
    envSpecificDetails: z
      .object({
        buildCommand: z.string().optional(),
        startCommand: z.string().optional(),
        dockerCommand: z.string().optional(),
        dockerContext: z.string().optional(),
        dockerfilePath: z.string().optional(),
      })
      .optional(),
    disk: z.unknown().optional(),
    autoscaling: z.object({ enabled: z.boolean().optional() }).optional(),
    buildCommand: z.string().optional(),
    publishPath: z.string().optional(),
  }),
});
export type Service = z.infer<typeof Service>;

const Deploy = z.object({
  id: z.string(),
  status: z.string().optional(),
  commit: z.object({ id: z.string().optional() }).nullish(),
});
export type Deploy = z.infer<typeof Deploy>;

const Services = z.array(z.object({ cursor: z.string(), service: Service }));
const Deploys = z.array(z.object({ deploy: Deploy }));
const Variables = z.array(z.object({ cursor: z.string(), envVar: z.object({ key: z.string(), value: z.string() }) }));
const Route = z.object({ type: z.string(), source: z.string(), destination: z.string() });
const Routes = z.array(z.object({ cursor: z.string(), route: Route }));
const Header = z.object({ path: z.string(), name: z.string(), value: z.string() });
const Headers = z.array(z.object({ cursor: z.string(), header: Header }));
const Domains = z.array(z.object({ cursor: z.string(), customDomain: z.object({ name: z.string() }) }));
const Owners = z.array(z.object({ owner: z.object({ id: z.string(), name: z.string() }) }));
const Logs = z.object({ logs: z.array(z.object({ message: z.string() })) });

export type ServiceType = 'web_service' | 'static_site';

/** What `POST /services` takes besides type, name, owner and variables, and what `PATCH /services/{id}` takes. */
export interface ServiceBody {
  autoDeploy: 'no';
  repo?: string;
  rootDir?: string;
  image?: { imagePath: string };
  serviceDetails: Record<string, unknown>;
}

/** What is deployed; neither: the newest commit of the branch. */
export interface What {
  commitId?: string;
  imageUrl?: string;
}

export interface RenderReader {
  /** All of a type in the workspace, whoever made them. */
  services(type: string): Promise<Service[]>;
  /** Names are unique in a workspace, whatever the type. */
  serviceNamed(name: string): Promise<Service | undefined>;
  service(id: string): Promise<Service>;
  /** One environment variable's value. */
  variable(service: string, key: string): Promise<string | undefined>;
  variables(service: string): Promise<Record<string, string>>;
  routes(service: string): Promise<z.infer<typeof Route>[]>;
  headers(service: string): Promise<z.infer<typeof Header>[]>;
  domains(service: string): Promise<string[]>;
  /** `owner/name` of what is built, where it is known. */
  repository: string | undefined;
  /** The newest, newest first, at most `PAGE`; of a status where one is given. */
  deploys(service: string, status?: string): Promise<Deploy[]>;
  deploy(service: string, id: string): Promise<Deploy>;
  /** The newest lines, at most a hundred, oldest first. */
  logs(service: string, lines: number): Promise<string[]>;
}

export interface RenderWriter extends RenderReader {
  /** Starts a deploy, of an image or of the branch's newest commit. */
  create(name: string, body: ServiceBody & { type: ServiceType }, env: Record<string, string>): Promise<Service>;
  /** Starts no deploy. */
  update(id: string, body: ServiceBody): Promise<void>;
  stopAutoDeploy(id: string): Promise<void>;
  resume(id: string): Promise<void>;
  scale(id: string, instances: number): Promise<void>;
  /** Replaces all variables; starts no deploy. */
  setVariables(id: string, env: Record<string, string>): Promise<void>;
  setVariable(id: string, key: string, value: string): Promise<void>;
  setRoutes(id: string, routes: unknown[]): Promise<void>;
  setHeaders(id: string, headers: unknown[]): Promise<void>;
  /** Undefined when Render only queued it. */
  startDeploy(id: string, what: What): Promise<Deploy | undefined>;
  cancelDeploy(id: string, deploy: string): Promise<void>;
  rollback(id: string, deploy: string): Promise<Deploy>;
  remove(id: string): Promise<void>;
  delay: Account['delay'];
  account: Account;
}

const list = (env: Record<string, string>) => Object.entries(env).map(([key, value]) => ({ key, value }));
const MOST_LINES = 100;
/** Deploys that are looked at: as many can be put back. */
export const PAGE = 10;

export function connect(account: Account): { reader: RenderReader; writer: RenderWriter } {
  const http = createHttp({
    name: account.name,
    baseUrl: `${endpointOf(account, OFFICIAL)}/v1`,
    headers: { authorization: `Bearer ${account.credentials['RENDER_API_KEY'] ?? ''}` },
    signal: account.signal,
    mask: account.mask,
    credentialMend: 'set RENDER_API_KEY to a key of an account that may use the workspace',
  });
  let known: Promise<string> | undefined;
  const owner = (): Promise<string> => {
    known ??= workspaceOf(http.reader, account);
    // What failed is asked again.
    known.catch(() => (known = undefined));
    return known;
  };

  /** Parts of a service, over as many pages as there are. */
  const all = <T>(at: string, parse: (value: unknown) => { cursor: string; item: T }[]) =>
    everyPage(async (cursor) => {
      const page = await http.reader.get(at, { query: { limit: 100, cursor }, parse });
      return { items: page.map(({ item }) => item), next: page.at(-1)?.cursor };
    });
  const { options } = account;
  const repository = typeof options['repository'] === 'string' ? options['repository'] : account.repository;

  const reader: RenderReader = {
    repository,
    async variables(id) {
      const list = await all(path`/services/${id}/env-vars`, (value) =>
        Variables.parse(value).map(({ cursor, envVar }) => ({ cursor, item: [envVar.key, envVar.value] as const })),
      );
      return Object.fromEntries(list);
    },
    routes: (id) =>
      all(path`/services/${id}/routes`, (value) =>
        Routes.parse(value).map(({ cursor, route }) => ({ cursor, item: route })),
      ),
    headers: (id) =>
      all(path`/services/${id}/headers`, (value) =>
        Headers.parse(value).map(({ cursor, header }) => ({ cursor, item: header })),
      ),
    domains: (id) =>
      all(path`/services/${id}/custom-domains`, (value) =>
        Domains.parse(value).map(({ cursor, customDomain }) => ({ cursor, item: customDomain.name })),
      ),
    async services(type) {
      const ownerId = await owner();
      return everyPage(async (cursor) => {
        const query = { ownerId, type, includePreviews: false, limit: 100, cursor };
        const page = await http.reader.get('/services', { query, parse: (value) => Services.parse(value) });
        // A page that is not full may still not be the last.
        return { items: page.map(({ service }) => service), next: page.at(-1)?.cursor };
      });
    },
    async serviceNamed(name) {
      const query = { ownerId: await owner(), name, includePreviews: false, limit: 20 };
      const page = await http.reader.get('/services', { query, parse: (value) => Services.parse(value) });
      return page.find(({ service }) => service.name === name)?.service;
    },
    service: (id) => http.reader.get(path`/services/${id}`, { parse: (value) => Service.parse(value) }),
    variable: (id, key) =>
      http.reader.find(path`/services/${id}/env-vars/${key}`, {
        parse: (value) => z.object({ value: z.string() }).parse(value).value,
      }),
    deploys: (id, status) =>
      http.reader.get(path`/services/${id}/deploys`, {
        query: { limit: PAGE, status },
        parse: (value) => Deploys.parse(value).map(({ deploy }) => deploy),
      }),
    deploy: (id, deploy) =>
      http.reader.get(path`/services/${id}/deploys/${deploy}`, { parse: (value) => Deploy.parse(value) }),
    async logs(resource, lines) {
      const query = { ownerId: await owner(), resource, limit: Math.min(lines, MOST_LINES), direction: 'backward' };
      const { logs } = await http.reader.get('/logs', { query, parse: (value) => Logs.parse(value) });
      const messages = logs.toReversed().flatMap(({ message }) => message.split(/\r?\n/));
      return messages.slice(-lines);
    },
  };

  const writer: RenderWriter = {
    ...reader,
    account,
    delay: (milliseconds) => account.delay(milliseconds),
    async create(name, { image, ...body }, env) {
      const ownerId = await owner();
      return http.writer.post('/services', {
        json: { ...body, name, ownerId, ...(image ? { image: { ownerId, ...image } } : {}), envVars: list(env) },
        mask: Object.values(env),
        parse: (value) => z.object({ service: Service }).parse(value).service,
      });
    },
    async update(id, { image, ...body }) {
      const json = { ...body, ...(image ? { image: { ownerId: await owner(), ...image } } : {}) };
      await http.writer.patch(path`/services/${id}`, { json });
    },
    stopAutoDeploy: (id) => http.writer.patch(path`/services/${id}`, { json: { autoDeploy: 'no' } }),
    resume: (id) => http.writer.post(path`/services/${id}/resume`),
    scale: (id, numInstances) => http.writer.post(path`/services/${id}/scale`, { json: { numInstances } }),
    setVariables: (id, env) =>
      http.writer.put(path`/services/${id}/env-vars`, { json: list(env), mask: Object.values(env) }),
    setVariable: (id, key, value) => http.writer.put(path`/services/${id}/env-vars/${key}`, { json: { value } }),
    setRoutes: (id, routes) => http.writer.put(path`/services/${id}/routes`, { json: routes }),
    setHeaders: (id, headers) => http.writer.put(path`/services/${id}/headers`, { json: headers }),
    startDeploy: (id, what) =>
      http.writer.post(path`/services/${id}/deploys`, {
        json: what,
        parse: (value, { status }) => (status === 202 ? undefined : Deploy.parse(value)),
      }),
    cancelDeploy: (id, deploy) => http.writer.post(path`/services/${id}/deploys/${deploy}/cancel`),
    rollback: (id, deployId) =>
      http.writer.post(path`/services/${id}/rollback`, { json: { deployId }, parse: (value) => Deploy.parse(value) }),
    remove: async (id) => void (await http.writer.delete(path`/services/${id}`)),
  };
  return { reader, writer };
}

/** Id of the workspace that the config names, or of the only one. */
async function workspaceOf(http: HttpReader, { name, options }: Account): Promise<string> {
  const owners = await http.get('/owners', { query: { limit: 100 }, parse: (value) => Owners.parse(value) });
  const wanted = options['workspace'];
  const fitting = owners.filter(({ owner }) => wanted === undefined || owner.id === wanted || owner.name === wanted);
  const [only, second] = fitting;
  if (only && !second) return only.owner.id;
  const known = owners.map(({ owner }) => `${owner.name} (${owner.id})`).join(', ') || 'none';
  throw new UnsupportedError(`${name}: the key reaches ${fitting.length} workspaces that could be meant`, {
    mend: `set providers.${name}.workspace to one of: ${known}`,
  });
}
