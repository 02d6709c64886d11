import { stateText } from '../../model/canonical.ts';
import { isOutage, type Incident } from '../../model/incident.ts';
import type { Numbers } from '../../model/numbers.ts';
import { newestFirst } from './incident-kinds.ts';
import { safeUrl } from './markup.ts';
import { fleetStanding, type StatusResource } from './standing.ts';
import type { StatusInput } from './status-input.ts';

export const STATUS_FORMAT = 1;

/** The newest incidents, and the last moments of each: the branch has all. */
const INCIDENTS = 100;
const MOMENTS = 20;

/** `status.json`: what the visitors' page says, for programs. */
export function statusDocument(input: StatusInput, resources: readonly StatusResource[]): string {
  const { fleet, environment, generated, status, health, numbers, incidents, maintenance } = input;
  const { standing, sentence } = fleetStanding(resources, incidents);
  const { resources: _each, ...all } = numbers;
  return stateText({
    format: STATUS_FORMAT,
    fleet,
    environment,
    title: status.title,
    generated,
    checked: health?.checked ?? null,
    standing,
    sentence,
    numbers: all,
    resources: resources
      .filter((one) => one.standing !== 'unwatched')
      .map(({ address, kind, name, url, since, numbers, ...one }) => ({
        address,
        kind,
        name,
        url,
        since,
        standing: one.standing,
        numbers: numbers && figuresOf(numbers),
      })),
    incidents: newestFirst(incidents.filter(isOutage)).slice(0, INCIDENTS).map(incidentOf),
    maintenance,
  });
}

function figuresOf({ uptime, latency, incidents }: Numbers) {
  return { uptime, latency, incidents };
}

function incidentOf(incident: Incident) {
  const { id, kind, subject, title, began, opened, recovered, closed, cause, resources, dependants } = incident;
  const timeline = incident.timeline.slice(-MOMENTS);
  return { id, kind, subject, title, began, opened, recovered, closed, cause, resources, dependants, timeline };
}

/** `fleet.json`: what runs where and how it is reached. Only what each kind gives openly: never a secret, never a spec. */
export function fleetDocument(input: StatusInput, resources: readonly StatusResource[]): string {
  const { fleet, environment, generated, recorded } = input;
  return stateText({
    format: STATUS_FORMAT,
    fleet,
    environment,
    generated,
    commit: recorded.environment?.commit ?? null,
    applied: recorded.environment?.applied ?? null,
    resources: Object.fromEntries(
      resources.map(({ address, kind, name, standing, dependsOn, instances }) => [
        address,
        {
          kind,
          name,
          standing,
          dependsOn,
          instances: instances.map(({ provider, state, health, outputs: { url, ...outputs } }) => ({
            provider,
            region: state?.region,
            replicas: state?.replicas ?? 0,
            phase: state?.phase ?? 'unknown',
            status: health?.status ?? null,
            commit: state?.deployments[0]?.commit ?? null,
            url: safeUrl(url),
            outputs,
          })),
        },
      ]),
    ),
  });
}
