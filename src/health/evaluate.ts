import type { InstanceId } from '../model/graph.ts';
import {
  HEALTH_FORMAT,
  type HealthState,
  type HealthStatus,
  type InstanceHealth,
  type ProbeTarget,
  type Sample,
} from '../model/health.ts';
import type { Address } from '../model/resource.ts';
import { nextHeartbeat } from './next-heartbeat.ts';
import { forgotten, nextInstance } from './next-instance.ts';
import { isStale, missingBefore, type Schedule } from './pace.ts';
import { suspectSelf } from './suspect-self.ts';

export interface EvaluationInput {
  /** What the last recorded run left; undefined before the first. */
  before: HealthState | undefined;
  /** What this run found out, retries included. Samples of instances that are no targets are left out. */
  samples: readonly Sample[];
  /** All that is to be watched, whether this run asked it or not. What is no target any more is forgotten. */
  targets: readonly ProbeTarget[];
  /** Of the run, the same however often it is computed. ISO 8601. */
  now: string;
  schedule: Schedule;
  /** What a second vantage (the provider's own status, another prober) says of instances: true, failed; false, well. */
  confirmedBy?: ReadonlyMap<InstanceId, boolean>;
}

export interface Evaluation {
  health: HealthState;
  /** Instances with another status than before. */
  turned: Turn[];
  /** Instances whose failed sample was counted by this run and by no earlier one. */
  failed: InstanceId[];
  /** Why the prober mistrusts itself: nothing of this run was counted. */
  selfSuspect?: string;
  /** Time before this run of which nothing is known, because runs were late or left out. ISO 8601. */
  missing?: { from: string; to: string };
}

export interface Turn {
  instance: InstanceId;
  resource: Address;
  provider: string;
  from: HealthStatus;
  to: HealthStatus;
  /** Since when. ISO 8601. */
  since: string;
  problem?: string;
}

/**
 * What is known after one more run. Pure: the same run on the same record gives the same, and on its own result changes
 * nothing.
 *
 * - A sample is a run's whole finding: its retries have been made. `failAfter` failed ones in a row are down, since the
 *   first of them; `recoverAfter` good ones are up, since the first of those. In between it is suspect.
 * - A second vantage that has seen it fail confirms at once; one that has not does not excuse what the probes see.
 * - Runs that were late or left out are missing data: a row of failures does not go on over such a hole, and what has not
 *   been asked for long is unknown. What is down stays down until it is seen up.
 * - When all fails that was well, the run is not counted; only a second such run in a row is.
 */
export function evaluate(input: EvaluationInput): Evaluation {
  const { before, now, schedule, confirmedBy = new Map() } = input;
  const { every } = schedule;
  const targets = new Map(input.targets.map((target) => [target.instance, target]));
  const samples = input.samples.filter(({ instance }) => targets.has(instance));
  const self = suspectSelf({ before, samples, targets, confirmedBy, now, every });
  const isSuspect = self !== undefined && 'because' in self;
  const counted = new Map(isSuspect ? [] : samples.map((sample) => [sample.instance, sample]));
  const reading = { every, ...(self && !isSuspect ? { suspected: self.began } : {}) };

  const instances: HealthState['instances'] = {};
  const turned: Turn[] = [];
  const failed: InstanceId[] = [];
  for (const target of [...targets.values()].toSorted(byInstance)) {
    const { instance, check } = target;
    const recorded = before?.instances[instance];
    const sample = counted.get(instance);
    let next: InstanceHealth | undefined;
    if (check.kind === 'heartbeat') next = nextHeartbeat(recorded, before?.beats[target.resource], check, now);
    else if (sample)
      next = nextInstance(recorded, sample, target, { ...reading, confirmed: confirmedBy.get(instance) ?? false });
    else if (recorded) next = isStale(recorded, Date.parse(now), every) ? forgotten(recorded) : recorded;
    if (next === undefined) continue;
    instances[instance] = next;
    if (sample && !sample.ok && next.last.at === sample.at && recorded?.last.at !== sample.at) failed.push(instance);
    const turn = turnOf(target, recorded?.status ?? 'unknown', next);
    if (turn) turned.push(turn);
  }

  const missing = missingBefore(before, now, schedule);
  const { suspicion: _, ...kept } = before ?? EMPTY;
  const checked = before && before.checked > now ? before.checked : now;
  const beats = beatsOf(before, input.targets);
  return {
    health: { ...kept, checked, instances, beats, ...(isSuspect ? { suspicion: self.suspicion } : {}) },
    turned,
    failed,
    ...(isSuspect ? { selfSuspect: self.because } : {}),
    ...(missing ? { missing } : {}),
  };
}

const EMPTY: HealthState = {
  format: HEALTH_FORMAT,
  checked: '',
  rolledUp: null,
  instances: {},
  beats: {},
  breakers: {},
  avoid: {},
  heals: [],
};

function turnOf(
  { instance, resource, provider }: ProbeTarget,
  from: HealthStatus,
  now: InstanceHealth,
): Turn | undefined {
  const { status: to, since, last } = now;
  if (from === to) return undefined;
  return { instance, resource, provider, from, to, since, ...(last.problem ? { problem: last.problem } : {}) };
}

/** Reports of what is still watched. */
function beatsOf(before: HealthState | undefined, targets: readonly ProbeTarget[]): HealthState['beats'] {
  const watched = new Set(targets.map(({ resource }) => resource));
  return Object.fromEntries(
    Object.entries(before?.beats ?? {}).filter(([resource]) => watched.has(resource as Address)),
  );
}

function byInstance(a: ProbeTarget, b: ProbeTarget): number {
  return a.instance < b.instance ? -1 : a.instance > b.instance ? 1 : 0;
}
