import type { HealthState, ProbeTarget } from '../model/health.ts';
import type { Incident } from '../model/incident.ts';
import type { Address } from '../model/resource.ts';
import { plural } from '../model/words.ts';
import { openOf, type Findings } from './incident-case.ts';
import { DAY, lasting, listed } from './words.ts';

/** A resource that is not as it was recorded. */
export interface DriftFinding {
  resource: Address;
  provider: string;
  /** The differences, a line each, without secrets; none: it is gone. */
  lines: readonly string[];
}

/** What a look at the providers found. */
export interface DriftLook {
  /** Resources that were compared. */
  checked: ReadonlySet<Address>;
  findings: readonly DriftFinding[];
}

/** A certificate of the fleet's own authority. */
export interface OwnCertificate {
  /** As `flotilla certificate` calls it. */
  name: string;
  /** Of what it is, in words. */
  of: string;
  /** ISO 8601. */
  expires: string;
  /** The command that replaces it. */
  mend: string;
}

/** A secret that is older than it may be. */
export interface OverdueSecret {
  name: string;
  /** Since when: ISO 8601. */
  since: string;
  /** How old it is, and may be. */
  because: string;
  mend: string;
}

/** Its own certificates have to be replaced by a person, so they are told of this long before they end. Milliseconds. */
const WARNING = 14 * DAY;

/** Jobs that did not report in time. */
export function heartbeatIncidents(
  health: HealthState,
  targets: readonly ProbeTarget[],
  open: readonly Incident[],
): Findings {
  const found: Findings = { cases: [], endings: new Map() };
  const known = openOf(open, 'heartbeat');
  const watched = new Set<Address>();
  for (const { instance, resource, check } of targets) {
    const state = health.instances[instance];
    if (check.kind !== 'heartbeat' || watched.has(resource)) continue;
    watched.add(resource);
    const incident = known.get(resource);
    if (state?.status === 'down')
      found.cases.push({
        kind: 'heartbeat',
        subject: resource,
        began: state.since,
        title: `${resource} has not reported within ${lasting(check.withinSeconds * 1000)}`,
        cause: state.last.problem ?? 'it has not reported in time',
        resources: [resource],
        dependants: [],
        confirmed: 'overdue',
        failedProbes: 0,
      });
    else if (incident && state?.status === 'up')
      found.endings.set(incident.id, { text: 'it has reported again', recovered: state.since });
  }
  return withoutUnwatched(found, known, watched);
}

/** Certificates that are served to visitors and end soon. */
export function certificateIncidents(
  health: HealthState,
  targets: readonly ProbeTarget[],
  open: readonly Incident[],
  now: string,
): Findings {
  const found: Findings = { cases: [], endings: new Map() };
  const known = openOf(
    open.filter(({ subject }) => !isOwn(subject)),
    'certificate',
  );
  const watched = new Set<Address>();
  const ending = new Map<Address, { expires: string; at: string; provider: string }>();
  const unasked = new Set<Address>();
  for (const { instance, resource, provider, check } of targets) {
    if (check.kind !== 'http') continue;
    watched.add(resource);
    const last = health.instances[instance]?.last;
    const expires = last?.certificateExpires;
    if (expires === undefined) unasked.add(resource);
    else if (Date.parse(expires) - Date.parse(now) < check.certificateDays * DAY)
      if (!ending.has(resource)) ending.set(resource, { expires, at: last?.at ?? now, provider });
  }
  for (const [resource, { expires, at, provider }] of ending) {
    const day = expires.slice(0, 10);
    found.cases.push({
      kind: 'certificate',
      subject: resource,
      began: at,
      title: `The certificate of ${resource} ends on ${day}`,
      cause: `the certificate that ${provider} serves ends on ${day} and has not been renewed`,
      resources: [resource],
      dependants: [],
      confirmed:
        Date.parse(expires) > Date.parse(now) ? `${plural(daysLeft(expires, now), 'day')} left` : 'it has ended',
      failedProbes: 0,
    });
  }
  for (const incident of known.values()) {
    const resource = incident.subject as Address;
    if (!ending.has(resource) && !unasked.has(resource) && watched.has(resource))
      found.endings.set(incident.id, { text: 'it was renewed', recovered: now });
  }
  return withoutUnwatched(found, known, watched);
}

/** Certificates of the fleet's own authority that end soon. Where nothing is known of them all stays as it is. */
export function ownCertificateIncidents(
  certificates: readonly OwnCertificate[] | undefined,
  open: readonly Incident[],
  now: string,
): Findings {
  const found: Findings = { cases: [], endings: new Map() };
  if (certificates === undefined) return found;
  const subjects = new Map(certificates.map((one) => [`certificate/${one.name}` as const, one]));
  for (const [subject, { of, expires, mend }] of subjects) {
    const left = Date.parse(expires) - Date.parse(now);
    if (left >= WARNING) continue;
    const day = expires.slice(0, 10);
    found.cases.push({
      kind: 'certificate',
      subject,
      // The same for every run that sees it, also for the next after one that was lost.
      began: new Date(Date.parse(expires) - WARNING).toISOString(),
      title: `The certificate of ${of} ends on ${day}`,
      cause: `it was not replaced: ${mend}`,
      resources: [],
      dependants: [],
      confirmed: left > 0 ? `${plural(daysLeft(expires, now), 'day')} left` : 'it has ended',
      failedProbes: 0,
    });
  }
  const ending = new Set<string>(found.cases.map(({ subject }) => subject));
  for (const { id, subject } of openOf(open, 'certificate').values())
    if (isOwn(subject) && !ending.has(subject))
      found.endings.set(
        id,
        (subjects as ReadonlyMap<string, unknown>).has(subject)
          ? { text: 'it was replaced', recovered: now }
          : { text: 'there is no such certificate any more' },
      );
  return found;
}

/** Secrets that are older than they may be. Where nothing is known of them all stays as it is. */
export function secretIncidents(
  overdue: readonly OverdueSecret[] | undefined,
  open: readonly Incident[],
  now: string,
): Findings {
  const found: Findings = { cases: [], endings: new Map() };
  if (overdue === undefined) return found;
  for (const { name, since, because, mend } of overdue)
    found.cases.push({
      kind: 'secret',
      subject: `secret/${name}`,
      began: since,
      title: `The secret ${name} is overdue`,
      cause: `${because}: ${mend}`,
      resources: [],
      dependants: [],
      confirmed: because,
      failedProbes: 0,
    });
  const subjects = new Set<string>(found.cases.map(({ subject }) => subject));
  for (const { id, subject } of openOf(open, 'secret').values())
    if (!subjects.has(subject)) found.endings.set(id, { text: 'it has another value', recovered: now });
  return found;
}

const isOwn = (subject: Incident['subject']): boolean => subject.startsWith('certificate/');

/** Resources that somebody changed behind our back. Without a look at the providers nothing is known, and all stays as it is. */
export function driftIncidents(look: DriftLook | undefined, open: readonly Incident[], now: string): Findings {
  const found: Findings = { cases: [], endings: new Map() };
  if (look === undefined) return found;
  const drifted = new Map<Address, DriftFinding[]>();
  for (const finding of look.findings)
    drifted.set(finding.resource, [...(drifted.get(finding.resource) ?? []), finding]);
  for (const [resource, findings] of drifted) {
    const places = listed(findings.map(({ provider }) => provider).toSorted());
    const isGone = findings.every(({ lines }) => lines.length === 0);
    const lines = findings.flatMap(({ provider, lines }) =>
      lines.length === 0 ? [`it is gone from ${provider}`] : lines.map((line) => line.trim()),
    );
    const difference = lines.slice(0, 10).join('; ') + (lines.length > 10 ? `; and ${lines.length - 10} more` : '');
    found.cases.push({
      kind: 'drift',
      subject: resource,
      began: now,
      title: isGone ? `${resource} was deleted at ${places}` : `${resource} was changed at ${places}`,
      cause: difference,
      resources: [resource],
      dependants: [],
      confirmed: `it is not as Flotilla left it: ${difference}`,
      failedProbes: 0,
    });
  }
  for (const { id, subject } of openOf(open, 'drift').values())
    if (look.checked.has(subject as Address) && !drifted.has(subject as Address))
      found.endings.set(id, { text: 'it is as recorded again', recovered: now });
  return found;
}

function withoutUnwatched(found: Findings, known: ReadonlyMap<string, Incident>, watched: Set<Address>): Findings {
  for (const { id, subject } of known.values())
    if (!watched.has(subject as Address)) found.endings.set(id, { text: 'it is not watched any more' });
  return found;
}

function daysLeft(expires: string, now: string): number {
  return Math.floor((Date.parse(expires) - Date.parse(now)) / DAY);
}
