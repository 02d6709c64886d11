import { request, type IncomingMessage, type RequestOptions } from 'node:http';
import { Readable } from 'node:stream';

/** One request, as it goes over the wire. */
export interface Sent {
  method: string;
  /** Names in lower case. */
  headers: ReadonlyMap<string, string>;
  body?: string | Uint8Array<ArrayBuffer> | FormData | Blob | undefined;
  signal: AbortSignal;
}

/** What came back; the body is read by whoever wants it. */
export interface Answer {
  status: number;
  headers: AnswerHeaders;
  body: AsyncIterable<Uint8Array> | null;
}

export type AnswerHeaders = Pick<Headers, 'get' | 'has'>;

/** Sends one request and hands back what came. */
export type Exchange = (url: URL, sent: Sent) => Promise<Answer>;

/**
 * Sends one request by Node's own client: the platform's `fetch` takes as long to load as Node itself to start. `route`:
 * another way than straight to the address's host, as a unix socket.
 */
export async function exchange(
  url: URL,
  { method, headers, body, signal }: Sent,
  route: Pick<RequestOptions, 'agent' | 'socketPath'> = {},
): Promise<Answer> {
  const content = await encoded(body);
  const all = Object.fromEntries([...headers, ...content.headers, ['accept-encoding', 'identity']]);
  const send = url.protocol === 'https:' ? (await import('node:https')).request : request;
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    const call = send(url, { ...route, method, headers: all, signal }, resolve).on('error', reject);
    if (content.stream) content.stream.on('error', reject).pipe(call);
    else call.end(content.bytes);
  });
  return { status: message.statusCode ?? 0, headers: headersOf(message), body: message };
}

interface Encoded {
  bytes?: string | Uint8Array;
  stream?: Readable;
  headers: [string, string][];
}

/** A blob may be a file that is larger than memory; a form has the platform's own encoding. */
async function encoded(body: Sent['body']): Promise<Encoded> {
  if (body === undefined) return { headers: [] };
  if (typeof body === 'string' || body instanceof Uint8Array)
    return { bytes: body, headers: [['content-length', String(Buffer.byteLength(body))]] };
  if (body instanceof Blob) {
    const type: [string, string][] = body.type === '' ? [] : [['content-type', body.type]];
    return { stream: Readable.fromWeb(body.stream()), headers: [...type, ['content-length', String(body.size)]] };
  }
  const form = new Response(body);
  const bytes = await form.bytes();
  const type = form.headers.get('content-type') as string;
  return {
    bytes,
    headers: [
      ['content-type', type],
      ['content-length', String(bytes.byteLength)],
    ],
  };
}

function headersOf({ headers }: IncomingMessage): AnswerHeaders {
  const value = (name: string) => headers[name.toLowerCase()];
  return {
    has: (name) => value(name) !== undefined,
    get: (name) => {
      const found = value(name);
      return Array.isArray(found) ? found.join(', ') : (found ?? null);
    },
  };
}
