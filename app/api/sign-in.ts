import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Route } from '../server.ts';
import type { SignIn } from '../settings.ts';
import { refuse, SECURITY } from './answer.ts';
import { Buckets } from './buckets.ts';
import type { SealedCookies } from './sealed-cookie.ts';

export interface SignInOptions extends SignIn {
  /** Of GitHub's pages. */
  serverUrl: string;
  /** Of this App, as browsers reach it. */
  publicUrl: string;
  cookies: SealedCookies;
  signal: AbortSignal;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** The cookie that holds a user's token, and its key there. */
export const SESSION = 'session';
const LOGIN = 'login';
const CALLBACK = '/v1/login/callback';
/** Seconds for signing in, and that a session lasts at most: GitHub's own tokens for users last no longer. */
const LOGIN_SECONDS = 600;
const SESSION_SECONDS = 8 * 3600;
/** Codes that GitHub is asked about, a minute and address. */
const PER_MINUTE = 30;

/** GitHub's web flow with state and PKCE. The session is the user's token in a sealed cookie; nothing is kept here. */
export function signInRoutes(options: SignInOptions): Record<string, Route> {
  const { clientId, serverUrl, publicUrl, cookies, now } = options;
  const buckets = new Buckets(PER_MINUTE, now);
  const redirect = `${publicUrl}${CALLBACK}`;

  const begin: Route = (_request, response) => {
    const [state, verifier] = [randomBytes(24).toString('base64url'), randomBytes(48).toString('base64url')];
    const url = new URL(`${serverUrl}/login/oauth/authorize`);
    url.search = String(
      new URLSearchParams({
        client_id: clientId,
        redirect_uri: redirect,
        state,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      }),
    );
    go(response, url.href, [cookies.set(LOGIN, { state, verifier }, LOGIN_SECONDS)]);
  };

  const finish: Route = async (request, response, url) => {
    const { state, verifier } = cookies.get(request, LOGIN) ?? {};
    const [given, code] = [url.searchParams.get('state') ?? '', url.searchParams.get('code') ?? ''];
    if (
      typeof state !== 'string' ||
      typeof verifier !== 'string' ||
      !same(given, state) ||
      !/^[\w-]{1,200}$/.test(code)
    )
      return refuse(response, 403, 'this is not the sign-in that was begun here: begin again at /v1/login');
    const wait = buckets.take(request.socket.remoteAddress ?? '');
    if (wait > 0) return refuse(response, 429, 'too many sign-ins at once', wait);
    const answer = await exchange(code, verifier, redirect, options);
    if (!answer) return refuse(response, 403, 'GitHub did not sign you in: begin again at /v1/login');
    const seconds = Math.min(SESSION_SECONDS, answer.expires_in ?? SESSION_SECONDS);
    const session = cookies.set(SESSION, { token: answer.access_token }, seconds);
    go(response, '/v1/cluster', [session, cookies.clear(LOGIN)]);
  };

  const leave: Route = (_request, response) => {
    response.writeHead(204, { ...SECURITY, 'set-cookie': cookies.clear(SESSION) }).end();
  };

  return { 'GET /v1/login': begin, [`GET ${CALLBACK}`]: finish, 'POST /v1/logout': leave };
}

interface Exchanged {
  access_token: string;
  expires_in?: number;
}

async function exchange(
  code: string,
  verifier: string,
  redirect: string,
  { clientId, clientSecret, serverUrl, signal }: SignInOptions,
): Promise<Exchanged | undefined> {
  const answer = await fetch(`${serverUrl}/login/oauth/access_token`, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({
      client_id: clientId,
      client_secret: clientSecret,
      code,
      redirect_uri: redirect,
      code_verifier: verifier,
    }),
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
  });
  // GitHub tells a code that it does not take with 200.
  const found = answer.ok ? ((await answer.json()) as Partial<Exchanged>) : {};
  return typeof found.access_token === 'string' ? (found as Exchanged) : undefined;
}

function go(response: ServerResponse, location: string, cookies: string[]): void {
  response.writeHead(302, { ...SECURITY, location, 'set-cookie': cookies }).end();
}

/** Compared by bytes: what is as long in characters may not be in them. */
function same(given: string, state: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(state)];
  return a.length === b.length && timingSafeEqual(a, b);
}
