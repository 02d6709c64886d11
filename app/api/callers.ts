import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import {
  createGitHub,
  readableRepositories,
  STATE_BRANCH,
  systemClock,
  tagOf,
  type RequestRecord,
} from '../../src/index.ts';
import type { Place } from '../task.ts';
import { Buckets } from './buckets.ts';
import type { SealedCookies } from './sealed-cookie.ts';
import { SESSION } from './sign-in.ts';

/** Who asks, and what is theirs to see. */
export interface Caller {
  /** Tells callers apart, and says nothing of their token. */
  key: string;
  /** Those of the repositories that they may see now. CallerRefused when GitHub does not take their token. */
  sees(places: readonly Place[]): Promise<Place[]>;
}

/** The token is none that counts, `wait` seconds until another may be tried. */
export class CallerRefused extends Error {
  readonly wait: number | undefined;

  constructor(wait?: number) {
    super('the token is not one that GitHub takes');
    this.wait = wait;
  }
}

export interface CallersOptions {
  apiUrl: string;
  apiToken: string | undefined;
  /** Where users sign in; undefined: nobody does. */
  cookies: SealedCookies | undefined;
  signal: AbortSignal;
  /** Milliseconds since 1970. */
  now: () => number;
  onRequest: (request: RequestRecord) => void;
}

/** How long GitHub's word on what a token may read is taken; milliseconds. */
const TRUSTED = 60_000;
const CAPACITY = 1_000;
/** Tokens that were never seen before, a minute and address: each is a request to GitHub. */
const STRANGERS = 60;

interface Known {
  /** By repository; when it was asked, and whether it may be read. */
  rights: Map<string, { at: number; mayRead: boolean }>;
  refused: number | undefined;
}

/** Who the callers are. The operator's token sees everything; everybody else what GitHub lets their own token read. */
export class Callers {
  readonly #options: CallersOptions;
  readonly #known = new Map<string, Known>();
  readonly #strangers: Buckets;
  readonly #operator: Buffer | undefined;

  constructor(options: CallersOptions) {
    this.#options = options;
    this.#strangers = new Buckets(STRANGERS, options.now);
    this.#operator = options.apiToken === undefined ? undefined : hash(options.apiToken);
  }

  /** Undefined for nobody. @throws CallerRefused for a stranger who came too often */
  of(request: IncomingMessage): Caller | undefined {
    const token = this.#tokenOf(request);
    if (token === undefined) return undefined;
    const hashed = hash(token);
    const key = hashed.toString('base64url');
    if (this.#operator && timingSafeEqual(hashed, this.#operator)) return { key, sees: async (places) => [...places] };
    if (!this.#known.has(key)) {
      const wait = this.#strangers.take(request.socket.remoteAddress ?? '');
      if (wait > 0) throw new CallerRefused(wait);
    }
    return { key, sees: (places) => this.#readable(key, token, places) };
  }

  /** Whether it is the operator: for what is about the App and no repository. */
  isOperator(request: IncomingMessage): boolean {
    const token = this.#tokenOf(request);
    return token !== undefined && this.#operator !== undefined && timingSafeEqual(hash(token), this.#operator);
  }

  #tokenOf(request: IncomingMessage): string | undefined {
    const bearer = /^(?:bearer|token) +([\x21-\x7e]{1,1024})$/i.exec(request.headers.authorization ?? '')?.[1];
    if (request.headers.authorization !== undefined) return bearer;
    const session = this.#options.cookies?.get(request, SESSION)?.['token'];
    return typeof session === 'string' ? session : undefined;
  }

  async #readable(key: string, token: string, places: readonly Place[]): Promise<Place[]> {
    const { apiUrl, signal, now, onRequest } = this.#options;
    const known = this.#remembered(key);
    const at = now();
    const isFresh = (since: number | undefined): boolean => since !== undefined && at - since < TRUSTED;
    if (isFresh(known.refused)) throw new CallerRefused();
    const nameOf = ({ owner, repo }: Pick<Place, 'owner' | 'repo'>): string => `${owner}/${repo}`;
    const asked = places.filter((place) => !isFresh(known.rights.get(nameOf(place))?.at));
    if (asked.length > 0)
      try {
        const github = createGitHub({
          ...systemClock,
          auth: token,
          apiUrl,
          userAgent: 'flotilla-app',
          signal,
          onRequest,
          patience: 0,
        });
        const readable = new Set((await readableRepositories(github, asked, STATE_BRANCH)).map(nameOf));
        for (const place of asked) known.rights.set(nameOf(place), { at, mayRead: readable.has(nameOf(place)) });
      } catch (error) {
        if (tagOf(error) !== 'credential') throw error;
        known.refused = at;
        known.rights.clear();
        throw new CallerRefused();
      }
    return places.filter((place) => known.rights.get(nameOf(place))?.mayRead);
  }

  #remembered(key: string): Known {
    const known = this.#known.get(key) ?? { rights: new Map(), refused: undefined };
    this.#known.delete(key);
    this.#known.set(key, known);
    const oldest = this.#known.keys().next().value;
    if (this.#known.size > CAPACITY && oldest !== undefined) this.#known.delete(oldest);
    return known;
  }
}

/** Compared instead of the token itself, so that how long it takes tells nothing. */
const hash = (token: string): Buffer => createHash('sha256').update(token).digest();
