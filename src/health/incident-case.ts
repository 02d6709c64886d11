import type { Incident, IncidentKind, IncidentSubject } from '../model/incident.ts';
import type { Address } from '../model/resource.ts';
import type { Sick } from './outages.ts';

/** Something that is wrong now: it opens an incident, or goes on with the open one of the same kind and subject. */
export interface Case {
  kind: IncidentKind;
  subject: IncidentSubject;
  /** ISO 8601. */
  began: string;
  title: string;
  cause: string;
  resources: Address[];
  dependants: Address[];
  /** What the timeline says when it opens. */
  confirmed: string;
  failedProbes: number;
}

/** Why an open incident ends. `recovered` ISO 8601. */
export interface Ending {
  text: string;
  recovered?: string;
  /** The provider's incident that it became part of. */
  partOf?: IncidentSubject;
}

/** What one kind of incident comes to. An open one with neither case nor ending stays as it is. */
export interface Findings {
  cases: Case[];
  /** By incident id. */
  endings: Map<string, Ending>;
}

/** Open incidents of one kind, by subject. */
export function openOf(open: readonly Incident[], kind: IncidentKind): Map<IncidentSubject, Incident> {
  return new Map(open.filter((incident) => incident.kind === kind).map((incident) => [incident.subject, incident]));
}

export function earliest(sick: readonly Sick[]): string {
  return sick.map(({ health }) => health.since).reduce((least, since) => (since < least ? since : least));
}

/** What the probes say, as one line: of the first that says something. */
export function causeOf(sick: readonly Sick[]): string {
  return sick.map(({ health }) => health.last.problem).find(Boolean) ?? 'its probes fail';
}

export function failuresOf(sick: readonly Sick[]): number {
  return sick.reduce((sum, { health }) => sum + health.failures, 0);
}
