import type { Evaluation } from './health/evaluate.ts';
import { evaluateRounds } from './health/evaluate-rounds.ts';
import { heal, type Decision, type Healing } from './health/heal.ts';
import { incidents, type IncidentChanges } from './health/incidents.ts';
import { isNews } from './health/is-news.ts';
import type { DriftLook, OwnCertificate } from './health/other-incidents.ts';
import type { Facts } from './health/outages.ts';
import { isWritingHour, keepRun, quietResources, withQuietRuns } from './health/quiet.ts';
import { addRun, conditionOf, EMPTY_SERIES, type Condition } from './health/series.ts';
import { readSeries, seriesText } from './health/series-file.ts';
import { nextBreakers } from './health/next-breakers.ts';
import { note } from './health/timeline.ts';
import type { InstanceId } from './model/graph.ts';
import type {
  Avoidance,
  HealPolicy,
  HealthState,
  InstanceHealth,
  ProbeTarget,
  QuietRuns,
  Round,
  Sample,
} from './model/health.ts';
import type { Healed } from './model/health-outcome.ts';
import type { Incident, Maintenance } from './model/incident.ts';
import type { Address } from './model/resource.ts';
import type { Event, RecordedState } from './model/state.ts';
import { seriesTexts } from './record/fold-health.ts';
import { seriesPath } from './record/state-paths.ts';
import type { HealthEdit } from './record/write-health.ts';
import type { Said } from './voice.ts';

/** What one run found out: the same however often it is judged. */
export interface Findings {
  environment: string;
  targets: readonly ProbeTarget[];
  samples: readonly Sample[];
  /** What the same prober found before and nobody recorded, oldest first. */
  earlier?: readonly Round[] | undefined;
  facts: Facts;
  maintenance: readonly Maintenance[];
  /** Ids of incidents that people muted by a label; absent where there are no issues. */
  muted?: ReadonlySet<string> | undefined;
  drift?: DriftLook | undefined;
  certificates?: readonly OwnCertificate[] | undefined;
  confirmedBy?: ReadonlyMap<InstanceId, boolean> | undefined;
  /** Which of the accounts answered; absent where this run asked none. */
  answered?: { accounts: ReadonlySet<string>; answers: ReadonlyMap<string, boolean> } | undefined;
  /** Milliseconds between runs. */
  every: number;
  /** Of the run. ISO 8601. */
  now: string;
  run: { run: string; actor: string };
  /** Absent where this run cannot heal. */
  /** Takes on what is to be told. */
  claim(incident: Incident): Incident;
  healing?:
    | { policies: ReadonlyMap<Address, HealPolicy>; alternatives: ReadonlyMap<Address, readonly string[]> }
    | undefined;
}

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

/** Decisions are recorded before they are carried out: what was begun is known to the next run, whatever becomes of this one. */
function withHealing(
  health: HealthState,
  { decisions, lifted }: Healing,
  { now, healing }: Findings,
  places: Places,
): HealthState {
  const avoid = new Map(Object.entries(health.avoid) as [Address, Avoidance[]][]);
  for (const { resource, provider } of lifted)
    avoid.set(
      resource,
      (avoid.get(resource) ?? []).filter((one) => one.provider !== provider),
    );
  for (const decision of decisions) {
    if (!decision.avoid) continue;
    const others = ruledOut(decision, decision.avoid, healing);
    const kept = (avoid.get(decision.resource) ?? []).filter(({ provider }) => provider !== decision.from);
    avoid.set(decision.resource, [...kept, decision.avoid, ...others]);
  }
  const heals = decisions.map(({ resource, action, from, incident }) => ({
    at: now,
    resource,
    action,
    from,
    incident,
  }));
  const prefer = new Map(Object.entries(health.prefer ?? {}) as [Address, string][]);
  for (const [resource, account] of prefer) if (isAt(places, resource, account)) prefer.delete(resource);
  for (const { resource, action, from, to } of decisions) {
    prefer.delete(resource);
    if (action === 'return' && to !== undefined && to !== from) prefer.set(resource, to);
  }
  const { prefer: _, ...rest } = health;
  const day = new Date(Date.parse(now) - 24 * 3_600_000).toISOString();
  return {
    ...rest,
    ...(prefer.size > 0 ? { prefer: Object.fromEntries(prefer) } : {}),
    avoid: Object.fromEntries([...avoid].filter(([, all]) => all.length > 0)),
    heals: [...health.heals.filter(({ at }) => at > day && at !== now), ...heals],
  };
}

type Places = ReadonlyMap<Address, readonly { provider: string }[]>;

const isAt = (places: Places, resource: Address, account: string): boolean =>
  places.get(resource)?.some(({ provider }) => provider === account) ?? false;

/** Those that were asked back and are not there yet. */
function notBackYet({ prefer = {} }: HealthState, places: Places): Address[] {
  const wanted = Object.entries(prefer) as [Address, string][];
  return wanted
    .filter(([resource, account]) => places.has(resource) && !isAt(places, resource, account))
    .map(([resource]) => resource);
}

/** Accounts that `failover.to` does not name are no place to go either. */
function ruledOut({ resource, from }: Decision, avoid: Avoidance, healing: Findings['healing']): Avoidance[] {
  const to = healing?.policies.get(resource)?.to ?? 'auto';
  if (to === 'auto') return [];
  return (healing?.alternatives.get(resource) ?? [])
    .filter((account) => account !== from && !to.includes(account))
    .map((provider) => ({ ...avoid, provider, because: 'failover.to names others' }));
}

interface Judged {
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

function editOf(findings: Findings, judged: Judged): HealthEdit {
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

/** What came of a run: which issues say what, and what became of what was done. */
export interface Aftermath {
  told: ReadonlyMap<string, Said>;
  healed: readonly Healed[];
  /** ISO 8601: now, and when the run decided. */
  at: string;
  now: string;
}

/** The record with the aftermath; incidents that are over, and said to be, are put away. */
export function afterwards(
  incidents: readonly Incident[],
  health: HealthState | undefined,
  { told, healed, at, now }: Aftermath,
): HealthEdit | undefined {
  if (health === undefined) return undefined;
  const isDone = ({ id, closed }: Incident): boolean => closed !== undefined && (told.get(id)?.isOver ?? false);
  const changed = incidents.flatMap((before) => {
    const said = told.get(before.id);
    const { publisher: _, ...rest } = before;
    const spoken = said ? { ...rest, issue: said.issue, told: said.told } : before;
    const after = healed
      .filter(({ resource, action }) => isAbout(before, resource, action))
      .reduce((incident, one) => note(incident, at, wordsOf(one)), spoken);
    return after === before ? [] : [after];
  });
  const heals = health.heals.map((heal) => {
    const done =
      heal.at === now && healed.find(({ resource, action }) => resource === heal.resource && action === heal.action);
    return done ? { ...heal, result: done.result } : heal;
  });
  return {
    headline: healed[0] ? `health: ${wordsOf(healed[0])}` : 'health: told',
    health: { ...health, heals },
    // One that ended while its issue was told that it goes on waits for that to be put right.
    open: changed.filter((incident) => !isDone(incident)),
    closed: changed.filter(isDone),
    series: new Map(),
    events: [],
  };
}

/** When the repair of what drifted was last tried; undefined when no run lived to say so. ISO 8601. */
export const lastRepair = ({ timeline }: Incident): string | undefined =>
  timeline.findLast(({ text }) => text.endsWith(DONE.repair) || text.startsWith('repair of '))?.at;

const isAbout = ({ kind, resources, closed }: Incident, resource: Address, action: Healed['action']): boolean =>
  closed === undefined && resources.includes(resource) && (action === 'repair') === (kind === 'drift');

const DONE: Record<Healed['action'], string> = {
  restart: 'was restarted',
  redeploy: 'was deployed again',
  move: 'runs elsewhere now',
  return: 'is back',
  repair: 'is as it was applied again',
};

const wordsOf = ({ resource, action, result, problem }: Healed): string =>
  result === 'succeeded' ? `${resource} ${DONE[action]}` : `${action} of ${resource} failed: ${problem}`;
