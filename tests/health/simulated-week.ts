import { instanceId } from '../../src/model/graph.ts';
import type { ProbeTarget, Sample } from '../../src/model/health.ts';
import type { IncidentSubject } from '../../src/model/incident.ts';
import type { Address } from '../../src/model/resource.ts';

const MINUTE = 60_000;
export const EVERY = 5 * MINUTE;
const SLOTS = (7 * 24 * 60 * MINUTE) / EVERY;
const START = Date.parse('2026-11-02T00:00:00Z');

/** Something that is really wrong for a while, and what it is to be called. */
export interface Outage {
  subject: IncidentSubject;
  /** All that fail for this reason. */
  resources: Set<Address>;
  /** Milliseconds since 1970. */
  from: number;
  to: number;
  /** Fails and recovers at random: not always two good runs in a row. */
  ragged: boolean;
}

export interface Week {
  targets: ProbeTarget[];
  dependsOn: Map<Address, Address[]>;
  outages: Outage[];
  /** Each run with what its probes found, in order. */
  runs: { now: string; samples: Sample[] }[];
  blips: number;
  late: number;
  /** Runs that never took place. */
  skipped: number;
  wakes: number;
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * A week of a five-minute schedule over 200 resources at 10 accounts: 5 real outages (one ragged, one with dependants, one
 * with runs missing in its midst), 2 outages of providers, 300 single failed runs of one resource, 20 late or skipped
 * stretches, one run whose own network is gone, and wake-ups.
 */
export function simulatedWeek(seed: number): Week {
  const random = chance(seed);
  const upTo = (limit: number) => Math.floor(random() * limit);
  const resources = Array.from({ length: 200 }, (_, index): Address => {
    return index % 4 === 3 ? `site/web-${index}` : `service/api-${index}`;
  });
  const accountOf = (index: number) => `account-${index % 10}`;
  const targets = resources.map((resource, index): ProbeTarget => ({
    instance: instanceId(resource, accountOf(index)),
    resource,
    provider: accountOf(index),
    check: {
      kind: 'http',
      url: `https://${resource.replace('/', '-')}.example/`,
      method: 'GET',
      headers: {},
      status: [[200, 399]],
      redirects: 3,
      timeout: 10_000,
      certificateDays: 14,
    },
    failAfter: 3,
    recoverAfter: 2,
    wake: index % 10 < 2 ? 60_000 : 0,
  }));
  // Every fifth depends on the one before it, at another account.
  const dependsOn = new Map(
    resources.map((resource, index) => [resource, index % 5 === 4 ? [resources[index - 1] as Address] : []]),
  );

  const slot = (day: number, hour: number) => START + (day * 24 + hour) * 60 * MINUTE;
  const minutes = (least: number, most: number) => (least + upTo(most - least)) * MINUTE;
  const outage = (subject: Address, from: number, long: number, more: Partial<Outage> = {}): Outage => ({
    subject,
    resources: new Set([subject, ...(more.resources ?? [])]),
    from,
    to: from + long,
    ragged: more.ragged ?? false,
  });
  const root = resources[5 * upTo(20) + 3] as Address;
  const follower = resources[resources.indexOf(root) + 1] as Address;
  const lonely = resources.filter((_, index) => index % 5 < 3);
  const own = (part: number) => lonely[part * 30 + upTo(30)] as Address;
  const provider = (account: string, from: number, long: number): Outage => ({
    subject: `provider/${account}`,
    resources: new Set(
      targets.flatMap(({ resource, provider }) => {
        // What depends on it is down as well, wherever it is.
        const next = resources[resources.indexOf(resource) + 1];
        return provider !== account
          ? []
          : [resource, ...(next && dependsOn.get(next)?.includes(resource) ? [next] : [])];
      }),
    ),
    from,
    to: from + long,
    ragged: false,
  });
  const outages = [
    outage(own(0), slot(0, 5 + upTo(10)), minutes(25, 60)),
    outage(root, slot(1, 2 + upTo(10)), minutes(60, 200), { resources: new Set([follower]) }),
    provider('account-3', slot(2, 3 + upTo(10)), minutes(45, 70)),
    outage(own(1), slot(3, 2 + upTo(8)), minutes(150, 180), { ragged: true }),
    outage(own(2), slot(4, 6 + upTo(6)), 5 * 60 * MINUTE),
    provider('account-8', slot(5, 4 + upTo(10)), minutes(120, 200)),
    outage(own(3), slot(6, 1 + upTo(10)), minutes(20, 30)),
  ];

  const missing = new Set<number>();
  const hole = (at: number, slots: number) => {
    for (let index = 0; index < slots; index++) missing.add(Math.floor((at - START) / EVERY) + index);
  };
  // Within an outage, before it is confirmed; then anywhere, from one run to two hours.
  hole((outages[4] as Outage).from + 2 * EVERY, 9);
  for (let stretch = 0; stretch < 9;) {
    const at = START + upTo(SLOTS) * EVERY;
    const slots = 1 + upTo(stretch < 3 ? 24 : 4);
    // An outage that no run was there to see cannot be told.
    if (outages.some(({ from, to }) => at < to && at + slots * EVERY > from)) continue;
    hole(at, slots);
    stretch += 1;
  }
  const late = new Set<number>();
  while (late.size < 10) late.add(upTo(SLOTS));
  const blips = new Map<number, Set<Address>>();
  for (let left = 300; left > 0;) {
    const at = upTo(SLOTS);
    const resource = resources[upTo(200)] as Address;
    const isTaken = [at - 1, at, at + 1].some((one) => missing.has(one) || blips.get(one)?.has(resource));
    const isOut = outages.some((one) => one.resources.has(resource) && Math.abs(START + at * EVERY - one.from) < 864e5);
    if (isTaken || isOut) continue;
    blips.set(at, (blips.get(at) ?? new Set()).add(resource));
    left -= 1;
  }
  const blind = Math.floor((slot(4, 1) - START) / EVERY);
  [blind - 1, blind, blind + 1].forEach((one) => missing.delete(one));

  const goodRow = new Map<Address, number>();
  const week: Week = { targets, dependsOn, outages, runs: [], blips: 300, late: 20, skipped: missing.size, wakes: 0 };
  for (let index = 0; index < SLOTS; index++) {
    if (missing.has(index)) continue;
    const begin = START + index * EVERY + upTo(40_000) + (late.has(index) ? minutes(1, 4) : 0);
    const samples = targets.map(({ instance, resource, wake }): Sample => {
      const at = begin + upTo(20_000);
      const one = outages.find((out) => out.resources.has(resource) && begin >= out.from && begin < out.to);
      // Two good runs in a row are well by any rule: they come when it has gone up and down for an hour.
      const most = one && begin - one.from > 60 * MINUTE ? 2 : 1;
      const isBetter = one?.ragged === true && random() < 0.4 && (goodRow.get(resource) ?? 0) < most;
      goodRow.set(resource, isBetter ? (goodRow.get(resource) ?? 0) + 1 : 0);
      const isDown = (one !== undefined && !isBetter) || blips.get(index)?.has(resource) || index === blind;
      if (isDown)
        return { instance, at: iso(at), ok: false, milliseconds: null, tries: 3, problem: 'no answer within 10 s' };
      const isWaking = wake > 0 && random() < 0.05;
      if (isWaking) week.wakes += 1;
      const milliseconds = 40 + upTo(60) + (isWaking ? 20_000 : 0);
      return { instance, at: iso(at), ok: true, milliseconds, tries: 1, ...(isWaking ? { woke: milliseconds } : {}) };
    });
    week.runs.push({ now: iso(begin + 25_000), samples });
  }
  return week;
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
