import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { actorOf, authorize, canSee, identify } from './auth.ts';
import { HttpError, notFound } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { FaultAct, Faults } from './faults.ts';
import { answerGraphql, isMutation, operationNameOf } from './graphql/answer.ts';
import type { RateLimiter, RateResource } from './limits.ts';
import type { Call, Match, Reply, Route } from './router.ts';
import { createRouter, json } from './router.ts';
import type { Principal, Repository } from './state.ts';
import { serveGit } from './smart-http.ts';
import type { World } from './world.ts';

export interface ServerParts {
  world: World;
  limiter: RateLimiter;
  faults: Faults;
  routes: readonly Route[];
  /** Whatever is neither API nor git: the pages. */
  page: (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;
  record: (exchange: Exchange) => void;
}

/** GitHub refuses larger bodies. */
const bodyLimit = 50 * 1024 * 1024;

export const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) throw new HttpError(413, 'Payload Too Large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const parseBody = (text: string): unknown => {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new HttpError(400, 'Problems parsing JSON');
  }
};

/** What a request is, as far as it is known; filled in step by step so that failures are recorded too. */
interface Visit {
  exchange: Exchange;
  principal: Principal;
  resource: RateResource;
  acts: FaultAct[];
}

export const createGitHubServer = (parts: ServerParts): Server => {
  const find = createRouter(parts.routes);
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', parts.world.urls.server);
    const serve = url.pathname.startsWith('/api/')
      ? serveApi(parts, find, request, response, url)
      : /^\/[^/]+\/[^/]+\.git\//.test(url.pathname)
        ? serveGit(parts.world, request, response, url)
        : parts.page(request, response, url);
    serve.catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(`The sandbox GitHub failed: ${error instanceof Error ? error.stack : String(error)}\n`);
    });
  });
  // Clients keep connections for long; the sandbox must never be the one to close them under a request.
  server.keepAliveTimeout = 120_000;
  return server;
};

const serveApi = async (
  parts: ServerParts,
  find: (method: string, path: string) => Match | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> => {
  const { world, faults } = parts;
  const method = request.method ?? 'GET';
  const isGraphql = /^\/api\/graphql\/?$/.test(url.pathname);
  const path = isGraphql ? '/graphql' : url.pathname.replace(/^\/api\/v3/, '').replace(/(.)\/$/, '$1');
  const { authorization, ...headers } = request.headers;
  const visit: Visit = {
    principal: { kind: 'anonymous' },
    resource: isGraphql ? 'graphql' : 'core',
    acts: [],
    exchange: {
      at: world.clock(),
      method,
      path: path + url.search,
      route: isGraphql ? 'graphql' : '',
      operationName: undefined,
      status: 0,
      token: 'anonymous',
      runId: undefined,
      requestHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      requestBody: undefined,
      responseHeaders: {},
      responseBody: undefined,
      points: method === 'GET' || method === 'HEAD' ? 1 : 5,
    },
  };
  const { exchange } = visit;
  let reply: Reply | 'cut';
  try {
    const text = (await readBody(request)).toString();
    const body = parseBody(text);
    exchange.requestBody = body;
    if (isGraphql) {
      exchange.operationName = operationNameOf(body);
      exchange.points = isMutation(body) ? 5 : 1;
    }
    const match = isGraphql ? undefined : find(method === 'HEAD' ? 'GET' : method, path);
    exchange.route = match?.route.pattern ?? exchange.route;
    visit.principal = identify(world, authorization);
    exchange.token = visit.principal.kind;
    if (visit.principal.kind === 'actions') exchange.runId = visit.principal.runId;
    visit.acts = faults.strike({ method, path, route: exchange.route, operationName: exchange.operationName, body });
    reply = await underFaults(visit.acts, () => handle(parts, visit, request, url, path, match, body));
  } catch (error) {
    reply = replyTo(error);
  }
  if (reply === 'cut') {
    parts.record(exchange);
    request.socket.destroy();
    return;
  }
  finish(parts, visit, request, response, reply);
};

/** Carries the request out the way the faults that struck it want. */
const underFaults = async (acts: readonly FaultAct[], run: () => Promise<Reply>): Promise<Reply | 'cut'> => {
  for (const act of acts) {
    if (act.kind === 'hook' && act.when === 'before') await act.run();
    if (act.kind === 'cut' && act.when === 'before') return 'cut';
    if (act.kind === 'status')
      return json(
        act.status,
        act.body ?? { message: `Fault ${act.status}`, documentation_url: '', status: String(act.status) },
        act.headers,
      );
  }
  const reply = await run().catch(replyTo);
  for (const act of acts) {
    if (act.kind === 'hook' && act.when === 'after') await act.run();
    if (act.kind === 'cut') return 'cut';
  }
  return reply;
};

const replyTo = (error: unknown): Reply => {
  if (error instanceof HttpError) return json(error.status, error.body(), error.headers);
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return json(500, { message: `The sandbox GitHub failed: ${message}`, documentation_url: '', status: '500' });
};

/** Requests that make what people get notified of count against a limit of their own. */
const contentRoutes = /^POST .*\/(issues|pulls|comments)$/;

const handle = async (
  { world, limiter, faults }: ServerParts,
  visit: Visit,
  request: IncomingMessage,
  url: URL,
  path: string,
  match: Match | undefined,
  body: unknown,
): Promise<Reply> => {
  const { principal, exchange, resource } = visit;
  const reads = exchange.points === 1;
  const stale = reads && faults.takeStaleRead();
  const ref = (repository: Repository, name: string): string | undefined =>
    stale ? repository.git.refs.getPrevious(name) : repository.git.refs.get(name);
  if (path === '/rate_limit' && match) return match.route.handle({ world, limiter, principal } as Call);
  const content = contentRoutes.test(`${exchange.method} ${exchange.route}`);
  const leave = limiter.enter(principal, resource, { points: exchange.points, content });
  try {
    if (resource === 'graphql') return await answerGraphql({ world, limiter, principal, ref, body });
    if (!match) throw notFound();
    const { access } = match.route;
    const call: Call = {
      world,
      limiter,
      principal,
      actor: actorOf(world, principal),
      method: exchange.method,
      path,
      query: url.searchParams,
      headers: request.headers,
      body: typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {},
      param: (name) => match.params[name] ?? '',
      repository: undefined as unknown as Repository,
      ref,
    };
    if (Array.isArray(body)) call.body = { labels: body };
    if (access === 'jwt' && principal.kind !== 'app') throw new HttpError(401, 'A JSON web token could not be decoded');
    if (access === 'token' && principal.kind === 'anonymous') throw new HttpError(401, 'Requires authentication');
    if (match.params['owner'] !== undefined) {
      const repository = world.state.repositories.get(`${match.params['owner']}/${match.params['repo']}`.toLowerCase());
      if (!repository) throw notFound();
      if (typeof access === 'object') authorize(principal, repository, access);
      else if (access === 'token' && !canSee(principal, repository)) throw notFound();
      call.repository = repository;
    }
    return await match.route.handle(call);
  } finally {
    leave();
  }
};

const finish = (
  { limiter, record }: ServerParts,
  visit: Visit,
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
): void => {
  const { exchange, principal, resource } = visit;
  const payload = reply.raw ?? (reply.body === undefined ? undefined : Buffer.from(JSON.stringify(reply.body)));
  let { status } = reply;
  const headers: Record<string, string> = {
    'x-github-request-id': randomUUID().slice(0, 18).toUpperCase(),
    'x-github-media-type': 'github.v3; format=json',
    'x-github-api-version-selected': '2022-11-28',
  };
  if (payload) headers['content-type'] = reply.raw ? 'application/octet-stream' : 'application/json; charset=utf-8';
  if (exchange.method === 'GET' && status === 200 && payload) {
    const etag = `W/"${createHash('sha1').update(payload).digest('hex')}"`;
    Object.assign(headers, { etag, 'cache-control': 'private, max-age=60, s-maxage=60' });
    if (request.headers['if-none-match']?.split(/,\s*/).some((tag) => tag.replace(/^W\//, '') === etag.slice(2))) {
      status = 304;
      delete headers['content-type'];
      limiter.refund(principal, resource);
    }
  }
  Object.assign(headers, limiter.headers(principal, resource), reply.headers);
  const sends = payload !== undefined && status !== 304 && status !== 204;
  exchange.status = status;
  exchange.responseHeaders = headers;
  exchange.responseBody = sends ? (reply.raw ? reply.raw.toString() : reply.body) : undefined;
  record(exchange);
  if (sends) headers['content-length'] = String(payload.length);
  response.writeHead(status, headers);
  response.end(sends && exchange.method !== 'HEAD' ? payload : undefined);
};
