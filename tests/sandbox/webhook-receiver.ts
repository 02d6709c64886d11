import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on loopback that takes an App's webhooks and remembers them. */
export interface WebhookReceiver {
  url: string;
  received: { headers: Record<string, unknown>; body: string }[];
  /** Answers the next one with a 500. */
  failNext(): void;
  /** Resolves once so many have been received in all. */
  until(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function receiveWebhooks(): Promise<WebhookReceiver> {
  const received: WebhookReceiver['received'] = [];
  const waiting = new Set<{ count: number; resolve: () => void }>();
  const check = (): void => waiting.forEach(({ count, resolve }) => received.length >= count && resolve());
  let failures = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      response.writeHead(failures > 0 ? 500 : 202, { 'content-type': 'text/plain' }).end('noted');
      failures = Math.max(0, failures - 1);
      check();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    received,
    failNext: () => (failures += 1),
    until: (count) =>
      new Promise((resolve) => {
        waiting.add({ count, resolve });
        check();
      }),
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
}
