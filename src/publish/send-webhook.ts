import { createHmac } from 'node:crypto';
import { request as http } from 'node:http';
import { reachableLookup, requireReachable } from '../health/reachable.ts';

export interface Webhook {
  url: string;
  /** What the body is signed with; unsigned without one. */
  secret?: string | undefined;
  /** It may be an address that is not public. */
  allowPrivate: boolean;
  signal: AbortSignal;
}

const SECONDS = 10;

/**
 * Posts one JSON document, as GitHub's own webhooks do: `X-Flotilla-Event` names it, `X-Flotilla-Signature-256` is
 * `sha256=` and the HMAC of the body, in hexadecimal digits. Redirects are not followed. Gives what went wrong, or undefined.
 */
export async function sendWebhook(event: string, document: unknown, webhook: Webhook): Promise<string | undefined> {
  const { secret, allowPrivate, signal } = webhook;
  const body = JSON.stringify(document);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': 'flotilla',
    'x-flotilla-event': event,
    ...(secret ? { 'x-flotilla-signature-256': signatureOf(body, secret) } : {}),
  };
  try {
    const url = new URL(webhook.url);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'the webhook must be an http or https address';
    requireReachable(url.hostname, allowPrivate);
    // Loaded by who calls: it takes longer than what most runs do.
    const send = url.protocol === 'https:' ? (await import('node:https')).request : http;
    const status = await new Promise<number>((resolve, reject) => {
      const options = { method: 'POST', headers, lookup: reachableLookup(allowPrivate), agent: false };
      const limited = AbortSignal.any([signal, AbortSignal.timeout(SECONDS * 1000)]);
      send(url, { ...options, signal: limited }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      })
        .on('error', reject)
        .end(body);
    });
    return status >= 200 && status < 300 ? undefined : `the webhook answered ${status}`;
  } catch (error) {
    return `the webhook could not be reached: ${(error as Error).message}`;
  }
}

/** What the receiver compares with the header. */
export function signatureOf(body: string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}
