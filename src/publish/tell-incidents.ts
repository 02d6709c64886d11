import { findIssue, lockIssue, openIssue, updateIssue } from '../github/incident-issues.ts';
import { digest } from '../model/canonical.ts';
import type { IncidentsConfig } from '../model/config.ts';
import { failureOf, tagOf } from '../model/errors.ts';
import { LABEL, type Incident } from '../model/incident.ts';
import { incidentIssue, type IncidentPlace } from '../report/incident-issue.ts';
import type { Target } from './target.ts';

/** What an incident's issue is to say, and the mark by which that is known to be said. */
export interface Telling {
  title: string;
  body: string;
  told: string;
}

/** How long nobody else opens an issue after a run said that it would. */
export const CLAIM_SECONDS = 120;

export function tellingOf(incident: Incident, place: IncidentPlace, mask: <T>(value: T) => T): Telling {
  const text = incidentIssue(mask(incident), place);
  return { ...text, told: digest({ ...text, closed: incident.closed !== undefined }) };
}

/**
 * Whether there is an issue to open or to change for it: nobody is called for what is muted, but what was said is kept true,
 * also by a run that died before it could say so.
 */
export function isUntold(incident: Incident, { told }: Telling): boolean {
  if (incident.issue !== null) return incident.told !== told;
  if (incident.closed !== undefined) return incident.publisher !== undefined;
  // What could not be said is not tried again until there is something new to say.
  return incident.muted === undefined && incident.told !== told;
}

export interface TellOptions {
  target: Target;
  config: IncidentsConfig;
  /** Incidents whose issue an earlier run may have opened without recording it. */
  again: ReadonlySet<string>;
}

/**
 * Opens, edits or closes one issue. Gives its number, null where there is none to close. When the token may not write issues
 * the record and the check are all there is, and `refused` says why.
 */
export async function tellIncident(
  incident: Incident,
  telling: Telling,
  { target, config, again }: TellOptions,
): Promise<{ issue: number | null; refused?: string }> {
  const { github, repository } = target;
  const { environment, id } = incident;
  const issue = { marker: `<!-- flotilla:incident:${environment}/${id} -->`, title: telling.title, body: telling.body };
  try {
    const labels = [LABEL, ...config.labels];
    const made = { ...issue, labels, assignees: config.assignees };
    const isOver = incident.closed !== undefined;
    const known = incident.issue ?? (isOver ? ((await findIssue(github, repository, made)) ?? null) : undefined);
    if (known === null) return { issue: null };
    if (known !== undefined) {
      await updateIssue(github, repository, known, issue, isOver);
      return { issue: known };
    }
    const number = await openIssue(github, repository, made, again.has(id));
    if (config.lock) await lockIssue(github, repository, number);
    return { issue: number };
  } catch (error) {
    if (tagOf(error) !== 'credential') throw error;
    const { message, mend } = failureOf(error);
    return { issue: incident.issue, refused: mend ? `${message}; ${mend}` : message };
  }
}
