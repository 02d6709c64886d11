import { validateGraphqlRequest, validateGraphqlResponse } from '../specification/graphql.ts';
import { officialGraphql } from './official-graphql.ts';
import type { RecordedExchange } from './recorded-exchange.ts';
import { validateRestRequest, validateRestResponse } from './validate-rest.ts';

/** What is wrong with a request by GitHub's own descriptions, a line each; empty when nothing is. */
export function validateRequest(exchange: RecordedExchange): string[] {
  return prefix(
    exchange,
    isGraphql(exchange) ? validateGraphqlRequest(officialGraphql(), exchange) : validateRestRequest(exchange),
  );
}

/** What is wrong with an answer by GitHub's own descriptions, a line each; empty when nothing is. */
export function validateResponse(exchange: RecordedExchange): string[] {
  if (exchange.status === 0) return [];
  // GitHub's own failures have any form, so injected ones may; the sandbox must have none.
  if (exchange.status >= 500) return prefix(exchange, crash(exchange.responseBody));
  return prefix(
    exchange,
    isGraphql(exchange) ? validateGraphqlResponse(officialGraphql(), exchange) : validateRestResponse(exchange),
  );
}

const crash = (body: unknown): string[] => {
  const message = (body as { message?: unknown } | null | undefined)?.message;
  return typeof message === 'string' && message.startsWith('The sandbox GitHub failed') ? [message] : [];
};

export interface Watch {
  /** A line for each thing so far that GitHub would not have taken or answered. */
  violations: string[];
  /** Throws with all of them when there are any. */
  expectNone(): void;
  stop(): void;
}

/** Holds every exchange of a sandbox against GitHub's descriptions as it happens. */
export function watch(sandbox: { onExchange(listener: (exchange: RecordedExchange) => void): () => void }): Watch {
  const violations: string[] = [];
  const stop = sandbox.onExchange((exchange) => {
    violations.push(...validateRequest(exchange), ...validateResponse(exchange));
  });
  return {
    violations,
    stop,
    expectNone() {
      if (violations.length === 0) return;
      const lines = [...new Set(violations)].join('\n  ');
      throw new Error(`The sandbox and GitHub's descriptions differ:\n  ${lines}`);
    },
  };
}

const isGraphql = ({ route, path }: RecordedExchange): boolean => route === 'graphql' || path.endsWith('/graphql');

const prefix = ({ method, path, status }: RecordedExchange, violations: string[]): string[] =>
  violations.map((violation) => `${method} ${path} -> ${status}: ${violation}`);
