import type { ProbeTarget } from '../model/health.ts';
import type { Incident } from '../model/incident.ts';
import type { Address } from '../model/resource.ts';
import type { Evaluation } from './evaluate.ts';
import type { Case, Ending } from './incident-case.ts';
import { closeIncident, continueIncident, openIncident, type Writing } from './incident-file.ts';
import type { Muting } from './muting.ts';
import {
  certificateIncidents,
  driftIncidents,
  heartbeatIncidents,
  ownCertificateIncidents,
  secretIncidents,
  type DriftLook,
  type OverdueSecret,
  type OwnCertificate,
} from './other-incidents.ts';
import { Outages, type Facts } from './outages.ts';
import { providerIncidents } from './provider-incidents.ts';
import { resourceIncidents } from './resource-incidents.ts';

export interface IncidentInput extends Muting {
  environment: string;
  evaluation: Pick<Evaluation, 'health' | 'turned' | 'failed'>;
  targets: readonly ProbeTarget[];
  /** By resource: all of the graph, also what is not watched; by `provider/<account>`: where it stands in the config. */
  facts: Facts;
  /** Incidents that are open in the record. */
  open: readonly Incident[];
  /** What a look at the providers found; left out by a run that did not look. */
  drift?: DriftLook;
  /** Those of the fleet's own authority; left out where nothing is known of them. */
  certificates?: readonly OwnCertificate[];
  /** Left out likewise. */
  overdue?: readonly OverdueSecret[];
}

export interface IncidentChanges {
  /** All that are open from now on, by id. */
  open: Incident[];
  /** Of those, the new ones, and those that changed. */
  opened: Incident[];
  updated: Incident[];
  closed: Incident[];
}

/**
 * The incidents after one more run. One for each subject and kind, whoever computes it and however often: what is open
 * already goes on, and what this very run has opened is not opened again.
 */
export function incidents(input: IncidentInput): IncidentChanges {
  const { evaluation, targets, facts, open, now } = input;
  const { health } = evaluation;
  const outages = new Outages(health, targets, facts);
  const providers = providerIncidents(outages, open, now);
  const findings = [
    providers,
    resourceIncidents(outages, open, providers, now),
    heartbeatIncidents(health, targets, open),
    certificateIncidents(health, targets, open, now),
    ownCertificateIncidents(input.certificates, open, now),
    secretIncidents(input.overdue, open, now),
    driftIncidents(input.drift, open, now),
  ];
  const writing: Writing = { ...input, turned: evaluation.turned, failed: failedOf(evaluation.failed, targets) };
  return change(
    open,
    findings.flatMap(({ cases }) => cases),
    new Map(findings.flatMap(({ endings }) => [...endings])),
    writing,
  );
}

function change(
  open: readonly Incident[],
  cases: readonly Case[],
  endings: ReadonlyMap<string, Ending>,
  writing: Writing,
): IncidentChanges {
  const result: IncidentChanges = { open: [], opened: [], updated: [], closed: [] };
  const waiting = new Map(cases.map((found) => [key(found), found]));
  for (const before of open) {
    if (endings.has(before.id)) continue;
    const incident = continueIncident(before, waiting.get(key(before)), writing);
    waiting.delete(key(before));
    result.open.push(incident);
    if (incident !== before) result.updated.push(incident);
  }
  result.opened = [...waiting.values()].map((found) => openIncident(found, writing));
  result.open.push(...result.opened);
  for (const before of open) {
    const ending = endings.get(before.id);
    if (!ending) continue;
    const whole = result.open.find(({ kind, subject }) => kind === 'provider' && subject === ending.partOf);
    result.closed.push(closeIncident(before, ending, whole?.id, writing.now));
  }
  for (const list of Object.values(result) as Incident[][]) list.sort((a, b) => (a.id < b.id ? -1 : 1));
  return result;
}

function key({ kind, subject }: Pick<Case, 'kind' | 'subject'>): string {
  return `${kind} ${subject}`;
}

function failedOf(failed: Evaluation['failed'], targets: readonly ProbeTarget[]): Map<Address, number> {
  const resources = new Map(targets.map(({ instance, resource }) => [instance, resource]));
  const counts = new Map<Address, number>();
  for (const instance of failed) {
    const resource = resources.get(instance);
    if (resource) counts.set(resource, (counts.get(resource) ?? 0) + 1);
  }
  return counts;
}
