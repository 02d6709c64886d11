import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Serves one method and path; the query is in `url`. */
export type Route = (request: IncomingMessage, response: ServerResponse, url: URL) => void | Promise<void>;

export interface Listening {
  /** `http://127.0.0.1:3000`, with the port that it got. */
  url: string;
  /** Takes no more connections; resolves when the requests under way are answered. */
  close(): Promise<void>;
}

/**
 * An HTTP server over a table of routes, `GET /healthz` to route; `GET /v1/*` takes all below `/v1` that is not named. What a route throws is a 500 and given to `failed`.
 * @throws when the port is taken
 */
export async function listen(
  { host, port }: { host: string; port: number },
  routes: Record<string, Route>,
  failed: (error: unknown) => void,
): Promise<Listening> {
  const server = createServer((request, response) => {
    void respond(request, response).catch((error: unknown) => {
      failed(error);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  // A sender that dawdles loses its connection.
  server.requestTimeout = 30_000;
  server.headersTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { address, port: bound, family } = server.address() as AddressInfo;
  const name = address === '0.0.0.0' || address === '::' ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  return { url: `http://${name}:${bound}`, close: () => close(server) };

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? '/';
    const url = URL.canParse(target, 'http://app') ? new URL(target, 'http://app') : undefined;
    const path = url?.pathname.replace(/(.)\/$/, '$1') ?? '';
    const route = url && (routes[`${request.method} ${path}`] ?? routes[`${request.method} /${path.split('/')[1]}/*`]);
    if (route) return route(request, response, url);
    response.writeHead(404, { 'content-type': 'text/plain' }).end('there is nothing here\n');
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
