import { parseAddress, type Event, type FleetView, type HealthState, type Incident } from '../../src/index.ts';
import type { Place } from '../task.ts';

/** Rows of an answer at most; `truncated` says that there are more. */
export const MOST_ROWS = 1_000;
/** Characters of a text at most. */
const LONGEST = 500;

/** A repository's fleet, and each of its environments in a few numbers. */
export function fleetAnswer(
  { owner, repo }: Pick<Place, 'owner' | 'repo'>,
  views: readonly FleetView[],
  known: (environment: string) => HealthState | undefined,
) {
  return {
    owner,
    repo,
    fleet: views[0]?.fleet ?? '',
    environments: views.map(({ environment, recorded, incidents }) => ({
      environment,
      commit: recorded.environment?.commit ?? null,
      applied: recorded.environment?.applied ?? null,
      outcome: recorded.environment?.outcome ?? null,
      applying: recorded.environment?.lease != null,
      resources: recorded.resources.size,
      health: statuses(known(environment) ?? recorded.health),
      incidents: incidents.filter(({ closed }) => closed === undefined).length,
    })),
  };
}

/** Instances by status. */
function statuses(health: HealthState | undefined): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of Object.values(health?.instances ?? {})) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** What runs where. Of what a resource puts out only its public address is told. */
export function resourcesAnswer({ environment, recorded }: FleetView) {
  return rows(
    'resources',
    environment,
    [...recorded.resources.values()],
    ({ address, dependsOn, protect, instances }) => ({
      resource: address,
      kind: parseAddress(address)?.kind ?? '',
      protect,
      dependsOn,
      instances: Object.entries(instances).map(([provider, instance]) => ({
        provider,
        region: instance.region ?? null,
        replicas: instance.replicas,
        phase: instance.phase,
        url: publicUrl(instance.outputs['url']),
        deployed: instance.deployments[0]?.at ?? null,
        commit: instance.deployments[0]?.commit ?? null,
        error: instance.error === undefined ? null : short(instance.error),
      })),
    }),
  );
}

/** Without what a URL may carry besides an address. */
function publicUrl(text: string | undefined): string | null {
  const url = URL.parse(text ?? '');
  return url && /^https?:$/.test(url.protocol) ? url.origin + url.pathname : null;
}

/** How each instance is, as far as is known: `recorded` by the branch, or newer, by heartbeats. */
export function healthAnswer({ environment, recorded, watched }: FleetView, known: HealthState | undefined) {
  const health = known ?? recorded.health;
  const targets = new Map<string, { unasked?: string }>(watched.targets.map((target) => [target.instance, target]));
  const instances = Object.entries(health?.instances ?? {});
  return {
    checked: health?.checked ?? null,
    source: known ? 'heartbeats' : 'record',
    ...rows('instances', environment, instances, ([instance, { status, since, latency, last }]) => ({
      instance,
      status,
      since,
      latency,
      last: { at: last.at, ok: last.ok, milliseconds: last.milliseconds },
      problem: last.problem === undefined ? null : short(last.problem),
      unasked: targets.get(instance)?.unasked ?? null,
    })),
  };
}

export function incidentsAnswer(environment: string, incidents: readonly Incident[]) {
  return rows('incidents', environment, incidents, (incident) => ({
    id: incident.id,
    kind: incident.kind,
    subject: incident.subject,
    title: short(incident.title),
    cause: short(incident.cause),
    began: incident.began,
    opened: incident.opened,
    recovered: incident.recovered ?? null,
    closed: incident.closed ?? null,
    resources: incident.resources,
    dependants: incident.dependants,
    muted: incident.muted ?? null,
    issue: incident.issue,
    timeline: incident.timeline.slice(-100).map(({ at, text }) => ({ at, text: short(text) })),
  }));
}

/** A page of the journal, newest first. `next` is what the following page begins after. */
export function eventsAnswer(environment: string, events: readonly Event[], before: string | undefined, limit: number) {
  const newest = events.toReversed();
  const from = before === undefined ? 0 : newest.findIndex(({ id }) => id === before) + 1;
  const page = before !== undefined && from === 0 ? [] : newest.slice(from, from + limit);
  return {
    environment,
    events: page.map(({ id, at, kind, actor, run, commit, resource, provider, action, message }) => ({
      id,
      at,
      kind,
      actor,
      run,
      commit,
      resource: resource ?? null,
      provider: provider ?? null,
      action: action ?? null,
      message: message === undefined ? null : short(message),
    })),
    next: from + limit < newest.length ? (page.at(-1)?.id ?? null) : null,
  };
}

function rows<Name extends string, T, R>(name: Name, environment: string, all: readonly T[], row: (one: T) => R) {
  const told = { [name]: all.slice(0, MOST_ROWS).map(row) } as Record<Name, R[]>;
  return { environment, ...told, truncated: all.length > MOST_ROWS };
}

const short = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
