/** The webhook of incidents: where it may go, and what it takes along. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sendWebhook, signatureOf } from '../../src/publish/send-webhook.ts';

const asked: IncomingMessage['headers'][] = [];
let answer: (url: string) => { status: number; headers?: Record<string, string> };
const server = createServer((request, response) => {
  asked.push(request.headers);
  const { status, headers = {} } = answer(request.url ?? '');
  response.writeHead(status, headers).end('x'.repeat(1000));
});
let port = 0;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => server.close());
beforeEach(() => {
  asked.length = 0;
  answer = () => ({ status: 204 });
});

const send = (url: string, allowPrivate = false) =>
  sendWebhook(
    'incident.opened',
    { event: 'x' },
    { url, secret: 'shared', allowPrivate, signal: new AbortController().signal },
  );

test('goes to no private address, by no spelling, unless that is allowed; and nowhere else than to the web', async () => {
  for (const host of ['127.0.0.1', '127.1', '0x7f000001', '2130706433', '[::1]', '[::ffff:127.0.0.1]', 'localhost'])
    expect(await send(`http://${host}:${port}/`)).toMatch(/could not be reached: .*is not a public address/);
  for (const url of ['file:///etc/passwd', 'ftp://x.example/', 'gopher://127.0.0.1/'])
    expect(await send(url, true)).toBe('the webhook must be an http or https address');
  expect(await send('http://169.254.169.254/latest', true)).toContain('is an address that nobody may ask');
  expect(await send('no address')).toContain('could not be reached');
  expect(asked).toEqual([]);
  expect(await send(`http://localhost:${port}/`, true)).toBeUndefined();
  expect(asked).toHaveLength(1);
});

test('is signed, and follows no redirect with that', async () => {
  answer = (url) =>
    url === '/' ? { status: 307, headers: { location: `http://127.0.0.1:${port}/there` } } : { status: 200 };
  expect(await send(`http://127.0.0.1:${port}/`, true)).toBe('the webhook answered 307');
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({ 'x-flotilla-signature-256': signatureOf('{"event":"x"}', 'shared') });
});
