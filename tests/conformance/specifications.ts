import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Deviation, Harness, Specification } from '../../src/provider-kit/conformance.ts';
import type { FakeCall, FakeServer } from '../../src/provider-kit/fake-server.ts';
import { loadSpecification, type Exchange, type Judge } from '../specification/load.ts';

/** Where the providers' official specifications are: `npm run specs` fetches them into `.cache/specs`. */
export const specificationFolder: string | undefined = process.env['FLOTILLA_SPECS'] || undefined;

/** Deviations that occurred in this process. */
const occurred = new Set<Deviation>();
const held = new Map<string, number>();
const judges = new Map<string, Judge>();

/**
 * Holds a test's exchanges with the fake against the provider's official specification: the test fails, when it is
 * otherwise done, with a line for each thing that the provider would not have taken or answered. Without
 * FLOTILLA_SPECS it does nothing.
 */
export function holdToSpecification(harness: Harness, server: FakeServer | undefined): void {
  if (server === undefined || !specificationFolder || !harness.specifications) return;
  onTestFinished(() => {
    const violations = violationsOf(harness, server.calls);
    if (violations.length === 0) return;
    throw new Error(
      `the fake and the specification of ${harness.provider.title} differ:\n  ${violations.join('\n  ')}`,
    );
  });
}

/** A line for each thing in the calls that the provider's specification does not have, but for permitted deviations. */
export function violationsOf(harness: Harness, calls: readonly FakeCall[]): string[] {
  const { provider, specifications = [], deviations = [] } = harness;
  const all = specifications.map(judgeOf);
  held.set(provider.type, (held.get(provider.type) ?? 0) + calls.length);
  const lines = calls.flatMap((call) => {
    const exchange = exchangeOf(call);
    const judged = all.map((judge) => judge(exchange)).find((said) => said !== undefined);
    const said = judged ?? ['the specification has no such operation'];
    return said.map((line) => `${call.method} ${call.path} -> ${call.answer?.status ?? 'nothing'}: ${line}`);
  });
  return [...new Set(lines)].filter((line) => {
    const permitted = deviations.filter(({ match }) => match.test(line));
    for (const deviation of permitted) occurred.add(deviation);
    return permitted.length === 0;
  });
}

/** Permitted deviations that did not occur so far. */
export function unusedDeviations({ deviations = [] }: Harness): Deviation[] {
  return deviations.filter((deviation) => !occurred.has(deviation));
}

/** What was held against what, for people. */
export function specificationReport(): string {
  if (!specificationFolder) return 'ran without specifications: FLOTILLA_SPECS names no folder (`npm run specs`)';
  return [...held].map(([type, calls]) => `${type}: ${calls} exchanges held against its specification`).join('\n');
}

function judgeOf({ file, base, spanning }: Specification): Judge {
  const key = JSON.stringify([file, base, spanning]);
  const judge = judges.get(key) ?? loadSpecification(join(specificationFolder as string, file), { base, spanning });
  judges.set(key, judge);
  return judge;
}

/** Whether the folder holds something of this provider's. */
export function hasSpecification(type: string): boolean {
  return specificationFolder !== undefined && existsSync(join(specificationFolder, type));
}

function exchangeOf({ method, path, query, headers, body, bytes, answer }: FakeCall): Exchange {
  const sent = body ?? (bytes.length > 0 ? bytes : undefined);
  const told = answer && {
    status: answer.status,
    type: answer.headers?.['content-type'] ?? 'application/json',
    // As the client sees it: without what JSON cannot say.
    body: answer.body === undefined ? undefined : JSON.parse(JSON.stringify(answer.body)),
  };
  return {
    method,
    path,
    query,
    requestType: headers['content-type'],
    requestBody: sent,
    ...(told ? { answer: told } : {}),
  };
}
