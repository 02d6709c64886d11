import { EMPTY_SERIES } from '../../src/health/series.ts';
import { readSeries } from '../../src/health/series-file.ts';
import { withQuietRuns } from '../../src/health/quiet.ts';
import { judgeHealth } from '../../src/watch/judge-health.ts';
import { stateText } from '../../src/model/canonical.ts';
import type { ProbeTarget, Sample } from '../../src/model/health.ts';
import type { Address } from '../../src/model/resource.ts';
import type { Series } from '../../src/model/series.ts';
import { STATE_FORMAT } from '../../src/model/state.ts';
import { foldState } from '../../src/record/fold.ts';
import { foldIncidents } from '../../src/record/fold-health.ts';
import { environmentPath, resourcePath, seriesPath } from '../../src/record/state-paths.ts';
import type { CommitRequest, StateSnapshot, Store } from '../../src/record/store.ts';
import { writeHealth } from '../../src/record/write-health.ts';
import { renderStateReadme } from '../../src/report/state-readme.ts';
import { target } from './story.ts';

export const YEAR_BEGINS = Date.UTC(2026, 0, 1) / 60_000;
const ENVIRONMENT = 'production';

export interface Simulation {
  resources: number;
  /** Days. */
  days: number;
  seed: number;
  /** Minutes between runs. */
  every: number;
  /** Outages of each resource in a year, of 10 to 100 minutes. */
  outages: number;
  /** Times in which no run took place at all, of two to six hours. */
  holes: number;
}

export interface Truth {
  /** By resource, minutes `[from, to)`. */
  outages: [from: number, to: number][][];
  holes: [from: number, to: number][];
}

/** Outages and holes as chance has it, none within six hours of another of its kind, or of the year's ends. */
export function truthOf({ resources, days, seed, outages, holes }: Simulation): Truth {
  const random = chance(seed);
  const spans = (count: number, shortest: number, longest: number): [number, number][] =>
    Array.from({ length: count }, (_, index) => {
      const room = (days * 1440) / count;
      const from = Math.floor(YEAR_BEGINS + room * index + 360 + random() * (room - 1440));
      return [from, from + shortest + Math.floor(random() * (longest - shortest))];
    });
  return {
    holes: spans(holes, 120, 360),
    outages: Array.from({ length: resources }, () => spans(outages, 10, 100)),
  };
}

/** What one run put on the state branch. */
export interface Commit extends CommitRequest {
  /** Minutes since 1970. */
  at: number;
  /** The branch as it is now. */
  files: ReadonlyMap<string, string>;
}

/**
 * A year of health runs on a schedule that is late by some minutes now and then, judged and written as the product does it,
 * on a branch that is kept in memory. Gives the runs that came to a commit.
 */
export async function* simulate(options: Simulation, truth = truthOf(options)): AsyncGenerator<Commit> {
  const branch = new Branch(fleetOf(options.resources));
  const targets = addresses(options.resources).map((address): ProbeTarget => target(`${address}@a`));
  const facts = new Map(targets.map(({ resource }) => [resource, { dependsOn: [] }]));
  const random = chance(options.seed + 1);
  const probes = targets.map((_, index) => chance(options.seed + 2 + index));
  let hour = -1;
  let restless = 0;
  for (let due = YEAR_BEGINS; due < YEAR_BEGINS + options.days * 1440; due += options.every) {
    const at = due + (random() < 0.1 ? Math.floor(random() * 4) : 0);
    if (truth.holes.some(([from, to]) => at >= from && at < to)) continue;
    const failing = new Set(
      targets.keys().filter((index) => truth.outages[index]?.some(([from, to]) => at >= from && at < to)),
    );
    restless = failing.size > 0 ? RESTLESS : restless - 1;
    // A run that finds all as it was before is not worth the time: it would write nothing.
    if (restless <= 0 && Math.floor(at / 60) === hour) continue;
    hour = Math.floor(at / 60);
    const time = at * 60_000;
    const samples = targets.map(({ instance }, index): Sample => {
      const chance = probes[index] as () => number;
      const usual = 40 + ((index * 37) % 260);
      const milliseconds = Math.round(usual * (0.9 + 0.3 * chance() + (chance() < 0.02 ? 3 * chance() : 0)));
      const ended = new Date(time - Math.floor(chance() * 3000) + 3000).toISOString();
      const ok = !failing.has(index);
      return {
        instance,
        at: ended,
        ok,
        milliseconds: ok ? milliseconds : null,
        tries: ok ? 1 : 3,
        ...(ok ? {} : { problem: 'answered 503' }),
      };
    });
    const now = new Date(time + 4000 + Math.floor(random() * 1000)).toISOString();
    const run = { run: `github:${10_000_000_000 + at}/1`, actor: 'github-actions[bot]' };
    const { written } = await writeHealth(
      {
        store: branch.store,
        environment: ENVIRONMENT,
        run: run.run,
        clock: () => new Date(now),
        renderReadme: renderStateReadme,
        known: branch.snapshot(),
        random,
        delay: async () => {},
      },
      ({ files }) => {
        const open = foldIncidents(files, ENVIRONMENT);
        const findings = { environment: ENVIRONMENT, targets, samples, facts, maintenance: [], now, run };
        const judged = judgeHealth(
          { ...findings, every: options.every * 60_000, claim: (incident) => incident },
          foldState(files, ENVIRONMENT),
          open,
          files,
        );
        return judged.edit;
      },
    );
    if (written) yield { ...(branch.last as CommitRequest), at, files: branch.files };
  }
}

/** Runs after an outage that may still find something to record. */
const RESTLESS = 8;

/** The series of a resource by number, as pages show it: with what is not written yet. */
export function seriesOf(files: ReadonlyMap<string, string>, index: number): Series {
  const address: Address = `service/s${index}`;
  const path = seriesPath(ENVIRONMENT, address);
  const text = files.get(path);
  const written = text === undefined ? EMPTY_SERIES : readSeries(path, text);
  return withQuietRuns(written, foldState(files, ENVIRONMENT).health?.quiet, address);
}

const addresses = (count: number): Address[] =>
  Array.from({ length: count }, (_, index): Address => `service/s${index}`);

/** A fleet that was applied once. */
function fleetOf(count: number): Map<string, string> {
  const facts = {
    format: STATE_FORMAT,
    fleet: 'year',
    environment: ENVIRONMENT,
    serial: 1,
    commit: '1'.repeat(40),
    plan: '2'.repeat(64),
    applied: new Date(YEAR_BEGINS * 60_000).toISOString(),
    outcome: 'succeeded',
    lease: null,
  };
  const instance = {
    id: 'srv',
    hash: '3'.repeat(16),
    replicas: 1,
    spec: {},
    references: {},
    outputs: { url: 'https://service.example' },
    phase: 'active',
    deployments: [],
  };
  return new Map([
    [environmentPath(ENVIRONMENT), stateText(facts)],
    ...addresses(count).map((address): [string, string] => [
      resourcePath(ENVIRONMENT, address),
      stateText({ format: STATE_FORMAT, address, protect: false, dependsOn: [], instances: { a: instance } }),
    ]),
  ]);
}

/** A state branch that nobody else writes to. */
class Branch {
  files: ReadonlyMap<string, string>;
  last: CommitRequest | undefined;
  #head = 0;

  constructor(files: ReadonlyMap<string, string>) {
    this.files = files;
  }

  snapshot(): StateSnapshot {
    const journals = [...this.files.keys()].filter((path) => path.endsWith('.ndjson')).toSorted();
    return { head: String(this.#head), files: this.files, journals, environments: [ENVIRONMENT] };
  }

  readonly store = {
    commit: async (request: CommitRequest) => {
      const files = new Map(this.files);
      for (const path of request.deletions) files.delete(path);
      for (const [path, text] of request.additions) files.set(path, text);
      this.files = files;
      this.last = request;
      return { head: String(++this.#head) };
    },
  } as unknown as Store;
}

/** Numbers from 0 to 1 that are the same each time. */
export function chance(seed: number): () => number {
  let state = seed * 7919 + 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
