import type { ProbeTarget } from '../../src/model/health.ts';
import type { Check, HttpCheck } from '../../src/model/watch.ts';
import type { Prober } from '../../src/health/probe.ts';
import type { Lookup } from '../../src/health/reachable.ts';

export const http = (url: string, given: Partial<HttpCheck> = {}): HttpCheck => ({
  kind: 'http',
  url,
  method: 'GET',
  headers: {},
  status: [[200, 299]],
  redirects: 3,
  timeout: 1000,
  certificateDays: 14,
  ...given,
});

export const target = (check: Check, given: Partial<ProbeTarget> = {}): ProbeTarget => ({
  instance: 'service/x@local',
  resource: 'service/x',
  provider: 'local',
  check,
  failAfter: 3,
  recoverAfter: 2,
  wake: 0,
  private: true,
  ...given,
});

export interface TestProber extends Prober {
  /** What it would have waited, in milliseconds, in the order in which it began to. */
  waited: number[];
}

/** Waits for nothing: `before` is called instead, with what it would have waited. */
export function testProber(given: Partial<Prober> = {}, before: (milliseconds: number) => void = () => {}): TestProber {
  const waited: number[] = [];
  const delay = async (milliseconds: number) => {
    waited.push(milliseconds);
    before(milliseconds);
  };
  const clock = { now: () => new Date('2026-11-21T00:00:00Z'), delay };
  return { clock, signal: new AbortController().signal, waited, ...given };
}

/** All hosts are on loopback. */
export const everywhereHere: Lookup = (_, __, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);
