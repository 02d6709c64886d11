import { request as httpRequest, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { REPOSITORY } from '../model/product.ts';
import type { HttpCheck } from '../model/watch.ts';
import { TooLate, withDeadline } from './deadline.ts';
import { faultWords, problemLine, spanWords } from './problem.ts';
import { reachableLookup, requireReachable } from './reachable.ts';
import type { Trying, Verdict } from './trying.ts';

/** So much of a body is read, and looked through. */
const MOST = 2 ** 20;

/** Sends the request, follows redirects, and judges the answer. */
export async function tryHttp(check: HttpCheck, trying: Trying): Promise<Verdict> {
  const start = performance.now();
  const from = new URL(check.url);
  const hop: Hop = { url: from, method: check.method, headers: check.headers, followed: 0 };
  const seen: { certificateExpires?: string } = {};
  const failed = (problem: string, milliseconds: number | null = null): Verdict => {
    const where = hop.url.host === from.host ? '' : `redirected to ${hop.url.host}: `;
    return { ok: false, milliseconds, problem: problemLine(where + problem), ...seen };
  };
  try {
    for (;;) {
      const left = trying.limit - (performance.now() - start);
      if (left <= 0) throw new TooLate();
      const answer = await exchange(hop, check, trying, left);
      // What ends first counts, over all hops.
      const { expires } = answer;
      if (expires && !(seen.certificateExpires && seen.certificateExpires <= expires))
        seen.certificateExpires = expires;
      const next = check.redirects > 0 ? redirected(hop, answer) : undefined;
      const milliseconds = Math.round(performance.now() - start);
      if (!next) {
        const problem = judge(check, answer, milliseconds);
        return problem ? failed(problem, milliseconds) : { ok: true, milliseconds, ...seen };
      }
      if (typeof next === 'string') return failed(next, milliseconds);
      if (next.followed > check.redirects)
        return failed(`expected at most ${check.redirects} redirects, found more`, milliseconds);
      Object.assign(hop, next);
    }
  } catch (error) {
    trying.signal.throwIfAborted();
    if (!(error instanceof TooLate)) return failed(faultWords(error));
    return failed(`no complete answer within ${spanWords(trying.limit)}`);
  }
}

interface Hop {
  url: URL;
  method: string;
  headers: Record<string, string>;
  followed: number;
}

interface Answer {
  status: number;
  location: string | undefined;
  /** The first megabyte, where it is to be looked through. */
  body: Buffer | undefined;
  expires: string | undefined;
}

const USER_AGENT = `flotilla-health (+${REPOSITORY})`;

async function exchange(hop: Hop, check: HttpCheck, trying: Trying, limit: number): Promise<Answer> {
  const { hostname, protocol, port, pathname, search } = hop.url;
  requireReachable(hostname, trying.allowPrivate);
  const secure = protocol === 'https:';
  const request = secure ? (await import('node:https')).request : httpRequest;
  const wanted = check.contains !== undefined;
  const options: RequestOptions & { ca?: string | undefined } = {
    protocol,
    hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    port,
    path: pathname + search,
    method: hop.method,
    headers: {
      'user-agent': USER_AGENT,
      // What is looked through must not come compressed.
      ...(wanted ? { 'accept-encoding': 'identity' } : {}),
      ...hop.headers,
    },
    agent: trying.agents?.[secure ? 'https' : 'http'] ?? false,
    lookup: reachableLookup(trying.allowPrivate, trying.network?.lookup),
    ca: secure ? trying.network?.ca : undefined,
  };
  return withDeadline<Answer>({ limit, signal: trying.signal }, (resolve, reject) => {
    let call: ClientRequest;
    let stopped = false;
    const send = (): void => {
      call = request(options, (message) => receive(message, wanted, resolve, reject)).on(
        'error',
        (error: NodeJS.ErrnoException) => {
          // The other side may close a kept connection just when it is used again: that is no fault of either.
          if (stopped || !call.reusedSocket || error.code !== 'ECONNRESET') return reject(error);
          options.agent = false;
          send();
        },
      );
      call.end();
    };
    send();
    return {
      stop() {
        stopped = true;
        call.destroy();
      },
    };
  });
}

/** Reads what of the body is wanted; a longer one is not waited for. */
function receive(
  message: IncomingMessage,
  wanted: boolean,
  resolve: (answer: Answer) => void,
  reject: (error: unknown) => void,
): void {
  const chunks: Buffer[] = [];
  let length = 0;
  const expires = expiryOf(message);
  const done = (): void =>
    resolve({
      status: message.statusCode ?? 0,
      location: message.headers.location,
      body: wanted ? Buffer.concat(chunks).subarray(0, MOST) : undefined,
      expires,
    });
  message
    .on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (wanted) chunks.push(chunk);
      if (length < MOST) return;
      done();
      message.destroy();
    })
    .on('end', done)
    .on('error', reject);
}

/** When the certificate of a connection ends: it is told only once, and a kept connection is asked again. */
const EXPIRIES = new WeakMap<Socket, string>();

function expiryOf({ socket }: IncomingMessage): string | undefined {
  const certificate = 'getPeerX509Certificate' in socket ? (socket as TLSSocket).getPeerX509Certificate() : undefined;
  const expires = certificate && new Date(certificate.validTo);
  if (expires && !Number.isNaN(expires.getTime())) EXPIRIES.set(socket, expires.toISOString());
  return EXPIRIES.get(socket);
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Where the answer leads; undefined when it is the last one, a text when it leads nowhere. */
function redirected(hop: Hop, { status, location }: Answer): Hop | string | undefined {
  if (!REDIRECTS.has(status) || location === undefined) return undefined;
  const url = URL.parse(location, hop.url.href);
  // Which may hold what it was asked with, and is cut before anybody could hide that.
  if (!url) return 'expected a redirect to an address, found one that leads to none';
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return `expected a redirect to an http address, found one to "${url.protocol}"`;
  // What is sent to one host is not for another, nor for those who listen on the way.
  const same = url.host === hop.url.host && (url.protocol === hop.url.protocol || url.protocol === 'https:');
  const method = hop.method === 'POST' && status < 307 ? 'GET' : hop.method;
  return { url, method, headers: same ? hop.headers : {}, followed: hop.followed + 1 };
}

/** What is wrong with the answer; undefined when it is as expected. */
function judge({ status: well, contains, maxResponse }: HttpCheck, answer: Answer, took: number): string | undefined {
  const { status, body } = answer;
  if (!well.some(([from, to]) => status >= from && status <= to)) {
    const ranges = well.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
    return `expected status ${ranges.join(' or ')}, found ${status}`;
  }
  if (contains !== undefined && !body?.includes(contains))
    return `expected ${JSON.stringify(contains)} in the answer, found ${found(body)}`;
  if (maxResponse !== undefined && took > maxResponse)
    return `expected an answer within ${spanWords(maxResponse)}, it took ${spanWords(took)}`;
  return undefined;
}

/** How a body begins, or how long it is where it begins alike. */
function found(body: Buffer | undefined): string {
  if (!body?.length) return 'an empty one';
  return body.length >= MOST ? 'a megabyte without it' : `${body.length} bytes without it`;
}
