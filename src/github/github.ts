import type { Octokit } from '@octokit/core';
import { TransientError, UnsupportedError } from '../model/errors.ts';
import { exchange, type Answer } from './exchange.ts';
import { createLimiter } from '../model/limiter.ts';
import { createMask } from '../model/mask.ts';
import { graphqlRefusal, LostAnswerError, refusal } from './refusal.ts';
import { errorsOf, verdict } from './verdict.ts';

export interface GitHubOptions {
  /** A token, or what gives the one that is valid now. */
  auth: string | (() => Promise<string>);
  /** Default https://api.github.com; `https://<host>/api/v3` for an Enterprise Server. */
  apiUrl?: string;
  userAgent?: string;
  /** Milliseconds. */
  delay: (milliseconds: number) => Promise<void>;
  random: () => number;
  now: () => Date;
  /** Ends everything that is under way. */
  signal?: AbortSignal;
  /** Told of every request when its answer is there. */
  onRequest?: (request: RequestRecord) => void;
  /** Requests in flight at once; default 8. */
  concurrency?: number;
  /** Milliseconds between writes; default 0. GitHub asks for 1,000 of those who write much. */
  writeGap?: number;
  /** Longest wait for a rate limit, in seconds; default 90. Beyond it a TransientError says when to come back. */
  patience?: number;
}

export interface RequestRecord {
  /** What it was for, e.g. `state`, `commit`, `check`. */
  kind: string;
  route: string;
  /** 0: the connection was cut. */
  status: number;
  milliseconds: number;
  /** Requests that the token has left in this hour, as GitHub says it. */
  remaining?: number;
}

export interface CallOptions {
  /** What it is for, as the run's summary counts it. */
  kind: string;
  /** For writes: doing it twice is as good as doing it once. Reads always are. */
  repeatable?: boolean;
  /** Statuses that the caller understands and gets as an answer, e.g. 404 for "not there". */
  allow?: readonly number[];
  /** The permission it needs, for the error message. */
  permission?: string;
  /** GraphQL: what is not there or may not be seen is null in the answer, and no error. */
  absent?: boolean;
}

export interface RestAnswer<T> {
  status: number;
  headers: Record<string, string>;
  data: T;
}

/**
 * GitHub as the rest of Flotilla sees it: rate limits, retries, conditional requests and errors are dealt with here, once.
 * CredentialError, ConflictError, UnsupportedError; TransientError after the retries; LostAnswerError for a write that is
 * not repeatable and whose answer never came.
 */
export interface GitHub {
  graphql<T>(document: string, variables: Record<string, unknown>, options: CallOptions): Promise<T>;
  /** `route` as in GitHub's reference, e.g. `GET /repos/{owner}/{repo}`. */
  request<T>(route: string, params: Record<string, unknown>, options: CallOptions): Promise<RestAnswer<T>>;
  /** Requests sent so far, by what they were for. */
  readonly requests: ReadonlyMap<string, number>;
}

/** All requests that were sent so far. */
export function requestsSent({ requests }: Pick<GitHub, 'requests'>): number {
  return [...requests.values()].reduce((sum, count) => sum + count, 0);
}

const TRIES = 5;
/** How GraphQL says that something is not there, or not for this token. */
const ABSENT: ReadonlySet<string> = new Set(['NOT_FOUND', 'FORBIDDEN']);
/** Answers kept for conditional requests, which cost nothing when nothing changed. */
const REMEMBERED = 100;
/** A request without an answer for this long is cut, in milliseconds. */
const TIMEOUT = 60_000;

/** @throws UnsupportedError when the address holds a password: the platform sends none from there, and shows it in its refusal. */
export function createGitHub(options: GitHubOptions): GitHub {
  const { delay, random, now, signal, concurrency = 8, writeGap = 0, patience = 90 } = options;
  const requests = new Map<string, number>();
  const remembered = new Map<string, { etag: string; answer: RestAnswer<unknown> }>();
  const enter = createLimiter(concurrency);
  const apiUrl = (options.apiUrl ?? 'https://api.github.com').replace(/\/$/, '');
  if (/^\w+:\/\/[^/]*@/.test(apiUrl))
    throw new UnsupportedError("the address of GitHub's API holds a user or a password, which is not sent from there", {
      mend: 'leave them out of GITHUB_API_URL, and give a token',
    });
  // An Enterprise Server has GraphQL beside /api/v3, not below it.
  const graphqlRoute = `POST ${apiUrl.replace(/\/v3$/, '')}/graphql`;
  let octokit: Promise<Octokit> | undefined;
  let lastWrite: Promise<unknown> = Promise.resolve();

  /** Octokit alone: its default plugins cost 20 ms a request, and this does what they do. Imported when first needed. */
  const client = async (): Promise<Octokit> => {
    const { Octokit } = await import('@octokit/core');
    return new Octokit({ baseUrl: apiUrl, userAgent: options.userAgent ?? 'flotilla' });
  };

  async function once(
    route: string,
    params: Record<string, unknown>,
    headers: Record<string, string>,
    kind: string,
  ): Promise<Answer> {
    signal?.throwIfAborted();
    const token = typeof options.auth === 'string' ? options.auth : await options.auth();
    const start = performance.now();
    const timeout = AbortSignal.timeout(TIMEOUT);
    const answer = await exchange(await (octokit ??= client()), {
      route,
      params,
      headers: { ...headers, authorization: `bearer ${token}` },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    signal?.throwIfAborted();
    requests.set(kind, (requests.get(kind) ?? 0) + 1);
    const status = answer.kind === 'cut' ? 0 : answer.status;
    const left = answer.kind === 'cut' ? undefined : answer.headers['x-ratelimit-remaining'];
    options.onRequest?.({
      kind,
      route,
      status,
      milliseconds: performance.now() - start,
      ...(left === undefined ? {} : { remaining: Number(left) }),
    });
    // What GitHub, or a proxy before it, says of a refusal goes into messages, and may repeat the token.
    return isRefusal(answer) ? createMask([token]).hideDeep(answer) : answer;
  }

  /** Sends until there is an answer that means something. */
  async function send(
    route: string,
    params: Record<string, unknown>,
    headers: Record<string, string>,
    { kind, repeatable }: { kind: string; repeatable: boolean },
  ): Promise<Extract<Answer, { kind: 'answer' }>> {
    for (let number = 0; ; number++) {
      const answer = await enter(() => once(route, params, headers, kind));
      const found = verdict(answer, { number, repeatable, now: now(), random });
      if (found.kind === 'final') return answer as Extract<Answer, { kind: 'answer' }>;
      if (found.kind === 'lost') throw new LostAnswerError(`${found.because} (${route})`, { mend: 'run it again' });
      if (found.seconds > patience || number + 1 >= TRIES) {
        const at = new Date(now().getTime() + found.seconds * 1000).toISOString();
        throw new TransientError(`${found.because} (${route})`, {
          mend: `run it again after ${at}`,
          retryAfter: found.seconds,
        });
      }
      await delay(found.seconds * 1000);
    }
  }

  /** One write after the other, with the gap between them. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (writeGap === 0) return work();
    const turn = lastWrite.then(work);
    lastWrite = turn.then(
      () => delay(writeGap),
      () => delay(writeGap),
    );
    return turn;
  }

  return {
    requests,

    async graphql<T>(document: string, variables: Record<string, unknown>, call: CallOptions): Promise<T> {
      const reads = /^\s*query\b/.test(document);
      const repeatable = reads || (call.repeatable ?? false);
      const work = () => send(graphqlRoute, { query: document, variables }, {}, { kind: call.kind, repeatable });
      const answer = await (reads ? work() : inTurn(work));
      const what = `the ${reads ? 'query' : 'mutation'} for ${call.kind}`;
      if (answer.status !== 200) throw refusal({ what, ...answer, permission: call.permission });
      const errors = errorsOf(answer.data).filter(({ type }) => !(call.absent && ABSENT.has(type ?? '')));
      if (errors.length > 0) throw graphqlRefusal(what, errors, call.permission);
      return (answer.data as { data: T }).data;
    },

    async request<T>(route: string, params: Record<string, unknown>, call: CallOptions): Promise<RestAnswer<T>> {
      const reads = route.startsWith('GET ');
      const key = reads ? `${route} ${JSON.stringify(params)}` : '';
      const known = remembered.get(key);
      const headers: Record<string, string> = known ? { 'if-none-match': known.etag } : {};
      const work = () =>
        send(route, params, headers, { kind: call.kind, repeatable: reads || (call.repeatable ?? false) });
      const { status, headers: answered, data } = await (reads ? work() : inTurn(work));
      if (status === 304 && known) return known.answer as RestAnswer<T>;
      if (status >= 400 && !call.allow?.includes(status))
        throw refusal({ what: route, status, headers: answered, data, permission: call.permission });
      const answer = { status, headers: answered, data: data as T };
      const { etag } = answered;
      if (reads && etag && status === 200) remember(remembered, key, { etag, answer });
      return answer;
    },
  };
}

function isRefusal(answer: Answer): boolean {
  return answer.kind === 'cut' || answer.status >= 400 || errorsOf(answer.data).length > 0;
}

/** Keeps the newest. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next();
  if (map.size > REMEMBERED && !oldest.done) map.delete(oldest.value);
}
