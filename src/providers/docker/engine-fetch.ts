import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { CredentialError, UnsupportedError } from '../../model/errors.ts';
import type { Transport } from './transport.ts';

/** Statuses whose answers have no body. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** `fetch` for what the platform's own cannot reach: a unix socket, an `ssh` process, a server that asks for a certificate. */
export function engineFetch({ engine, request, options }: Transport): typeof globalThis.fetch {
  return (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = Object.fromEntries(new Headers(init.headers));
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const { method = 'GET', body, signal } = init;
    const call = request(url, { ...options, method, headers, ...(signal ? { signal } : {}) }, (answer) =>
      resolve(responseOf(answer)),
    );
    call.once('error', (error: NodeJS.ErrnoException) =>
      reject(refused(error, engine.kind === 'unix' ? engine.path : '')),
    );
    if (body instanceof Blob) {
      call.setHeader('content-length', body.size);
      Readable.fromWeb(body.stream() as ReadableStream)
        .on('error', reject)
        .pipe(call);
    } else call.end(body as string | Uint8Array | undefined);
    return promise;
  };
}

function responseOf(answer: IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) headers.set(name, String(value));
  const status = answer.statusCode as number;
  if (!BODILESS.has(status))
    return new Response(Readable.toWeb(answer) as globalThis.ReadableStream, { status, headers });
  answer.resume();
  return new Response(null, { status, headers });
}

/** What another try does not mend. */
function refused(error: NodeJS.ErrnoException, socket: string): Error {
  if (socket && error.code === 'ENOENT')
    return new UnsupportedError(`no Docker engine listens at ${socket}`, {
      mend: 'start Docker, or name another engine with the option engine or DOCKER_HOST',
    });
  if (socket && error.code === 'EACCES')
    return new CredentialError(`this user may not use ${socket}`, { mend: 'add the user to the group "docker"' });
  if (/^ERR_SSL_.*ALERT/.test(error.code ?? ''))
    return new CredentialError(`the engine refused the client certificate (${error.code})`, {
      mend: 'have cert.pem signed by the authority that the engine was started with',
    });
  return error;
}
