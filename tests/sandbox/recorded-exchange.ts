/** One API request and its answer, as the sandbox records them. */
export interface RecordedExchange {
  method: string;
  /** Below `/api/v3`, with the query string if there was one. */
  path: string;
  /** `graphql`, or the REST route. */
  route?: string | undefined;
  /** 0 when the connection was cut instead of an answer. */
  status: number;
  /** Parsed JSON; undefined when there was none. */
  requestBody?: unknown;
  responseBody?: unknown;
  /** Names in lower case. */
  requestHeaders?: Record<string, string | undefined> | undefined;
}
