import type { Evaluation } from '../health/evaluate.ts';
import type { IncidentChanges } from '../health/incidents.ts';
import { isWritingHour, keepRun, quietResources, withQuietRuns } from '../health/quiet.ts';
import { addRun, conditionOf, EMPTY_SERIES, type Condition } from '../health/series.ts';
import { readSeries, seriesText } from '../health/series-file.ts';
import type { InstanceId } from '../model/graph.ts';
import type { HealthState, InstanceHealth, ProbeTarget, QuietRuns } from '../model/health.ts';
import type { Incident } from '../model/incident.ts';
import type { Address } from '../model/resource.ts';
import type { Event, RecordedState } from '../model/state.ts';
import { seriesTexts } from '../record/fold-health.ts';
import { seriesPath } from '../record/state-paths.ts';
import type { HealthEdit } from '../record/write-health.ts';
import type { Findings } from './findings.ts';

export interface Judged {
  before: HealthState | undefined;
  health: HealthState;
  /** The hour turned. */
  turn: boolean;
  evaluation: Evaluation;
  told: IncidentChanges;
  /** Incidents that are over, whose issue is taken on. */
  taken: readonly Incident[];
  resources: RecordedState['resources'];
  files: ReadonlyMap<string, string>;
}

export function editOf(findings: Findings, judged: Judged): HealthEdit {
  const { environment, run, now } = findings;
  const { told, taken, resources } = judged;
  const { quiet, series } = seriesOf(findings, judged);
  const { opened, updated, closed } = told;
  const event = (incident: Incident, kind: 'incident.opened' | 'incident.closed'): Event => ({
    id: `${incident.id}-${kind}`,
    at: now,
    kind,
    environment,
    ...run,
    commit: null,
    ...(resources.has(incident.subject as Address) ? { resource: incident.subject as Address } : {}),
    message: kind === 'incident.opened' ? `${incident.title}: ${incident.cause}` : incident.title,
    data: { incident: incident.id },
  });
  const parts = [
    ...opened.map(({ title }) => title),
    ...closed.map(({ title }) => `ended: ${title}`),
    ...(updated.length > 0 ? [`${updated.length} incidents go on`] : []),
  ];
  return {
    headline: parts[0] ? `health: ${parts[0]}${parts.length > 1 ? ` and ${parts.length - 1} more` : ''}` : 'health',
    health: { ...judged.health, ...(quiet ? { quiet } : {}) },
    // What was told is told first that it is over.
    open: [...opened, ...updated, ...closed.filter(hasIssue), ...taken],
    closed: closed.filter((incident) => !hasIssue(incident)),
    series,
    events: [
      ...opened.map((one) => event(one, 'incident.opened')),
      ...closed.map((one) => event(one, 'incident.closed')),
    ],
  };
}

/** It has an issue, or a run may have opened one and died before it could say which. */
const hasIssue = ({ issue, publisher }: Incident): boolean => issue !== null || publisher !== undefined;

/** Of what is well, one sample an hour is enough; `health.json` keeps it until the series is written, once a day. */
function seriesOf(
  { environment, targets, samples, every, now }: Findings,
  { before, health, turn, evaluation, files }: Judged,
): { quiet: QuietRuns | undefined; series: Map<Address, string> } {
  const minutes = every / 60_000;
  const counted = evaluation.selfSuspect === undefined ? samples : [];
  const byResource = Map.groupBy(targets, ({ resource }) => resource);
  const quiet = new Set<InstanceId>();
  for (const own of byResource.values()) {
    const ids = own.map(({ instance }) => instance);
    const isQuiet = ids.every((id) => [before, health].every((state) => state?.instances[id]?.status === 'up'));
    if (isQuiet) for (const id of ids) quiet.add(id);
  }
  const well = counted.filter(({ instance }) => quiet.has(instance));
  const kept = turn ? keepRun(before?.quiet, { samples: well, now, every: minutes }) : before?.quiet;

  const texts = seriesTexts(files, environment);
  const changed = new Map<Address, string>();
  for (const resource of new Set([...byResource.keys(), ...quietResources(kept)])) {
    const own = byResource.get(resource) ?? [];
    const ids = new Set(own.map(({ instance }) => instance).filter((id) => !quiet.has(id)));
    if (ids.size === 0 && !(turn && isWritingHour(resource, before?.rolledUp ?? null, now))) continue;
    const text = texts.get(resource);
    const series = text === undefined ? EMPTY_SERIES : readSeries(seriesPath(environment, resource), text);
    const next = addRun(withQuietRuns(series, kept, resource), {
      samples: counted.filter(({ instance }) => ids.has(instance)),
      before: conditionIn(before, own),
      now: conditionIn(health, own),
      every: minutes,
    });
    if (next !== series) changed.set(resource, seriesText(next));
  }
  return { quiet: kept, series: changed };
}

/** How a resource fares by what a state says of its instances. */
function conditionIn(state: HealthState | undefined, own: readonly ProbeTarget[]): Condition | null {
  return conditionOf(
    own.flatMap(({ instance }): readonly InstanceHealth[] => {
      const health = state?.instances[instance];
      return health ? [health] : [];
    }),
  );
}
