import { UnsupportedError } from '../model/errors.ts';
import { cutOff, refusal } from './http-answer.ts';
import { parseJson, readBounded, readStart } from './http-body.ts';
import { exchange, type Answer } from './http-exchange.ts';
import { createQuery } from './http-graphql.ts';
import { masker, sensitive, type Mask } from './http-message.ts';
import { checkedHeaders, sameOrigin } from './http-request.ts';
import type { Call, HttpOptions, HttpReader, HttpWriter, Query, WriteCall } from './http-types.ts';

export { everyPage } from './http-pages.ts';
export { path } from './http-request.ts';
export type * from './http-types.ts';

const MAX_REDIRECTS = 5;
const MAX_BYTES = 20_000_000;

/**
 * The one HTTP client of all providers. Answers become values through a parser that is handed in, or one of the errors
 * of `model/errors.ts`. Nothing is tried twice in here: `withRetries` does that, around a whole read or an idempotent
 * `ensure`, so that a POST is never repeated blindly. Redirects are followed for reads on the same origin only.
 * @throws CredentialError when a header's value cannot be one, as a token pasted with a line break.
 */
export function createHttp(options: HttpOptions): { reader: HttpReader; writer: HttpWriter } {
  const base = new URL(options.baseUrl.replace(/\/+$/, ''));
  const headers = checkedHeaders(options);
  const mask = masker(headers, options.mask);

  async function send<T>(method: string, path: string, call: WriteCall<T>): Promise<T> {
    const about = `${options.name}: ${method} ${path}`;
    const own = [...(call.mask ?? []), ...sensitive(Object.entries(call.headers ?? {}))];
    const masked = own.length > 0 ? mask.and(own) : mask;
    const timeout = AbortSignal.timeout((call.timeoutSeconds ?? options.timeoutSeconds ?? 30) * 1000);
    const signal = AbortSignal.any([options.signal, timeout]);
    try {
      const response = await follow(method, address(path, call.query), call, signal, about);
      if (response.status < 200 || response.status > 299) {
        const text = call.refused
          ? (await readBounded(response, options.maxBytes ?? MAX_BYTES, about)).toString('utf8')
          : await readStart(response);
        const told = call.refused?.(response.status, jsonIn(text));
        if (told !== undefined) return told;
        throw refusal({ about, response, text, mask: masked, mend: options.credentialMend, now: options.now });
      }
      return await value(response, call, about, masked);
    } catch (error) {
      throw cutOff(error, { about, interrupted: options.signal, timeout, mask: masked });
    }
  }

  function address(path: string, query: Query = {}): URL {
    const url = new URL(base);
    url.pathname = `${base.pathname.replace(/\/$/, '')}${path}`;
    for (const [name, given] of Object.entries(query)) {
      if (given === undefined) continue;
      for (const item of Array.isArray(given) ? given : [given]) url.searchParams.append(name, String(item));
    }
    return url;
  }

  async function follow<T>(method: string, from: URL, call: WriteCall<T>, signal: AbortSignal, about: string) {
    const sent = new Map(headers);
    for (const [name, item] of Object.entries(call.headers ?? {})) sent.set(name.toLowerCase(), item);
    if (call.json !== undefined) sent.set('content-type', 'application/json');
    const body = call.json === undefined ? call.body : JSON.stringify(call.json);
    let url = from;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const response = await (options.exchange ?? exchange)(url, { method, headers: sent, body, signal });
      const location = response.headers.get('location');
      if (response.status < 300 || response.status > 399 || location === null) return response;
      await readStart(response);
      url = sameOrigin(about, method, url, location);
    }
    throw new UnsupportedError(`${about} was redirected more than ${MAX_REDIRECTS} times`);
  }

  async function value<T>(response: Answer, call: Call<T>, about: string, mask: Mask): Promise<T> {
    if (call.parse === undefined) {
      await readStart(response);
      return undefined as T;
    }
    const bytes = await readBounded(response, options.maxBytes ?? MAX_BYTES, about, call.heard);
    const parsed = call.as === 'bytes' ? bytes : call.as === 'text' ? bytes.toString('utf8') : parseJson(bytes, about);
    try {
      return call.parse(parsed, { status: response.status, headers: response.headers });
    } catch (error) {
      throw notUnderstood(error, about, mask);
    }
  }

  const query = createQuery((path, call) => send('POST', path, call), options.name, mask);
  const reader: HttpReader = {
    get: (path, call) => send('GET', path, call),
    find: (path, call) => orAbsent(send('GET', path, call)),
    query: query.read,
  };
  const writer: HttpWriter = {
    ...reader,
    post: (path, call = {}) => send('POST', path, call),
    put: (path, call = {}) => send('PUT', path, call),
    patch: (path, call = {}) => send('PATCH', path, call),
    delete: async (path, call = {}) =>
      (await orAbsent(send('DELETE', path, { ...call, parse: () => true, as: 'text' }))) ?? false,
    mutate: query.write,
  };
  return { reader, writer };
}

/** The status that an error came from; undefined when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  const status = (error as { cause?: { status?: unknown } } | null)?.cause?.status;
  return typeof status === 'number' ? status : undefined;
}

/** Whether the provider itself said that the thing is not there. */
export function isNotFound(error: unknown): boolean {
  const status = statusOf(error);
  return status === 404 || status === 410;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function orAbsent<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * A tagged error that a parser threw passes, without the secrets that it repeats of the answer; anything else means that
 * the provider's answer is not the one we know.
 */
function notUnderstood(error: unknown, about: string, mask: Mask): unknown {
  if (typeof (error as { tag?: unknown }).tag === 'string') {
    const { message, stack } = error as Error;
    const clean = mask.clean(message);
    return Object.assign(error as Error, { message: clean, stack: stack?.replace(message, () => clean) });
  }
  const issue = (error as { issues?: { path: PropertyKey[]; message: string }[] }).issues?.[0];
  const what = issue ? `${issue.path.map(String).join('.') || 'answer'}: ${issue.message}` : (error as Error).message;
  const message = `${about} answered something this release does not understand: ${mask.clean(what)}`;
  return new UnsupportedError(message, { mend: 'update Flotilla; if that does not help, report it' });
}
