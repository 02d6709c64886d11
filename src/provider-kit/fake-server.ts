import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What every provider's `fake.ts` is built on: real HTTP on loopback, a log of the calls, and faults that strike before or
 * after a call took effect. The fake itself is a function from call to answer. For the sandbox and tests only.
 */
export interface FakeServer {
  url: string;
  /** In order of arrival. */
  readonly calls: FakeCall[];
  readonly faults: { add(fault: FakeFault): () => void; clear(): void };
  stop(): Promise<void>;
}

export interface FakeCall {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  /** Parsed JSON; undefined without a body, or with one of a type that is no JSON. */
  body: unknown;
  /** The body as it came, for files. */
  bytes: Buffer;
  /** Whether it can change something. GraphQL fakes decide by the document. */
  write: boolean;
  /** What the fake answered, told or not; undefined where a fault struck before the call took effect. */
  answer?: FakeAnswer;
}

export interface FakeAnswer {
  status: number;
  /** Text and bytes are sent as they are where `headers` name another `content-type` than JSON; anything else as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
}

export type FakeAct =
  /** Answers this; `after`: though the call took effect. Default `before`. */
  | { kind: 'status'; status: number; headers?: Record<string, string>; body?: unknown; when?: 'before' | 'after' }
  /** Destroys the connection. */
  | { kind: 'cut'; when: 'before' | 'after' }
  /** Never answers. */
  | { kind: 'hang' }
  /** Calls `run` before the call is handled, or after it took effect and before it is answered. */
  | { kind: 'hook'; when: 'before' | 'after'; run: (call: FakeCall) => void | Promise<void> };

export interface FakeFault {
  match: (call: FakeCall) => boolean;
  /** Times it strikes. Default: until removed. */
  times?: number;
  act: FakeAct;
}

export interface FakeOptions {
  answer(call: FakeCall): FakeAnswer | Promise<FakeAnswer>;
  /** Default: anything but GET and HEAD. */
  isWrite?(call: Omit<FakeCall, 'write' | 'answer'>): boolean;
  /** Milliseconds before each answer. */
  delay?: number;
}

export async function startFakeServer({ answer, isWrite, delay = 0 }: FakeOptions): Promise<FakeServer> {
  const calls: FakeCall[] = [];
  let faults: { fault: FakeFault; left: number }[] = [];

  function strike(call: FakeCall): FakeAct[] {
    const struck = faults.filter(({ fault, left }) => left > 0 && fault.match(call));
    for (const entry of struck) entry.left -= 1;
    return struck.map(({ fault }) => fault.act);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await callOf(request, isWrite);
    calls.push(call);
    const acts = strike(call);
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    let given: FakeAnswer | undefined;
    for (const when of ['before', 'after'] as const) {
      if (when === 'after') given = call.answer = await answer(call);
      for (const act of acts) {
        if (act.kind === 'hang') return;
        if ((act.kind === 'status' ? (act.when ?? 'before') : act.when) !== when) continue;
        if (act.kind === 'cut') return void response.destroy();
        if (act.kind === 'status') return send(response, act);
        await act.run(call);
      }
    }
    send(response, given as FakeAnswer);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: Error) =>
      send(response, { status: 500, body: { message: error.message } }),
    );
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    faults: {
      add(fault) {
        const entry = { fault, left: fault.times ?? Infinity };
        faults.push(entry);
        return () => void (faults = faults.filter((other) => other !== entry));
      },
      clear: () => void (faults = []),
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function callOf(request: IncomingMessage, isWrite: FakeOptions['isWrite']): Promise<FakeCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://fake');
  const bytes = Buffer.concat(chunks);
  const isFile = /octet-stream|x-tar|multipart|x-www-form-urlencoded/.test(
    request.headers['content-type'] ?? 'application/octet-stream',
  );
  const method = request.method ?? 'GET';
  const call = {
    method,
    path: decodeURI(pathname),
    query: searchParams,
    headers: request.headers,
    body: bytes.length > 0 && !isFile ? JSON.parse(bytes.toString('utf8')) : undefined,
    bytes,
  };
  return { ...call, write: isWrite?.(call) ?? (method !== 'GET' && method !== 'HEAD') };
}

function send(response: ServerResponse, { status, body, headers }: FakeAnswer): void {
  const type = headers?.['content-type'] ?? 'application/json';
  if (body === undefined) response.writeHead(status, headers).end();
  else if (!/json/.test(type)) response.writeHead(status, headers).end(body);
  else response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
