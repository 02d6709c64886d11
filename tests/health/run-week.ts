import { evaluate } from '../../src/health/evaluate.ts';
import { incidents, type IncidentChanges } from '../../src/health/incidents.ts';
import { isNews } from '../../src/health/is-news.ts';
import type { Facts } from '../../src/health/outages.ts';
import type { HealthState, Sample } from '../../src/model/health.ts';
import type { Incident } from '../../src/model/incident.ts';
import { EVERY, type Week } from './simulated-week.ts';

/** What is on the state branch between runs, as far as it matters here. */
export interface Branch {
  health: HealthState | undefined;
  open: Incident[];
}

export interface Judged extends IncidentChanges {
  health: HealthState;
  /** Whether there is a commit. */
  written: boolean;
  selfSuspect?: string;
}

/** One run's samples judged on what the branch says, as a health run does it. */
export function judge(
  branch: Branch,
  run: { now: string; samples: readonly Sample[] },
  { targets, facts }: { targets: Week['targets']; facts: Facts },
): Judged {
  const { now, samples } = run;
  const evaluation = evaluate({ before: branch.health, samples, targets, now, schedule: { every: EVERY } });
  const changes = incidents({
    environment: 'production',
    evaluation,
    targets,
    facts,
    open: branch.open,
    maintenance: [],
    now,
  });
  const hour = `${now.slice(0, 13)}:00:00.000Z`;
  const written = branch.health?.rolledUp !== hour || isNews(branch.health, evaluation.health, changes);
  return { ...evaluation, ...changes, health: { ...evaluation.health, rolledUp: hour }, written };
}

export function factsOf({ dependsOn }: Pick<Week, 'dependsOn'>): Facts {
  return new Map([...dependsOn].map(([resource, needed]) => [resource, { dependsOn: needed }]));
}
