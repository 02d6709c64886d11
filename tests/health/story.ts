import { evaluate, type Evaluation } from '../../src/health/evaluate.ts';
import { incidents, type IncidentChanges, type IncidentInput } from '../../src/health/incidents.ts';
import type { InstanceId } from '../../src/model/graph.ts';
import type { Check, HealthState, ProbeTarget, Sample } from '../../src/model/health.ts';
import type { Incident } from '../../src/model/incident.ts';
import type { Address } from '../../src/model/resource.ts';

export const EVERY = 300_000;
const START = Date.parse('2026-11-21T10:00:00Z');

/** The time of a story's run, by number. */
export function time(run: number): string {
  return new Date(START + run * EVERY).toISOString();
}

export function target(instance: InstanceId, more: Partial<ProbeTarget> = {}): ProbeTarget {
  const [resource, provider] = instance.split('@') as [Address, string];
  const check: Check = {
    kind: 'http',
    url: `https://${resource.replace('/', '-')}.${provider}.example/`,
    method: 'GET',
    headers: {},
    status: [[200, 399]],
    redirects: 3,
    timeout: 10_000,
    certificateDays: 14,
  };
  return { instance, resource, provider, check, failAfter: 3, recoverAfter: 2, wake: 0, ...more };
}

export interface Told extends Evaluation, IncidentChanges {
  now: string;
}

export interface Telling extends Partial<Pick<IncidentInput, 'maintenance' | 'muted' | 'drift'>> {
  targets?: ProbeTarget[];
  dependsOn?: Record<Address, Address[]>;
  /** Milliseconds between runs as scheduled; they take place every five minutes. */
  every?: number;
  before?: { health: HealthState; open: Incident[] };
  /** Number of the first run. */
  from?: number;
}

/**
 * Runs five minutes apart, a character each: `.` good, `x` failed, `w` woke up, `c` failed and a second vantage says so
 * too, `v` failed and a second vantage says that it is well, `-` not asked; where nobody was asked there was no run. Gives
 * what each run came to; each knows what the one before it recorded.
 */
export function tell(rows: Record<InstanceId, string>, telling: Telling = {}): Told[] {
  const ids = Object.keys(rows) as InstanceId[];
  const targets = telling.targets ?? ids.map((id) => target(id));
  const facts = new Map(targets.map(({ resource }) => [resource, { dependsOn: telling.dependsOn?.[resource] ?? [] }]));
  for (const [resource, dependsOn] of Object.entries(telling.dependsOn ?? {}))
    facts.set(resource as Address, { dependsOn });
  const told: Told[] = [];
  let health = telling.before?.health;
  let open = telling.before?.open ?? [];
  const from = telling.from ?? 0;
  const length = Math.max(...Object.values(rows).map((row) => row.length));
  for (let run = 0; run < length; run++) {
    const asked = ids.filter((id) => (rows[id]?.[run] ?? '-') !== '-');
    if (asked.length === 0) continue;
    const now = time(from + run);
    const confirmedBy = new Map<InstanceId, boolean>();
    for (const id of asked) {
      if (rows[id]?.[run] === 'c') confirmedBy.set(id, true);
      if (rows[id]?.[run] === 'v') confirmedBy.set(id, false);
    }
    const samples = asked.map((id) => sample(id, now, rows[id]?.[run] as string));
    const evaluation = evaluate({
      before: health,
      samples,
      targets,
      now,
      schedule: { every: telling.every ?? EVERY },
      confirmedBy,
    });
    const { maintenance = [], muted, drift } = telling;
    const changes = incidents({
      environment: 'production',
      evaluation,
      targets,
      facts,
      open,
      maintenance,
      now,
      ...(muted ? { muted } : {}),
      ...(drift ? { drift } : {}),
    });
    told.push({ ...evaluation, ...changes, now });
    health = evaluation.health;
    open = changes.open;
  }
  return told;
}

function sample(instance: InstanceId, at: string, what: string): Sample {
  if (what === 'w') return { instance, at, ok: true, milliseconds: 30_000, tries: 2, woke: 30_000 };
  if (what === '.') return { instance, at, ok: true, milliseconds: 100, tries: 1 };
  return { instance, at, ok: false, milliseconds: null, tries: 3, problem: 'HTTP 503' };
}

/** A status a run, one letter each: up, suspect, Down, flapping, ?. */
export function statuses(told: readonly Told[], instance: InstanceId): string {
  const letters = { up: 'u', suspect: 's', down: 'D', flapping: 'f', unknown: '?' };
  return told.map(({ health }) => letters[health.instances[instance]?.status ?? 'unknown']).join('');
}

export function last<T>(list: readonly T[]): T {
  return list.at(-1) as T;
}
