import type { Answered } from './http-answer.ts';
import type { Exchange, Sent } from './http-exchange.ts';

export interface HttpOptions {
  /** The provider as messages name it, e.g. `Render`. */
  name: string;
  /** With or without a path; paths of calls are appended to it. */
  baseUrl: string;
  headers?: Record<string, string>;
  /** Ends every call at once. */
  signal: AbortSignal;
  /** For one call, from its start to the last byte of its answer. Default 30. */
  timeoutSeconds?: number;
  /** Largest answer that is read, in bytes. Default 20 MB. */
  maxBytes?: number;
  /** How to mend a refused credential, e.g. `set RENDER_API_KEY to a key with access to this workspace`. */
  credentialMend?: string;
  /** Hides secrets in what the provider says: `Account.mask`. */
  mask?: ((text: string) => string) | undefined;
  /** Sends the requests instead of the kit's own client, for what that cannot reach. */
  exchange?: Exchange;
  /** Milliseconds since 1970, for answers that name a time and carry no `date` of their own. */
  now?: () => number;
}

/** Lists become repeated parameters. */
export type Query = Record<string, string | number | boolean | readonly string[] | undefined>;
export type Parse<T> = (value: unknown, answer: Answered) => T;

export interface Call<T> {
  query?: Query;
  headers?: Record<string, string>;
  /** Turns the answer's body into what is wanted and throws when it cannot; without one the body is not read. */
  parse?: Parse<T>;
  /** `text` and `bytes` hand the parser the body as it is. Default `json`. */
  as?: 'json' | 'text' | 'bytes';
  /** Gets each line of the answer as it comes, for calls that say how far they are; `parse` gets the whole all the same. */
  heard?(line: string): void;
  timeoutSeconds?: number;
  /** Values that no message may repeat, e.g. those of environment variables that are sent. */
  mask?: readonly string[];
}

export interface WriteCall<T> extends Call<T> {
  json?: unknown;
  /** Anything else than JSON, with its own `content-type` in `headers`. */
  body?: Sent['body'];
  /** Makes a value of a refusal that tells what to do, e.g. which files are missing; `undefined` leaves it an error. */
  refused?(status: number, body: unknown): T | undefined;
}

export interface GraphqlCall<T> {
  variables?: Record<string, unknown>;
  /** Gets `data`. */
  parse: Parse<T>;
  mask?: readonly string[];
  timeoutSeconds?: number;
}

type WithParser<C extends Call<unknown>, T> = C & { parse: Parse<T> };

/** Can read only: it has no way to send another method than GET, nor a GraphQL mutation. */
export interface HttpReader {
  get<T>(path: string, call: WithParser<Call<T>, T>): Promise<T>;
  /** Like `get`; `undefined` when the provider said, in JSON or with an empty body, that it is not there (404, 410). */
  find<T>(path: string, call: WithParser<Call<T>, T>): Promise<T | undefined>;
  query<T>(path: string, document: string, call: GraphqlCall<T>): Promise<T>;
}

export interface HttpWriter extends HttpReader {
  post<T = void>(path: string, call?: WriteCall<T>): Promise<T>;
  put<T = void>(path: string, call?: WriteCall<T>): Promise<T>;
  patch<T = void>(path: string, call?: WriteCall<T>): Promise<T>;
  /** Whether there was something to delete. */
  delete(path: string, call?: Omit<WriteCall<unknown>, 'refused'>): Promise<boolean>;
  mutate<T>(path: string, document: string, call: GraphqlCall<T>): Promise<T>;
}
