import type { Principal } from './state.ts';

/** One API request and its answer, as the sandbox saw it. */
export interface Exchange {
  at: Date;
  method: string;
  /** Path and query without the API prefix; `/graphql` for GraphQL. */
  path: string;
  /** The operation's template, e.g. `/repos/{owner}/{repo}/issues`; `graphql`; empty when nothing matched. */
  route: string;
  operationName: string | undefined;
  /** 0 when the connection was cut instead. */
  status: number;
  /** Which kind of token asked. */
  token: Principal['kind'];
  runId: number | undefined;
  /** Without the authorization. */
  requestHeaders: Record<string, string>;
  /** Parsed JSON; `undefined` for none. */
  requestBody: unknown;
  responseHeaders: Record<string, string>;
  /** Parsed JSON, or text for other media types. */
  responseBody: unknown;
  /** Secondary-limit points: 1 a read, 5 a write. */
  points: number;
}
