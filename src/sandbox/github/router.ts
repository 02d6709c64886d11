import type { IncomingHttpHeaders } from 'node:http';
import type { Need } from './auth.ts';
import type { Account, Principal, Repository } from './state.ts';
import type { RateLimiter } from './limits.ts';
import type { World } from './world.ts';

/** One REST request, understood and let in. */
export interface Call {
  world: World;
  limiter: RateLimiter;
  principal: Principal;
  /** Who acts: the user or the App's bot. */
  actor: Account;
  method: string;
  /** Without the API prefix. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
  /** A path parameter of the route, decoded. */
  param(name: string): string;
  /** The repository of a `/repos/{owner}/{repo}` route. */
  repository: Repository;
  /** A ref's id as this request sees it: the latest, or the one before in a stale read. */
  ref(repository: Repository, name: string): string | undefined;
}

export interface Reply {
  status: number;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, instead of `body`. */
  raw?: Buffer;
  headers?: Record<string, string>;
}

/** `jwt`: an App itself; `token`: anyone known; `anyone`: no check here; otherwise what is needed of the repository. */
export type Access = 'jwt' | 'token' | 'anyone' | Need;

export interface Route {
  method: string;
  /** As in GitHub's OpenAPI, e.g. `/repos/{owner}/{repo}/git/ref/{ref}`. */
  pattern: string;
  access: Access;
  handle: (call: Call) => Reply | Promise<Reply>;
}

export const route = (operation: string, access: Access, handle: Route['handle']): Route => {
  const space = operation.indexOf(' ');
  return { method: operation.slice(0, space), pattern: operation.slice(space + 1), access, handle };
};

/** Parameters whose values hold slashes. */
const manySegments = new Set(['path', 'ref', 'branch', 'basehead', 'name', 'environment_name']);

interface Compiled {
  route: Route;
  expression: RegExp;
  names: string[];
}

export type Match = { route: Route; params: Record<string, string> };

/** Finds the route of a request. Patterns with fewer parameters win. */
export const createRouter = (routes: readonly Route[]): ((method: string, path: string) => Match | undefined) => {
  const byMethod = new Map<string, Compiled[]>();
  const weight = ({ pattern }: Route): number =>
    pattern.split('/').reduce((sum, part) => sum * 2 + (part.startsWith('{') ? 1 : 0), 0);
  const literals = ({ pattern }: Route): number => pattern.split('/').filter((part) => !part.startsWith('{')).length;
  for (const entry of routes.toSorted((a, b) => literals(b) - literals(a) || weight(a) - weight(b))) {
    const names: string[] = [];
    const source = entry.pattern.replace(/\{(\w+)\}/g, (_, name: string) => {
      names.push(name);
      return manySegments.has(name) ? '(.+?)' : '([^/]+)';
    });
    const list = byMethod.get(entry.method) ?? [];
    list.push({ route: entry, names, expression: new RegExp(`^${source}$`) });
    byMethod.set(entry.method, list);
  }
  return (method, path) => {
    for (const { route: found, expression, names } of byMethod.get(method) ?? []) {
      const match = expression.exec(path);
      if (!match) continue;
      return { route: found, params: Object.fromEntries(names.map((name, at) => [name, decode(match[at + 1] ?? '')])) };
    }
    return undefined;
  };
};

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

export const json = (status: number, body: unknown, headers?: Record<string, string>): Reply => ({
  status,
  body,
  ...(headers ? { headers } : {}),
});

export const noContent = (): Reply => ({ status: 204 });
