import { randomBytes } from 'node:crypto';
import { startFakeServer, type FakeAnswer, type FakeCall, type FakeServer } from '../../provider-kit/fake-server.ts';
import { OUTPUTS } from '../../model/resource.ts';
import type { Deployment, Resource } from './answers.ts';
import type { Content, NewResource } from './api.ts';
import { outputsOf } from './fake-outputs.ts';

export interface CloudOptions {
  /** Calls without it get 401. Default: none is asked for. */
  token?: string;
  /** Most resources of one page. Default 20,000; a call that names no limit gets at most 1,000. */
  pageSize?: number;
  /** Milliseconds before each answer. */
  delay?: number;
  /** Services, sites and models answer at addresses of this cloud; otherwise nothing answers at theirs. */
  serves?: boolean;
}

/** How a deployment goes: one word for each time it is asked about, then the last for good. Default: running at once. */
export type Rollout = readonly [string, ...string[]];

/** The pretend cloud: stateful, real HTTP on loopback, everything gone when it stops. */
export interface Cloud extends FakeServer {
  /** Of deployments that start from now on. */
  rollout: Rollout | ((resource: Pick<NewResource, 'kind' | 'name'>) => Rollout);
  /** By id, in order of creation. A name may be there twice: nothing here is idempotent. */
  readonly resources: ReadonlyMap<string, StoredResource>;
  /** With `serves`: what does not answer as it should, by the name of a resource, or `*` for all; like all else it is asked anew each time. */
  readonly outages: Set<string>;
  /** A change by somebody else, without a deployment. */
  tamper(id: string, change: Partial<Pick<Content, 'replicas' | 'settings'>>): void;
}

export interface StoredResource extends Resource, Pick<NewResource, 'title' | 'tell'> {
  deployments: StoredDeployment[];
  log: string[];
}

interface StoredDeployment extends Deployment {
  /** The words that are still to come. */
  ahead: string[];
  values: Record<string, string>;
}

type StoredContent = Omit<StoredDeployment, 'id' | 'origin' | 'status' | 'ahead'> & { origin?: string };

/** Below here what runs is asked, not the API. */
const AT = '/at';

/** Status words that nothing follows. */
const ENDED = new Set(['running', 'crashed', 'stopped', 'replaced', 'asleep']);

export async function startCloud({ token, pageSize = 20_000, delay = 0, serves }: CloudOptions = {}): Promise<Cloud> {
  const outages = new Set<string>();
  const resources = new Map<string, StoredResource>();
  const byName = new Map<string, Set<StoredResource>>();
  let ids = 0;
  const nextId = (prefix: string) => `${prefix}-${(ids += 1).toString().padStart(5, '0')}`;

  function answer(call: FakeCall): FakeAnswer {
    if (call.path.startsWith(`${AT}/`)) return serve(call.path.slice(AT.length + 1).split('/')[0] as string);
    if (token !== undefined && call.headers.authorization !== `Bearer ${token}`)
      return { status: 401, body: { message: 'this token is not known' } };
    const [, id, action] = /^\/v1\/resources(?:\/([^/]+)(?:\/(\w+))?)?$/.exec(call.path) ?? [];
    const route = `${call.method} ${id ? ':id' : ''}${action ? `/${action}` : ''}`;
    if (route === 'GET ') return list(call.query);
    if (route === 'POST ') return create(call.body as NewResource);
    const resource = id === undefined ? undefined : resources.get(id);
    if (!resource) return { status: 404, body: { message: `there is no ${call.path}` } };
    if (route === 'GET :id') return { status: 200, body: shown(advance(resource)) };
    if (route === 'PATCH :id') return deploy(resource, contentOf(call.body as Content));
    if (route === 'DELETE :id') return remove(resource);
    if (route === 'PUT :id/labels') return label(resource, (call.body as Pick<Content, 'labels'>).labels);
    if (route === 'POST :id/secrets') return reissue(resource);
    if (route === 'POST :id/rollback') return rollback(resource, call.body as { deployment: string });
    if (route === 'GET :id/deployments') return { status: 200, body: { deployments: resource.deployments.map(bare) } };
    if (route === 'GET :id/logs')
      return { status: 200, body: { lines: resource.log.slice(-Number(call.query.get('lines') ?? 100)) } };
    return { status: 405, body: { message: `${call.method} is not possible here` } };
  }

  function serve(name: string): FakeAnswer {
    const serving = [...(byName.get(name) ?? [])].find(({ serving }) => serving?.status === 'running');
    if (outages.has('*') || outages.has(name)) return { status: 503, body: { message: `${name} is out` } };
    return serving
      ? { status: 200, body: { message: `${name} is well` } }
      : { status: 404, body: { message: 'not here' } };
  }

  function list(query: URLSearchParams): FakeAnswer {
    const [kind, name] = [query.get('kind'), query.get('name')];
    const limit = Math.min(Number(query.get('limit') ?? 1000), pageSize);
    const from = Number(query.get('cursor') ?? 0);
    const candidates = name === null ? resources.values() : (byName.get(name) ?? []);
    const all = [...candidates].filter((resource) => kind === null || resource.kind === kind);
    const next = from + limit < all.length ? { next: String(from + limit) } : {};
    return {
      status: 200,
      body: { resources: all.slice(from, from + limit).map((resource) => shown(resource)), ...next },
    };
  }

  function create(wanted: NewResource): FakeAnswer {
    if (!['eu', 'us'].includes(wanted.region))
      return { status: 422, body: { message: `no region "${wanted.region}"` } };
    const { kind, name, title, region, labels, tell } = wanted;
    const address = serves ? `${cloud.url}${AT}/${name}` : undefined;
    const outputs = outputsOf(wanted, randomBytes(9).toString('base64url'), address);
    const latest = open(wanted, contentOf(wanted));
    const base = { id: nextId('res'), kind, name, title, region, labels, outputs, ...(tell ? { tell } : {}) };
    const resource: StoredResource = { ...base, serving: null, latest, deployments: [latest], log: [] };
    resources.set(resource.id, resource);
    byName.set(name, (byName.get(name) ?? new Set()).add(resource));
    entered(resource, latest);
    return { status: 201, body: shown(resource, resource.outputs) };
  }

  function reissue(resource: StoredResource): FakeAnswer {
    resource.outputs = outputsOf(resource, randomBytes(9).toString('base64url'));
    return { status: 200, body: shown(resource, resource.outputs) };
  }

  function deploy(resource: StoredResource, content: StoredContent): FakeAnswer {
    if (!ENDED.has(resource.latest.status)) resource.latest.status = 'replaced';
    const latest = open(resource, content);
    resource.deployments.push(latest);
    resource.latest = latest;
    entered(resource, latest);
    return { status: 200, body: shown(resource) };
  }

  function remove(resource: StoredResource): FakeAnswer {
    resources.delete(resource.id);
    byName.get(resource.name)?.delete(resource);
    return { status: 204 };
  }

  function label(resource: StoredResource, labels: Record<string, string>): FakeAnswer {
    resource.labels = labels;
    for (const deployment of [resource.serving, resource.latest]) if (deployment) deployment.labels = labels;
    return { status: 200, body: shown(resource) };
  }

  function rollback(resource: StoredResource, { deployment }: { deployment: string }): FakeAnswer {
    const earlier = resource.deployments.find(({ id }) => id === deployment);
    return earlier
      ? deploy(resource, earlier)
      : { status: 404, body: { message: `there is no deployment ${deployment}` } };
  }

  function open(resource: Pick<NewResource, 'kind' | 'name'>, content: StoredContent): StoredDeployment {
    const [status, ...ahead] = typeof cloud.rollout === 'function' ? cloud.rollout(resource) : cloud.rollout;
    const id = nextId('dep');
    return { origin: id, ...content, id, status, ahead };
  }

  const server = await startFakeServer({ answer, delay });
  const cloud: Cloud = Object.assign(server, {
    rollout: ['running'] as Cloud['rollout'],
    resources,
    outages,
    tamper(id: string, change: Partial<Content>) {
      Object.assign((resources.get(id) as StoredResource).serving as Deployment, change);
    },
  });
  return cloud;
}

function contentOf({ labels, replicas, settings, env }: Content): StoredContent {
  return { labels, replicas, settings, env: Object.keys(env), values: env };
}

/** Being asked moves the newest deployment on by one word. */
function advance(resource: StoredResource): StoredResource {
  const deployment = resource.deployments.at(-1) as StoredDeployment;
  const next = deployment.ahead.shift();
  if (next !== undefined) {
    deployment.status = next;
    entered(resource, deployment);
  }
  return resource;
}

function entered(resource: StoredResource, deployment: StoredDeployment): void {
  resource.log.push(`${deployment.id} ${deployment.status}`);
  if (deployment.status === 'running') {
    if (resource.serving) resource.serving.status = 'replaced';
    Object.assign(resource, { serving: deployment, labels: deployment.labels });
  }
  if (deployment.status === 'crashed') resource.log.push('Error: the process ended with code 1');
}

/** As the API tells it: without what is only kept. */
/** Outputs as they are shown at any time. */
function told({ kind, outputs, tell }: StoredResource): Record<string, string> {
  if (tell !== 'once') return outputs;
  return Object.fromEntries(Object.entries(outputs).filter(([name]) => !OUTPUTS[kind][name]?.secret));
}

function shown(resource: StoredResource, outputs = told(resource)): object {
  const { id, kind, name, title, region, labels, serving, latest } = resource;
  return { id, kind, name, title, region, labels, outputs, serving: serving && bare(serving), latest: bare(latest) };
}

function bare({ id, origin, status, labels, replicas, settings, env }: Deployment): Deployment {
  return { id, origin, status, labels, replicas, settings, env };
}
