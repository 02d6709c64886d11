import {
  ConflictError,
  CredentialError,
  TransientError,
  UnsupportedError,
  type FlotillaError,
} from '../model/errors.ts';
import type { Answer, AnswerHeaders } from './http-exchange.ts';
import type { Mask } from './http-message.ts';

/** What a parser may look at besides the body. */
export interface Answered {
  status: number;
  headers: AnswerHeaders;
}

interface Refusal {
  /** Who was asked what, e.g. `Render: POST /services`. */
  about: string;
  response: Answer;
  /** The body, or its start. */
  text: string;
  mask: Mask;
  mend: string | undefined;
  now: (() => number) | undefined;
}

/** The error for an answer that is no success. Its `cause` is `{ status }`: see `statusOf`. */
export function refusal({ about, response, text, mask, mend, now }: Refusal): FlotillaError {
  const { status, headers } = response;
  const said = mask.clean(messageIn(text));
  const message = `${about} answered ${status}${said ? `: ${said}` : ''}`;
  const cause = { status };
  if (
    status === 408 ||
    status === 425 ||
    status === 429 ||
    (status >= 500 && status !== 501) ||
    isRateLimit(response)
  ) {
    const retryAfter = retryAfterSeconds(headers, now ?? Date.now);
    return new TransientError(message, { cause, ...(retryAfter === undefined ? {} : { retryAfter }) });
  }
  if (status === 401 || status === 403) {
    return new CredentialError(message, { cause, mend: mend ?? 'check the token and what it may do' });
  }
  if (status === 404 || status === 410) {
    // A page of a proxy or a wrong endpoint says 404 as well; only the API's own words mean that a thing is absent.
    if (!speaksForApi(headers, text)) {
      return new UnsupportedError(`${message} and not in the API's own words`, { mend: 'check the endpoint' });
    }
    return new ConflictError(message, { cause, mend: 'something removed it meanwhile: run again' });
  }
  if (status === 409 || status === 412) return new ConflictError(message, { cause });
  if (status === 402)
    return new UnsupportedError(message, { cause, mend: 'the account needs a plan that includes this' });
  return new UnsupportedError(message, { cause });
}

interface CutOff {
  about: string;
  interrupted: AbortSignal;
  timeout: AbortSignal;
  mask: Mask;
}

/** What a call threw before or while it was answered, as one of our errors. */
export function cutOff(error: unknown, { about, interrupted, timeout, mask }: CutOff): unknown {
  if (typeof (error as { tag?: unknown } | null)?.tag === 'string') return error;
  if (interrupted.aborted) return new TransientError(`${about} was interrupted`, { cause: interrupted.reason });
  if (timeout.aborted) return new TransientError(`${about} did not answer in time`);
  const { code, message } = reason(error);
  if (code && /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/.test(code)) {
    return new UnsupportedError(`${about} failed: the certificate is not trusted (${code})`, {
      mend: 'check the endpoint, or give Node the authority with NODE_EXTRA_CA_CERTS',
    });
  }
  if (code || error instanceof TypeError) {
    return new TransientError(`${about} got no answer: ${mask.clean(code ?? message)}`, { cause: error });
  }
  return error;
}

/** The news may be in the cause. */
function reason(error: unknown): { code?: string; message: string } {
  const cause = (error as { cause?: { code?: unknown; message?: string } } | null)?.cause;
  const code = cause?.code ?? (error as { code?: unknown } | null)?.code;
  const message = cause?.message ?? (error instanceof Error ? error.message : String(error));
  return typeof code === 'string' ? { code, message } : { message };
}

/** Some say "too many requests" with 403. */
function isRateLimit({ status, headers }: Answer): boolean {
  return status === 403 && (headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0');
}

function speaksForApi(headers: AnswerHeaders, text: string): boolean {
  return text.trim() === '' || /\bjson\b/i.test(headers.get('content-type') ?? '');
}

/**
 * Seconds to wait as the answer says: `retry-after` in seconds or as a date, else `ratelimit-reset` in seconds or as a
 * time since 1970. Dates count from the answer's own `date`, so that a wrong clock here does no harm.
 */
export function retryAfterSeconds(headers: AnswerHeaders, now: () => number): number | undefined {
  const clock = Date.parse(headers.get('date') ?? '') || now();
  const after = headers.get('retry-after')?.trim();
  if (after && /^\d+(\.\d+)?$/.test(after)) return Number(after);
  if (after && !Number.isNaN(Date.parse(after))) return Math.max(0, (Date.parse(after) - clock) / 1000);
  const reset = Number(headers.get('ratelimit-reset') ?? headers.get('x-ratelimit-reset') ?? Number.NaN);
  if (Number.isNaN(reset) || reset < 0) return undefined;
  if (reset > 1e12) return Math.max(0, (reset - clock) / 1000);
  if (reset > 1e9) return Math.max(0, reset - clock / 1000);
  return reset;
}

const MESSAGE_KEYS = [
  'message',
  'error_description',
  'error',
  'detail',
  'msg',
  'description',
  'title',
  'errors',
] as const;

/** The sentence in an error's body, wherever providers put it; the text itself when it is no JSON and no page. */
export function messageIn(text: string): string {
  try {
    return find(JSON.parse(text), 4) ?? '';
  } catch {
    return text.trimStart().startsWith('<') ? '' : text;
  }
}

function find(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return value;
  if (value === null || typeof value !== 'object' || depth === 0) return undefined;
  if (Array.isArray(value)) {
    const found = value.slice(0, 3).flatMap((item) => find(item, depth - 1) ?? []);
    return found.length > 0 ? found.join('; ') : undefined;
  }
  for (const key of MESSAGE_KEYS) {
    const found = find((value as Record<string, unknown>)[key], depth - 1);
    if (found) return found;
  }
  return byField((value as { errors?: unknown }).errors);
}

/** `{ name: ["is taken"] }`, as some say which fields they refuse and why. */
function byField(errors: unknown): string | undefined {
  if (errors === null || typeof errors !== 'object') return undefined;
  const said = Object.entries(errors).flatMap(([field, why]) => (find(why, 2) ? [`${field} ${find(why, 2)}`] : []));
  return said.length > 0 ? said.slice(0, 3).join('; ') : undefined;
}
