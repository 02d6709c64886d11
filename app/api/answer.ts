import type { ServerResponse } from 'node:http';

/** On every answer of the API: it is data, for the one who asked, and no page. */
export const SECURITY = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  vary: 'authorization, cookie',
} as const;

export function answer(response: ServerResponse, body: object, headers: Record<string, string> = {}): void {
  send(response, 200, body, headers);
}

/** An error as the API tells it; the message says nothing of what is there. */
export function refuse(response: ServerResponse, status: number, error: string, wait?: number): void {
  const headers: Record<string, string> = {};
  if (status === 401) headers['www-authenticate'] = 'Bearer realm="flotilla"';
  if (wait !== undefined) headers['retry-after'] = String(wait);
  send(response, status, { error }, headers);
}

function send(response: ServerResponse, status: number, body: object, headers: Record<string, string>): void {
  const text = `${JSON.stringify(body)}\n`;
  const length = { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text) };
  response.writeHead(status, { ...SECURITY, ...length, ...headers }).end(text);
}
