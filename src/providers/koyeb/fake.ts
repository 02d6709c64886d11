import { randomBytes } from 'node:crypto';
import { startFakeServer, type FakeAnswer, type FakeCall, type FakeServer } from '../../provider-kit/fake-server.ts';

export const TOKEN = 'koyeb_fake_token_for_tests';

/** How a deployment goes: one word for each time it is asked about by id, then the last for good. */
export type Rollout = readonly [string, ...string[]];

/** Koyeb as far as the handler uses it: stateful, real HTTP on loopback. */
export interface FakeKoyeb extends FakeServer {
  /** Of deployments that start from now on. */
  rollout: Rollout;
  readonly apps: ReadonlyMap<string, StoredApp>;
  readonly services: ReadonlyMap<string, StoredService>;
  /** Tokens that are good, by value. */
  readonly credentials: ReadonlyMap<string, StoredCredential>;
  /** How often a service that was deleted is still answered as DELETING. */
  lingers: number;
  /** An app with a service, made by somebody in the control panel. */
  plant(name: string): void;
  /** A change of definition by somebody in the control panel, live at once. */
  tamper(service: string, change: object): void;
}

export interface StoredCredential {
  id: string;
  name: string;
  created_at: string;
}

export interface StoredApp {
  id: string;
  name: string;
  status: string;
  created_at: string;
  life_cycle: { delete_when_empty?: boolean };
  domains: object[];
}

export interface StoredService {
  id: string;
  app_id: string;
  name: string;
  type: string;
  status: string;
  created_at: string;
  active_deployment_id: string;
  latest_deployment_id: string;
  /** Newest first. */
  deployments: StoredDeployment[];
  /** Times that it is still seen after it was deleted. */
  left: number;
}

interface StoredDeployment {
  id: string;
  service_id: string;
  app_id: string;
  status: string;
  created_at: string;
  definition: Body;
  messages: string[];
  /** The words that are still to come. */
  ahead: string[];
  log: Record<string, string[]>;
}

type Body = Record<string, unknown>;

const ORGANIZATION = '0f000000-0000-4000-8000-000000000000';

const reply = (status: number, body: unknown = {}): FakeAnswer => ({ status, body });
const CODES: Record<number, string> = { 400: 'invalid_argument', 401: 'authentication_error', 404: 'unknown_resource' };
const refusal = (status: number, message: string) => reply(status, { status, code: CODES[status], message });
const UNDER_WAY = new Set(['PENDING', 'PROVISIONING', 'SCHEDULED', 'ALLOCATING', 'STARTING', 'UNHEALTHY']);

export async function startFakeKoyeb({ pageSize = 100 }: { pageSize?: number } = {}): Promise<FakeKoyeb> {
  const apps = new Map<string, StoredApp>();
  const services = new Map<string, StoredService>();
  const credentials = new Map<string, StoredCredential>();
  let ids = 0;
  const nextId = () => `${(ids += 1).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
  const now = () => new Date(Date.UTC(2026, 10, 20) + ids * 1000).toISOString();

  function answer(call: FakeCall): FakeAnswer {
    if (!credentials.has((call.headers.authorization ?? '').replace(/^Bearer /, '')))
      return refusal(401, 'Token is not valid');
    if (call.path === '/v1/account/organization')
      return reply(200, { organization: { id: ORGANIZATION, name: 'acme' } });
    if (call.path === `/v1/organizations/${ORGANIZATION}/quotas`)
      return reply(200, {
        quotas: { apps: '10', services: '10', memory_mb: '8192', instance_types: ['free', 'nano'] },
      });
    const [, root, id, action] =
      /^\/v1\/(apps|services|deployments|streams|credentials)(?:\/([^/]+)(?:\/(\w+))?)?$/.exec(call.path) ?? [];
    const body = (call.body ?? {}) as Body;
    switch (`${call.method} ${root}${id ? '/:id' : ''}${action ? `/${action}` : ''}`) {
      case 'GET apps':
        return page(
          call.query,
          'apps',
          [...apps.values()].filter(({ name }) => fits(call.query, 'name', name)).map(listed),
        );
      case 'POST apps':
        return createApp(body);
      case 'DELETE apps/:id':
        return apps.delete(id as string) ? reply(200) : refusal(404, 'App not found');
      case 'GET credentials': {
        const named = [...credentials.values()].filter(({ name }) => fits(call.query, 'name', name));
        // The one list that does not say whether there is more.
        return page(call.query, 'credentials', named.map(ofOrganization), false);
      }
      case 'POST credentials':
        return addCredential(String(body['name']));
      case 'DELETE credentials/:id': {
        const [token] = [...credentials].find(([, one]) => one.id === id) ?? [];
        return token && credentials.delete(token) ? reply(200) : refusal(404, 'Credential not found');
      }
      case 'GET services':
        return page(
          call.query,
          'services',
          seen()
            .filter((each) => fits(call.query, 'app_id', each.app_id))
            .map(bare),
        );
      case 'POST services':
        return createService(body);
      case 'GET deployments':
        return page(
          call.query,
          'deployments',
          (services.get(call.query.get('service_id') ?? '')?.deployments ?? []).map(told),
        );
      case 'GET deployments/:id':
        return withDeployment(id as string, (found) => reply(200, { deployment: told(advance(found)) }));
      case 'GET streams/:id/query':
        return withDeployment(call.query.get('deployment_id') ?? '', ({ log }) => logs(log, call.query));
    }
    const service = seen().find((each) => each.id === id);
    if (!service) return refusal(404, `${call.path} not found`);
    switch (`${call.method} ${action ?? ''}`) {
      case 'GET ':
        return reply(200, { service: bare(service) });
      case 'PUT ':
        deploy(service, body['definition'] as Body);
        return reply(200, { service: bare(service) });
      case 'POST resume':
        service.status = 'HEALTHY';
        deploy(service, service.deployments[0]?.definition ?? {});
        return reply(200);
      case 'DELETE ':
        return remove(service);
    }
    return refusal(404, `${call.path} not found`);
  }

  function addCredential(name: string, token = `koyeb_${randomBytes(16).toString('hex')}`): FakeAnswer {
    const made: StoredCredential = { id: nextId(), name, created_at: now() };
    credentials.set(token, made);
    return reply(200, { credential: { ...ofOrganization(made), token } });
  }

  /** Those that are still to be seen; looking at one that is deleted brings its end nearer. */
  function seen(): StoredService[] {
    for (const service of services.values()) {
      if (service.status !== 'DELETING') continue;
      if (service.left > 0) service.left -= 1;
      else drop(service);
    }
    return [...services.values()];
  }

  function createApp({ name, life_cycle = {} }: Body): FakeAnswer {
    if ([...apps.values()].some((app) => app.name === name))
      return refusal(400, `name "${String(name)}" already exists`);
    const domain = { id: nextId(), name: `${String(name)}-acme.koyeb.app`, type: 'AUTOASSIGNED', status: 'ACTIVE' };
    const base = { id: nextId(), name: String(name), status: 'STARTING', created_at: now() };
    const app: StoredApp = { ...base, life_cycle: life_cycle as StoredApp['life_cycle'], domains: [domain] };
    apps.set(app.id, app);
    return reply(200, { app });
  }

  function createService({ app_id, definition }: Body): FakeAnswer {
    if (!apps.has(String(app_id))) return refusal(404, 'App not found');
    const { name, type } = definition as Body;
    const twin = [...services.values()].some((each) => each.app_id === app_id && each.name === name);
    if (twin) return refusal(400, `name "${String(name)}" already exists in this app`);
    const service: StoredService = {
      id: nextId(),
      app_id: String(app_id),
      name: String(name),
      type: String(type),
      status: 'STARTING',
      created_at: now(),
      active_deployment_id: '',
      latest_deployment_id: '',
      deployments: [],
      left: 0,
    };
    services.set(service.id, service);
    deploy(service, definition as Body);
    return reply(200, { service: bare(service) });
  }

  function deploy(service: StoredService, definition: Body): void {
    for (const other of service.deployments) if (UNDER_WAY.has(other.status)) enter(other, 'CANCELED');
    const [status, ...ahead] = fake.rollout;
    const base = { id: nextId(), service_id: service.id, app_id: service.app_id, created_at: now() };
    const started: StoredDeployment = {
      ...base,
      status,
      definition,
      messages: [],
      ahead,
      log: { build: [], runtime: [] },
    };
    service.deployments.unshift(started);
    service.latest_deployment_id = started.id;
    enter(started, status);
  }

  function advance(found: StoredDeployment): StoredDeployment {
    const next = found.ahead.shift();
    if (next !== undefined) enter(found, next);
    return found;
  }

  function enter(entered: StoredDeployment, status: string): void {
    const service = services.get(entered.service_id) as StoredService;
    entered.status = status;
    if (status === 'CANCELED') entered.ahead = [];
    if (status === 'PROVISIONING') entered.log['build']?.push('Build started');
    if (status === 'STARTING') entered.log['runtime']?.push('Instance is starting');
    if (status === 'ERROR') {
      entered.messages = ['Deployment failed: the instance exited with code 1'];
      entered.log['runtime']?.push('Error: boom\n    at server.js:1\n');
    }
    if (status !== 'HEALTHY') return;
    for (const other of service.deployments)
      if (other !== entered && other.status === 'HEALTHY') other.status = 'STOPPED';
    Object.assign(service, { active_deployment_id: entered.id, status: 'HEALTHY' });
  }

  function remove(service: StoredService): FakeAnswer {
    Object.assign(service, { status: 'DELETING', left: fake.lingers });
    if (fake.lingers === 0) drop(service);
    return reply(200);
  }

  function drop(service: StoredService): void {
    services.delete(service.id);
    const app = apps.get(service.app_id);
    const empty = ![...services.values()].some(({ app_id }) => app_id === service.app_id);
    if (empty && app?.life_cycle.delete_when_empty) apps.delete(app.id);
  }

  function withDeployment(id: string, use: (found: StoredDeployment) => FakeAnswer): FakeAnswer {
    const found = [...services.values()].flatMap(({ deployments }) => deployments).find((each) => each.id === id);
    return found ? use(found) : refusal(404, 'Deployment not found');
  }

  function page(query: URLSearchParams, name: string, all: object[], saysMore = true): FakeAnswer {
    const [offset, limit] = [Number(query.get('offset') ?? 0), Math.min(Number(query.get('limit') ?? 10), pageSize)];
    const items = all.slice(offset, offset + limit);
    return reply(200, {
      [name]: items,
      limit,
      offset,
      count: all.length,
      ...(saysMore ? { has_next: offset + items.length < all.length } : {}),
    });
  }

  function logs(log: StoredDeployment['log'], query: URLSearchParams): FakeAnswer {
    const newest = (log[query.get('type') ?? 'runtime'] ?? []).toReversed().slice(0, Number(query.get('limit') ?? 100));
    return reply(200, {
      data: newest.map((msg) => ({ msg, created_at: now(), labels: {} })),
      pagination: { has_more: false },
    });
  }

  addCredential('made by a person', TOKEN);
  const server = await startFakeServer({ answer });
  const fake: FakeKoyeb = Object.assign(server, {
    rollout: ['HEALTHY'] as Rollout,
    apps,
    services,
    credentials,
    lingers: 0,
    plant(name: string) {
      createApp({ name });
      const app = [...apps.values()].find((each) => each.name === name) as StoredApp;
      const before = fake.rollout;
      fake.rollout = ['HEALTHY'];
      const where = { regions: ['fra'], scalings: [{ min: 1, max: 1 }] };
      createService({
        app_id: app.id,
        definition: { name: 'web', type: 'WEB', docker: { image: 'nginx' }, env: [], ...where },
      });
      fake.rollout = before;
    },
    tamper(id: string, change: object) {
      const service = services.get(id) as StoredService;
      const before = fake.rollout;
      fake.rollout = ['HEALTHY'];
      deploy(service, { ...service.deployments[0]?.definition, ...change });
      fake.rollout = before;
    },
  });
  return fake;
}

const ofOrganization = (stored: StoredCredential): object => ({
  ...stored,
  type: 'ORGANIZATION',
  organization_id: ORGANIZATION,
  updated_at: stored.created_at,
});

const fits = (query: URLSearchParams, name: string, value: string): boolean => value.includes(query.get(name) ?? '');

/** As the API tells them: without what is only kept. */
const listed = (app: StoredApp): object => without(app, 'life_cycle');
const bare = (service: StoredService): object => without(service, 'deployments', 'left');
const told = (deployment: StoredDeployment): object => without(deployment, 'ahead', 'log');

function without(stored: object, ...names: string[]): object {
  return Object.fromEntries(Object.entries(stored).filter(([name]) => !names.includes(name)));
}
