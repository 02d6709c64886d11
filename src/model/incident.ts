import type { Address, Position } from './resource.ts';

export const INCIDENT_FORMAT = 1;

/**
 * `down`: a resource out of health; `provider`: several of one provider at once; `drift`: changed behind our back;
 * `certificate`: about to end; `heartbeat`: a job that did not run; `secret`: older than it may be.
 */
export type IncidentKind = 'down' | 'provider' | 'drift' | 'certificate' | 'heartbeat' | 'secret';

/** What an incident is about: a resource, a provider account, or a certificate of the fleet's own authority. */
export type IncidentSubject = Address | `provider/${string}` | `certificate/${string}`;

/**
 * `<environment>/incidents/open/<id>.json` while it lasts, then `<environment>/incidents/closed/<year>-<month>/<id>.json`
 * for ever. Times ISO 8601 UTC.
 */
export interface Incident {
  format: number;
  /** `<time it began>-<kind>-<subject with dashes>`: two runs that see the same thing give it the same name. */
  id: string;
  environment: string;
  kind: IncidentKind;
  subject: IncidentSubject;
  /** One line for people. */
  title: string;
  /** First failed probe. */
  began: string;
  /** When it was confirmed and opened. */
  opened: string;
  /** First good probe of the row that ended it. */
  recovered?: string;
  closed?: string;
  /** What is wrong, as the probes or the provider say. One line. */
  cause: string;
  /** Resources out of health for this reason: for `down` the resource, for `provider` all of its own. */
  resources: Address[];
  /** Resources that depend on those and are out of health too, which open no incident of their own. */
  dependants: Address[];
  timeline: Moment[];
  /** Config line of the subject, for the check's annotation. */
  position?: Position;
  /** Probes that failed while it was open. */
  failedProbes: number;
  /** Id of the provider's incident that it turned out to be part of: closed for that, without a recovery of its own. */
  partOf?: string;
  /** Muted by label or maintenance: counted and recorded, nobody is called. */
  muted?: string;
  /** GitHub issue; null until it is made, or where there is no GitHub. */
  issue: number | null;
  /** Who is making the issue: others leave it until then. */
  publisher?: { run: string; until: string };
  /** What the issue was last told: it is written again only when this differs. */
  told?: string;
}

/** An open issue with our label, as far as health runs look at issues. */
export interface OpenIssue {
  number: number;
  title: string;
  body: string;
  labels: string[];
}

/** On every issue that is ours, and on those by which people tell us something. */
export const LABEL = 'flotilla';
/** On an incident's issue: nobody is called any more. */
export const MUTED_LABEL = 'muted';
/** With ours, on an issue with dates: a maintenance window. */
export const MAINTENANCE_LABEL = 'maintenance';

/** One line of the timeline. */
export interface Moment {
  at: string;
  text: string;
}

/** A time in which outages are expected. */
export interface Maintenance {
  from: string;
  to: string;
  /** All resources when empty. */
  resources: Address[];
  reason: string;
}

/** What takes something from those who use the fleet; the other kinds are for those who run it. */
export const isOutage = ({ kind }: Pick<Incident, 'kind'>): boolean =>
  kind === 'down' || kind === 'provider' || kind === 'heartbeat';
