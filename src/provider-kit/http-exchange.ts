import { request, type IncomingMessage } from 'node:http';

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

/** Sends one request by Node's own client: the platform's `fetch` takes as long to load as Node itself to start. */
export async function exchange(url: URL, { method, headers, body, signal }: Sent): Promise<Answer> {
  const content = await encoded(body);
  const length = content.bytes === undefined ? [] : [['content-length', String(Buffer.byteLength(content.bytes))]];
  const all = Object.fromEntries([...headers, ...content.headers, ...length, ['accept-encoding', 'identity']]);
  const send = url.protocol === 'https:' ? (await import('node:https')).request : request;
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    send(url, { method, headers: all, signal }, resolve).on('error', reject).end(content.bytes);
  });
  return { status: message.statusCode ?? 0, headers: headersOf(message), body: message };
}

/** Forms and blobs have the platform's own encoding. */
async function encoded(body: Sent['body']): Promise<{ bytes?: string | Uint8Array; headers: [string, string][] }> {
  if (body === undefined) return { headers: [] };
  if (typeof body === 'string' || body instanceof Uint8Array) return { bytes: body, headers: [] };
  const response = new Response(body);
  const type = response.headers.get('content-type');
  return { bytes: await response.bytes(), headers: type === null ? [] : [['content-type', type]] };
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
