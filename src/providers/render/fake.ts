import { startFakeServer, type FakeAnswer, type FakeCall, type FakeServer } from '../../provider-kit/fake-server.ts';
import { isUnderWay } from './phase.ts';

export const TOKEN = 'rnd_fake_key_for_tests';
export const OWNER = 'tea-flotilla';
/** The newest commit of every branch: what Render deploys when nobody names a commit. */
export const HEAD = 'f'.repeat(40);

/** How a deploy goes: one word for each time it is asked about, then the last for good. */
export type Rollout = readonly [string, ...string[]];

/** Render as far as the handlers use it: stateful, real HTTP on loopback. */
export interface FakeRender extends FakeServer {
  /** Of deploys that start from now on. */
  rollout: Rollout;
  /** By id. Names are unique, as at Render. */
  readonly services: ReadonlyMap<string, StoredService>;
  owners: { id: string; name: string }[];
  /** Whether new deploys are only queued, which is answered without a body. */
  queues: boolean;
}

export interface StoredService {
  shown: Record<string, unknown> & { id: string; name: string; type: string; autoDeploy: string; suspended: string };
  details: Record<string, unknown>;
  env: Map<string, string>;
  /** Newest first. */
  deploys: StoredDeploy[];
  routes: object[];
  headers: object[];
  log: { id: string; message: string; timestamp: string; labels: object[] }[];
}

interface StoredDeploy {
  shown: Record<string, unknown> & { id: string; status: string };
  /** The words that are still to come. */
  ahead: string[];
}

type Body = Record<string, unknown>;

const reply = (status: number, body?: unknown): FakeAnswer => (body === undefined ? { status } : { status, body });
const refusal = (status: number, message: string) => reply(status, { id: `err-${status}`, message });

export async function startFakeRender({ pageSize = 100 }: { pageSize?: number } = {}): Promise<FakeRender> {
  const services = new Map<string, StoredService>();
  let ids = 0;
  const nextId = (prefix: string) => `${prefix}-${(ids += 1).toString().padStart(6, '0')}`;
  const now = () => new Date(Date.UTC(2026, 10, 20) + (ids += 1) * 1000).toISOString();

  function answer(call: FakeCall): FakeAnswer {
    if (call.headers.authorization !== `Bearer ${TOKEN}`) return refusal(401, 'Unauthorized');
    const body = (call.body ?? {}) as Body;
    const [, root, id, part, inner, action] =
      /^\/v1\/(\w+)(?:\/([^/]+)(?:\/([^/]+)(?:\/([^/]+)(?:\/([^/]+))?)?)?)?$/.exec(call.path) ?? [];
    if (root === 'owners')
      return reply(
        200,
        fake.owners.map((owner) => withCursor('owner', { ...owner, ...PERSON })),
      );
    if (root === 'logs') return logs(call.query);
    if (root !== 'services') return refusal(404, 'not found');
    if (id === undefined) return call.method === 'POST' ? create(body) : list(call.query);
    const service = services.get(id);
    if (!service) return refusal(404, `not found: ${id}`);
    switch (`${call.method} ${part ?? ''}${inner ? '/:id' : ''}${action ? `/${action}` : ''}`) {
      case 'GET ':
        return reply(200, shown(service));
      case 'PATCH ':
        return update(service, body);
      case 'DELETE ':
        services.delete(id);
        return reply(204);
      case 'POST resume':
        service.shown.suspended = 'not_suspended';
        return reply(202);
      case 'POST scale':
        return scale(service, Number(body['numInstances']));
      case 'GET env-vars/:id':
        return variable(service, inner as string);
      case 'GET env-vars':
        return paged(
          [...service.env].map(([key, value]) => ({ cursor: key, envVar: { key, value } })),
          call.query,
        );
      case 'GET routes':
        return paged(
          service.routes.map((route, at) => ({ cursor: `route-${at}`, route })),
          call.query,
        );
      case 'GET headers':
        return paged(
          service.headers.map((header, at) => ({ cursor: `header-${at}`, header })),
          call.query,
        );
      case 'GET custom-domains':
        return paged([], call.query);
      case 'PUT env-vars':
        service.env = new Map((call.body as { key: string; value: string }[]).map(({ key, value }) => [key, value]));
        return reply(
          200,
          [...service.env].map(([key, value]) => withCursor('envVar', { key, value })),
        );
      case 'PUT env-vars/:id':
        service.env.set(inner as string, String(body['value']));
        return variable(service, inner as string);
      case 'PUT routes':
        service.routes = (call.body as object[]).map((rule, priority) => ({ ...rule, id: nextId('rdr'), priority }));
        return reply(200, service.routes);
      case 'PUT headers':
        service.headers = (call.body as object[]).map((rule) => ({ ...rule, id: nextId('hdr') }));
        return reply(200, service.headers);
      case 'GET deploys':
        return reply(200, deploysOf(service, call.query));
      case 'POST deploys':
        return deploy(service, body);
      case 'GET deploys/:id':
        return withDeploy(service, inner, (found) => reply(200, advance(service, found).shown));
      case 'POST deploys/:id/cancel':
        return withDeploy(service, inner, (found) => cancel(service, found));
      case 'POST rollback':
        return withDeploy(service, String(body['deployId']), ({ shown: { commit, image } }) =>
          reply(201, start(service, { trigger: 'rollback', ...(commit ? { commit } : { image }) }).shown),
        );
    }
    return refusal(404, 'not found');
  }

  function list(query: URLSearchParams): FakeAnswer {
    const [names, types] = [query.get('name')?.split(','), query.get('type')?.split(',')];
    const all = [...services.values()].filter(
      ({ shown: { name, type } }) => (!names || names.includes(name)) && (!types || types.includes(type)),
    );
    const from = all.findIndex(({ shown: { id } }) => id === query.get('cursor')) + 1;
    const page = all.slice(from, from + Math.min(limitOf(query), pageSize));
    return reply(
      200,
      page.map((service) => ({ cursor: service.shown.id, service: shown(service) })),
    );
  }

  function paged(all: { cursor: string }[], query: URLSearchParams): FakeAnswer {
    const from = all.findIndex(({ cursor }) => cursor === query.get('cursor')) + 1;
    return reply(200, all.slice(from, from + Math.min(limitOf(query), pageSize)));
  }

  function create({
    type,
    name,
    ownerId,
    envVars,
    serviceDetails,
    image,
    repo,
    rootDir,
    autoDeploy,
  }: Body): FakeAnswer {
    if (ownerId !== OWNER) return refusal(400, 'invalid ownerID');
    if ([...services.values()].some((service) => service.shown.name === name))
      return refusal(409, `name "${String(name)}" already in use`);
    const id = nextId('srv');
    const imagePath = (image as { imagePath: string } | undefined)?.imagePath;
    const { routes = [], headers = [], ...details } = serviceDetails as { routes?: object[]; headers?: object[] };
    const service: StoredService = {
      shown: {
        id,
        name: String(name),
        type: String(type),
        autoDeploy: String(autoDeploy ?? 'yes'),
        suspended: 'not_suspended',
        suspenders: [],
        ownerId: OWNER,
        slug: String(name),
        notifyOnFail: 'default',
        rootDir: rootDir ?? '',
        dashboardUrl: `https://dashboard.render.com/web/${id}`,
        createdAt: now(),
        updatedAt: now(),
        ...(imagePath ? { imagePath } : { repo, branch: 'main' }),
      },
      details,
      env: new Map((envVars as { key: string; value: string }[]).map(({ key, value }) => [key, value])),
      deploys: [],
      routes: routes.map((rule, priority) => ({ ...rule, id: nextId('rdr'), priority })),
      headers: headers.map((rule) => ({ ...rule, id: nextId('hdr') })),
      log: [],
    };
    services.set(id, service);
    const first = deployed(service, {});
    return reply(201, { service: shown(service), deployId: start(service, first).shown.id });
  }

  function update(service: StoredService, { serviceDetails, image, ...rest }: Body): FakeAnswer {
    Object.assign(service.shown, rest, image ? { imagePath: (image as { imagePath: string }).imagePath } : {});
    Object.assign(service.details, serviceDetails);
    return reply(200, shown(service));
  }

  function scale(service: StoredService, numInstances: number): FakeAnswer {
    if (numInstances > 1 && service.details['plan'] === 'free') return refusal(400, 'free services cannot be scaled');
    service.details['numInstances'] = numInstances;
    return reply(202);
  }

  function variable(service: StoredService, key: string): FakeAnswer {
    const value = service.env.get(key);
    return value === undefined ? refusal(404, `not found: ${key}`) : reply(200, { key, value });
  }

  function deploysOf({ deploys }: StoredService, query: URLSearchParams): object[] {
    const status = query.get('status');
    const fitting = deploys.filter(({ shown }) => status === null || shown.status === status);
    return fitting.slice(0, limitOf(query)).map((deploy) => withCursor('deploy', deploy.shown));
  }

  function deploy(service: StoredService, { commitId, imageUrl }: Body): FakeAnswer {
    if (imageUrl && nameOf(imageUrl) !== nameOf(service.shown['imagePath']))
      return refusal(400, 'the host, repository and image name must match the configured image');
    const started = start(service, deployed(service, { commitId, imageUrl }));
    return fake.queues ? reply(202) : reply(201, started.shown);
  }

  function deployed(service: StoredService, { commitId = HEAD, imageUrl }: Body): Body {
    const image = imageUrl ?? service.shown['imagePath'];
    if (image) return { trigger: 'api', image: { ref: image, sha: `sha256:${'e'.repeat(64)}` } };
    return { trigger: 'api', commit: { id: commitId, message: 'A commit', createdAt: now() } };
  }

  function start(service: StoredService, content: Body): StoredDeploy {
    for (const other of service.deploys) if (isUnderWay(other.shown.status)) enter(service, other, 'canceled');
    const [first, ...ahead] = fake.rollout;
    const started: StoredDeploy = { shown: { id: nextId('dep'), status: first, createdAt: now(), ...content }, ahead };
    service.deploys.unshift(started);
    enter(service, started, first);
    return started;
  }

  function advance(service: StoredService, found: StoredDeploy): StoredDeploy {
    const next = found.ahead.shift();
    if (next !== undefined) enter(service, found, next);
    return found;
  }

  function enter(service: StoredService, entered: StoredDeploy, status: string): void {
    if (status === 'live')
      for (const other of service.deploys) if (other.shown.status === 'live') other.shown.status = 'deactivated';
    entered.shown.status = status;
    if (status === 'canceled') entered.ahead = [];
    note(service, `==> ${entered.shown.id} ${status}`);
    if (status.endsWith('_failed')) note(service, 'Error: exited with status 1\n    at server.js:1');
  }

  function note({ log, shown: { id } }: StoredService, message: string): void {
    log.push({ id: nextId('log'), message, timestamp: now(), labels: [{ name: 'resource', value: id }] });
  }

  function cancel(service: StoredService, found: StoredDeploy): FakeAnswer {
    if (!isUnderWay(found.shown.status)) return refusal(400, 'deploy is not in progress');
    enter(service, found, 'canceled');
    return reply(200, found.shown);
  }

  function withDeploy(service: StoredService, id: string | undefined, use: (found: StoredDeploy) => FakeAnswer) {
    const found = service.deploys.find((candidate) => candidate.shown.id === id);
    return found ? use(found) : refusal(404, `not found: ${id}`);
  }

  function logs(query: URLSearchParams): FakeAnswer {
    const all = query.getAll('resource').flatMap((id) => services.get(id)?.log ?? []);
    const newest = all.toReversed().slice(0, limitOf(query));
    return reply(200, { hasMore: newest.length < all.length, nextStartTime: now(), nextEndTime: now(), logs: newest });
  }

  const server = await startFakeServer({ answer });
  const fake: FakeRender = Object.assign(server, {
    rollout: ['live'] as Rollout,
    services,
    owners: [{ id: OWNER, name: 'Flotilla' }],
    queues: false,
  });
  return fake;
}

const PERSON = { email: 'team@example.com', type: 'team' };

/** An image without tag and digest. */
const nameOf = (image: unknown): string => String(image).replace(/[:@][^/]*$/, '');

const limitOf = (query: URLSearchParams): number => Number(query.get('limit') ?? 20);

const withCursor = (name: string, value: object) => ({ cursor: `cursor-${name}`, [name]: value });

/** As the API tells it; each type has details of its own. */
function shown({ shown: service, details }: StoredService): object {
  const url = `https://${service.name}.onrender.com`;
  if (service.type === 'static_site') return { ...service, serviceDetails: { ...details, url, buildPlan: 'starter' } };
  const { runtime, envSpecificDetails, ...rest } = details;
  const given = (envSpecificDetails ?? {}) as Record<string, unknown>;
  const specific =
    runtime === 'docker' || runtime === 'image'
      ? { dockerCommand: '', dockerContext: '.', dockerfilePath: './Dockerfile', ...given }
      : given;
  const defaults = { plan: 'starter', region: 'oregon', numInstances: 1, healthCheckPath: '', openPorts: [] };
  return {
    ...service,
    serviceDetails: {
      ...defaults,
      ...rest,
      env: runtime,
      runtime,
      envSpecificDetails: specific,
      buildPlan: 'starter',
      url,
    },
  };
}
