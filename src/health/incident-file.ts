import { INCIDENT_FORMAT, type Incident, type IncidentKind, type IncidentSubject } from '../model/incident.ts';
import type { Address } from '../model/resource.ts';
import { plural } from '../model/words.ts';
import type { Turn } from './evaluate.ts';
import type { Case, Ending } from './incident-case.ts';
import { mutedBecause, type Muting } from './muting.ts';
import { extend, note } from './timeline.ts';
import type { Facts } from './outages.ts';
import { between, listed } from './words.ts';

/** What all incidents of a run are written with. */
export interface Writing extends Muting {
  environment: string;
  facts: Facts;
  turned: readonly Turn[];
  /** Of each resource, how many of its probes this run counted as failed. */
  failed: ReadonlyMap<Address, number>;
}

/** Two runs that see the same thing give it the same name. It is the name of a file: no colons. */
export function incidentId(began: string, kind: IncidentKind, subject: IncidentSubject): string {
  const time = new Date(began).toISOString().slice(0, 19).replaceAll(':', '-');
  return `${time}Z-${kind}-${subject.replaceAll(/[^\w.-]/g, '-')}`;
}

export function openIncident(found: Case, writing: Writing): Incident {
  const { kind, subject, began, title, cause, resources, dependants, confirmed, failedProbes } = found;
  const { environment, facts, now } = writing;
  const position = facts.get(subject)?.position;
  const incident: Incident = {
    format: INCIDENT_FORMAT,
    id: incidentId(began, kind, subject),
    environment,
    kind,
    subject,
    title,
    began,
    opened: now,
    cause,
    resources: resources.toSorted(),
    dependants: dependants.toSorted(),
    timeline: [
      { at: began, text: kind === 'drift' ? 'noticed' : cause },
      { at: now, text: confirmed },
    ],
    ...(position ? { position } : {}),
    failedProbes,
    issue: null,
  };
  const told = dependants.length > 0 ? note(incident, now, `${depend(dependants)} too`) : incident;
  return muted(told, writing);
}

/** The incident as it goes on; the same object when nothing of it changed. */
export function continueIncident(before: Incident, found: Case | undefined, writing: Writing): Incident {
  const { now, turned, failed, facts } = writing;
  let incident = before;
  const tell = (text: string) => {
    incident = note(incident, now, text);
  };
  if (found) {
    const added = found.resources.filter((resource) => !before.resources.includes(resource));
    const following = found.dependants.filter(
      (one) => !before.dependants.includes(one) && !before.resources.includes(one),
    );
    if (added.length > 0) {
      incident = { ...incident, resources: [...incident.resources, ...added].toSorted() };
      tell(`${listed(added)} ${is(added)} down as well`);
    }
    if (following.length > 0) {
      incident = { ...incident, dependants: [...incident.dependants, ...following].toSorted() };
      tell(`${depend(following)} too`);
    }
    if (found.title !== incident.title) incident = { ...incident, title: found.title };
    if (found.kind === 'drift' && found.cause !== incident.cause) {
      incident = { ...incident, cause: found.cause };
      tell(`changed again: ${found.cause}`);
    }
  }
  if (before.kind === 'down' || before.kind === 'provider') {
    for (const text of turns(before, turned)) tell(text);
    const more = before.resources.reduce((sum, resource) => sum + (failed.get(resource) ?? 0), 0);
    if (more > 0) incident = { ...incident, failedProbes: incident.failedProbes + more };
  }
  const position = facts.get(before.subject)?.position;
  if (position && JSON.stringify(position) !== JSON.stringify(before.position)) incident = { ...incident, position };
  return muted(incident, writing);
}

export function closeIncident(
  before: Incident,
  { text, recovered }: Ending,
  partOf: string | undefined,
  now: string,
): Incident {
  const lasted = recovered === undefined ? '' : ` after ${between(before.began, recovered)}`;
  const isOutage = before.kind === 'down' || before.kind === 'provider';
  return {
    ...before,
    timeline: extend(before.timeline, { at: now, text: `${text}${isOutage ? lasted : ''}` }),
    ...(recovered === undefined ? {} : { recovered }),
    ...(partOf === undefined ? {} : { partOf }),
    closed: now,
  };
}

function muted(incident: Incident, writing: Writing): Incident {
  const because = mutedBecause(incident, writing);
  if (because === incident.muted) return incident;
  const { muted: _, ...rest } = incident;
  if (because === undefined) return note(rest, writing.now, 'no longer muted');
  return note({ ...rest, muted: because }, writing.now, `muted, ${because}`);
}

/** What became of those that the incident tells of already. */
function turns({ resources, dependants }: Incident, turned: readonly Turn[]): string[] {
  const told = new Set([...resources, ...dependants]);
  const own = turned.filter(({ resource }) => told.has(resource));
  const names = (to: Turn['to'], from: readonly Turn['from'][]) => [
    ...new Set(own.filter((turn) => turn.to === to && from.includes(turn.from)).map(({ resource }) => resource)),
  ];
  const well = names('up', ['down', 'flapping']);
  const flapping = names('flapping', ['down']);
  const down = names('down', ['flapping']);
  const again = names('down', ['up', 'suspect']);
  return [
    ...(well.length > 0 ? [`${listed(well, 8)} ${is(well)} up`] : []),
    ...(flapping.length > 0 ? [`${listed(flapping, 8)} ${flapping.length === 1 ? 'goes' : 'go'} up and down`] : []),
    ...(down.length > 0 ? [`${listed(down, 8)} ${is(down)} down for good`] : []),
    ...(again.length > 0 ? [`${listed(again, 8)} ${is(again)} down again`] : []),
  ];
}

function depend(resources: readonly Address[]): string {
  return resources.length === 1
    ? `${resources[0]} depends on it and is down`
    : `${plural(resources.length, 'resource')} depend on it and are down (${listed(resources, 8)})`;
}

function is(names: readonly string[]): string {
  return names.length === 1 ? 'is' : 'are';
}
