import type { InstanceId } from '../model/graph.ts';
import type { Check, HealthState, ProbeTarget, Sample } from '../model/health.ts';
import { plural } from '../model/words.ts';
import { hole, isSameRun } from './pace.ts';
import { listed } from './words.ts';

/** So many must fail at once, at so many providers or on so many hosts, before the prober looks at itself. */
const PROBES = 3;
const PROVIDERS = 2;
const HOSTS = 3;

interface Run {
  before: HealthState | undefined;
  /** Of known targets. */
  samples: readonly Sample[];
  targets: ReadonlyMap<InstanceId, ProbeTarget>;
  confirmedBy: ReadonlyMap<InstanceId, boolean>;
  now: string;
  every: number;
}

/** What the prober thinks of itself. `suspicion` is for the next run to know of; `began` is when the row of such runs did. */
export type SelfView = { because: string; suspicion: string } | { began: string } | undefined;

/**
 * The prober suspects itself when whatever was well a moment ago fails all at once, in places that have nothing in common
 * but the prober: such a run is not counted. It does not when a second vantage has seen one of them fail as well, nor when
 * the run before this one saw the same: then it is so, and has been since that run.
 */
export function suspectSelf({ before, samples, targets, confirmedBy, now, every }: Run): SelfView {
  if (samples.some(({ ok }) => ok)) return undefined;
  const fresh = samples.filter(({ instance }) => (before?.instances[instance]?.failures ?? 0) === 0);
  if (fresh.length < PROBES || fresh.some(({ instance }) => confirmedBy.get(instance))) return undefined;
  const failing = fresh.map(({ instance }) => targets.get(instance) as ProbeTarget);
  const providers = new Set(failing.map(({ provider }) => provider));
  const hosts = new Set(failing.map(({ check }) => hostOf(check)));
  if (providers.size < PROVIDERS && hosts.size < HOSTS) return undefined;
  const earlier = before?.suspicion;
  const at = Date.parse(now);
  // This very run, computed again, and one that overlaps it are not the run before it.
  const isSame = earlier !== undefined && isSameRun(earlier, at, every);
  if (earlier !== undefined && !isSame && at - Date.parse(earlier) <= hole(every)) return { began: earlier };
  const where = listed([...providers].toSorted());
  return {
    because: `all ${plural(fresh.length, 'probe')} failed at once, at ${where}: this run's own network is the likelier cause`,
    suspicion: isSame ? earlier : now,
  };
}

function hostOf(check: Check): string {
  switch (check.kind) {
    case 'http':
      return new URL(check.url).hostname;
    case 'tcp':
      return check.host;
    case 'dns':
      return check.name;
    case 'heartbeat':
      return '';
  }
}
