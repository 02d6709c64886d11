import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from './read-body.ts';
import { Seen } from './seen.ts';

/** GitHub sends at most 25 MB. */
const LIMIT = 25 * 1024 * 1024;
/** Of all bodies that are being read, together. */
const ROOM = 8 * LIMIT;
/** GUIDs remembered: more than GitHub would send again while they matter. */
const GUIDS = 20_000;

export interface WebhookRouteOptions {
  /** Whether the body was signed with our secret. */
  verify: (body: string, signature: string) => Promise<boolean>;
  /** Takes a delivery in; `full`: it could not be, and GitHub may send it again. */
  receive: (delivery: Delivery) => Promise<'taken' | 'full'>;
}

export interface Delivery {
  guid: string;
  event: string;
  payload: Record<string, unknown>;
}

/** Answers a webhook at once: it is checked, taken in and worked on later. A GUID is taken in once. */
export function webhookRoute({ verify, receive }: WebhookRouteOptions) {
  const seen = new Seen(GUIDS);
  const room = { left: ROOM };
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { 'x-github-delivery': guid, 'x-github-event': event, 'x-hub-signature-256': signature } = request.headers;
    const body = await readBody(request, LIMIT, room);
    if (body === 'cut') return void response.destroy();
    if (body === 'too-large') return refuse(413, `the body is larger than ${LIMIT} bytes`);
    if (body === 'no-room') return later('too many large bodies arrive at once');
    if (typeof signature !== 'string')
      return refuse(401, 'X-Hub-Signature-256 is missing: give the App a webhook secret');
    if (!body.text || !signature || !(await verify(body.text, signature)))
      return refuse(401, 'the signature is not that of our webhook secret');
    if (typeof guid !== 'string' || typeof event !== 'string')
      return refuse(400, 'X-GitHub-Delivery and X-GitHub-Event are needed');
    const payload = /^application\/json\b/i.test(request.headers['content-type'] ?? '') ? parse(body.text) : undefined;
    if (!payload)
      return refuse(400, 'the body is not a JSON object: set the webhook’s content type to application/json');
    if (seen.has(guid)) return answer(200, { result: 'seen before' });

    // Remembered before it is taken in: the same GUID may arrive a second time meanwhile.
    seen.add(guid);
    if ((await receive({ guid, event, payload })) === 'taken') return answer(202, { result: 'taken' });
    seen.forget(guid);
    return later('there is too much to do; the sweep asks for this delivery again');

    function later(message: string): void {
      response.setHeader('retry-after', '60');
      refuse(503, message);
    }
    function refuse(status: number, message: string): void {
      // The rest of the body is not read: the connection cannot be used again.
      if (body === 'too-large' || body === 'no-room') response.setHeader('connection', 'close');
      answer(status, { error: message });
    }
    function answer(status: number, body: Record<string, string>): void {
      const text = `${JSON.stringify(body)}\n`;
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
      response.end(text);
    }
  };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
