import type { Evaluation } from '../health/evaluate.ts';
import { evaluateRounds } from '../health/evaluate-rounds.ts';
import { heal, type Healing } from '../health/heal.ts';
import { incidents, type IncidentChanges } from '../health/incidents.ts';
import { isNews } from '../health/is-news.ts';
import { nextBreakers } from '../health/next-breakers.ts';
import { note } from '../health/timeline.ts';
import type { Incident } from '../model/incident.ts';
import type { RecordedState } from '../model/state.ts';
import type { HealthEdit } from '../record/write-health.ts';
import type { Findings } from './findings.ts';
import { editOf } from './health-edit.ts';
import { notBackYet, withHealing } from './record-healing.ts';

export interface Judgement {
  evaluation: Evaluation;
  changes: IncidentChanges;
  healing: Healing;
  /** What is to be recorded; undefined when it can wait for the turn of the hour. */
  edit: HealthEdit | undefined;
}

/** What a run's findings mean for what the record says now. Pure, so that a lost race is answered by judging again. */
export function judgeHealth(
  findings: Findings,
  { health: before, resources }: RecordedState,
  recorded: readonly Incident[],
  files: ReadonlyMap<string, string>,
): Judgement {
  const {
    environment,
    targets,
    samples,
    earlier,
    facts,
    maintenance,
    muted,
    drift,
    certificates,
    overdue,
    confirmedBy,
    every,
    now,
  } = findings;
  const seen = evaluateRounds({
    before,
    earlier,
    samples,
    targets,
    now,
    schedule: { every },
    ...(confirmedBy ? { confirmedBy } : {}),
  });
  const evaluation = withBreakers(seen, findings);
  // One that is closed waits for its issue to say so.
  const open = recorded.filter(({ closed }) => closed === undefined);
  const changes = incidents({
    environment,
    evaluation,
    targets,
    facts,
    open,
    maintenance,
    now,
    ...(muted ? { muted } : {}),
    ...(drift ? { drift } : {}),
    ...(certificates ? { certificates } : {}),
    ...(overdue ? { overdue } : {}),
  });
  const places = new Map(
    [...resources].map(([address, { instances }]) => [
      address,
      Object.entries(instances).map(([provider, { replicas }]) => ({ provider, replicas, because: '' })),
    ]),
  );
  const healing: Healing = findings.healing
    ? heal({ ...findings.healing, health: evaluation.health, targets, facts, open: changes.open, places, now })
    : { decisions: [], lifted: [], notes: [], unfinished: [] };

  const unfinished = new Set([...healing.unfinished, ...notBackYet(evaluation.health, places)]);
  const told = withNotes(changes, healing, findings);
  const hour = `${now.slice(0, 13)}:00:00.000Z`;
  const health = withHealing({ ...evaluation.health, rolledUp: hour }, healing, findings, places);
  const turn = before?.rolledUp !== hour;
  // The issue that a run took on and died with is looked for by the next.
  const taken = recorded
    .filter(({ closed }) => closed !== undefined)
    .flatMap((incident) => {
      const claimed = findings.claim(incident);
      return claimed === incident ? [] : [claimed];
    });
  const news = turn || taken.length > 0 || isNews(before, health, told);
  const edit = news ? editOf(findings, { before, health, turn, evaluation, told, taken, resources, files }) : undefined;
  return { evaluation, changes: told, healing: { ...healing, unfinished: [...unfinished] }, edit };
}

function withBreakers(seen: Evaluation, { answered, now }: Findings): Evaluation {
  if (!answered) return seen;
  const { answers, accounts } = answered;
  return { ...seen, health: { ...seen.health, breakers: nextBreakers(seen.health.breakers, answers, accounts, now) } };
}

function withNotes(
  changes: IncidentChanges,
  { decisions, notes }: Healing,
  { now: at, claim }: Findings,
): IncidentChanges {
  const texts = new Map<string, string[]>();
  const add = (incident: string, text: string) => texts.set(incident, [...(texts.get(incident) ?? []), text]);
  for (const { incident, because } of decisions) add(incident, because);
  for (const { incident, text } of notes) add(incident, text);
  const noted = (incident: Incident): Incident =>
    (texts.get(incident.id) ?? [])
      // What stands in the way is said once, not at every run.
      .filter((text) => !incident.timeline.some((moment) => moment.text === text))
      .reduce((told, text) => note(told, at, text), claim(incident));
  const open = changes.open.map(noted);
  const fresh = new Set(changes.opened.map(({ id }) => id));
  const touched = new Set(changes.updated.map(({ id }) => id));
  return {
    open,
    opened: open.filter(({ id }) => fresh.has(id)),
    updated: open.filter(
      (incident, index) => !fresh.has(incident.id) && (touched.has(incident.id) || incident !== changes.open[index]),
    ),
    closed: changes.closed.map(noted),
  };
}
