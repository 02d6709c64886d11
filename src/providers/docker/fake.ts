import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { startFakeServer, type FakeAnswer, type FakeCall, type FakeServer } from '../../provider-kit/fake-server.ts';
import type { NewContainer } from './engine-shapes.ts';
import { createImages, type FakeImages } from './fake-images.ts';
import { asInspected, asListed, said, type FakeContainer, type State } from './fake-shapes.ts';

/** How a container goes: one state for each time it is asked about, then the last for good. */
export type Course = readonly [State, ...State[]];

/** A Docker Engine: stateful, real HTTP on loopback, and containers that are running listen on the ports they are given. */
export interface FakeEngine extends FakeServer {
  /** Of containers that are started from now on. */
  course: Course;
  /** By id, in order of creation. */
  readonly containers: ReadonlyMap<string, FakeContainer>;
  readonly images: FakeImages;
  /** A change by somebody else. */
  tamper(name: string, change: Partial<NewContainer['HostConfig']>): void;
}

export interface FakeEngineOptions {
  /** The newest and the oldest version of the API that it speaks. */
  versions?: { newest: string; oldest: string };
}

const minor = (version: string): number => Number(version.split('.')[1]);
const unknown = (asked: string): FakeAnswer => said(404, `no such route: ${asked}`);

export async function startFakeEngine({
  versions = { newest: '1.41', oldest: '1.24' },
}: FakeEngineOptions = {}): Promise<FakeEngine> {
  const containers = new Map<string, FakeContainer>();
  const images = createImages((id) => [...containers.values()].some(({ image }) => image === id));
  const listeners = new Map<string, Server>();
  let made = 0;

  const find = (name: string) =>
    containers.get(name) ?? [...containers.values()].find((container) => container.name === name);

  async function answer(call: FakeCall): Promise<FakeAnswer> {
    if (call.method === 'GET' && call.path === '/_ping')
      return { status: 200, body: 'OK', headers: { 'content-type': 'text/plain', 'api-version': versions.newest } };
    if (call.method === 'GET' && call.path === '/version')
      return { status: 200, body: { ApiVersion: versions.newest, MinAPIVersion: versions.oldest, Version: '24.0.0' } };
    const [, version = '', path = ''] = /^\/v(\d+\.\d+)(\/.*)$/.exec(call.path) ?? [];
    if (version === '') return said(404, 'page not found');
    if (minor(version) > minor(versions.newest) || minor(version) < minor(versions.oldest))
      return said(400, `client version ${version} is not within ${versions.oldest} and ${versions.newest}`);
    return route(`${call.method} ${path}`, call);
  }

  async function route(asked: string, call: FakeCall): Promise<FakeAnswer> {
    if (asked === 'GET /containers/json') return { status: 200, body: [...containers.values()].map(asListed) };
    if (asked === 'POST /containers/create') return create(call.query.get('name') ?? '', call.body as NewContainer);
    const aboutImages = images.answer(asked, call);
    if (aboutImages) return aboutImages;
    const [, verb, id = '', action = ''] = /^(\w+) \/containers\/([^/]+)(?:\/(\w+))?$/.exec(asked) ?? [];
    const container = find(id);
    if (!container) return said(404, `No such container: ${id}`);
    switch (`${verb} ${action}`) {
      case 'GET json':
        return { status: 200, body: asInspected(await advance(container)) };
      case 'GET logs':
        return logs(container, Number(call.query.get('tail') ?? 1000));
      case 'POST start':
        return start(container);
      case 'POST stop':
        return stop(container);
      case 'POST rename':
        return rename(container, call.query.get('name') ?? '');
      case 'DELETE ':
        await unlisten(container);
        containers.delete(container.id);
        return { status: 204 };
      default:
        return unknown(asked);
    }
  }

  function create(name: string, wanted: NewContainer): FakeAnswer {
    const image = images.at(wanted.Image);
    if (!image) return said(404, `No such image: ${wanted.Image}`);
    if (find(name)) return said(409, `Conflict. The container name "/${name}" is already in use`);
    const id = createHash('sha256')
      .update(`container ${(made += 1)}`)
      .digest('hex');
    // Every container inherits the labels of its image.
    const config = { ...wanted, Labels: { ...image.labels, ...wanted.Labels } };
    const container: FakeContainer = {
      id,
      name,
      image: image.id,
      config,
      state: { Status: 'created' },
      ahead: [],
      log: [],
      made,
    };
    containers.set(id, container);
    return { status: 201, body: { Id: id, Warnings: [] } };
  }

  async function start(container: FakeContainer): Promise<FakeAnswer> {
    if (container.state.Status === 'running') return { status: 304 };
    const [first, ...ahead] = engine.course;
    const taken = await listen(container);
    if (taken !== undefined)
      return said(
        500,
        `driver failed programming external connectivity: Bind for 127.0.0.1:${taken} failed: port is already allocated`,
      );
    container.ahead = [...ahead];
    container.log.push(`started ${container.name}`);
    await enter(container, first);
    return { status: 204 };
  }

  async function stop(container: FakeContainer): Promise<FakeAnswer> {
    if (container.state.Status !== 'running') return { status: 304 };
    container.ahead = [];
    await enter(container, { Status: 'exited', ExitCode: 143 });
    return { status: 204 };
  }

  function rename(container: FakeContainer, name: string): FakeAnswer {
    if (find(name)) return said(409, `Conflict. The container name "/${name}" is already in use`);
    container.name = name;
    return { status: 204 };
  }

  /** Being asked moves it on by one state. */
  async function advance(container: FakeContainer): Promise<FakeContainer> {
    const next = container.ahead.shift();
    if (next) await enter(container, next);
    return container;
  }

  async function enter(container: FakeContainer, state: State): Promise<void> {
    container.state = state;
    if (state.Status !== 'exited') return;
    container.log.push(state.ExitCode === 143 ? 'stopped' : 'Error: the process ended with code 1');
    await unlisten(container);
  }

  /** The port that somebody else has, if one has. */
  async function listen(container: FakeContainer): Promise<string | undefined> {
    const [bound] = Object.values(container.config.HostConfig.PortBindings).flat();
    if (!bound) return undefined;
    const server = createServer((_, response) => response.end(container.name)).listen(
      Number(bound.HostPort),
      '127.0.0.1',
    );
    const free = await new Promise((resolve) =>
      server.once('listening', () => resolve(true)).once('error', () => resolve(false)),
    );
    if (!free) return bound.HostPort;
    listeners.set(container.id, server);
    return undefined;
  }

  async function unlisten({ id }: FakeContainer): Promise<void> {
    const server = listeners.get(id);
    listeners.delete(id);
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  const server = await startFakeServer({ answer });
  const engine: FakeEngine = Object.assign(server, {
    course: [{ Status: 'running' }] as Course,
    containers,
    images,
    tamper(name: string, change: Partial<NewContainer['HostConfig']>) {
      Object.assign((find(name) as FakeContainer).config.HostConfig, change);
    },
  });
  const { stop: stopServer } = server;
  engine.stop = async () => {
    await Promise.all([...containers.values()].map(unlisten));
    await stopServer();
  };
  return engine;
}

/** Lines as frames of standard output. */
function logs({ log }: FakeContainer, tail: number): FakeAnswer {
  const frames = log.slice(-tail).map((line) => {
    const [head, text] = [Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]), Buffer.from(`${line}\n`)];
    head.writeUInt32BE(text.length, 4);
    return Buffer.concat([head, text]);
  });
  const headers = { 'content-type': 'application/octet-stream' };
  return { status: 200, headers, body: Buffer.concat(frames) };
}
