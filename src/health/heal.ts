import type { Avoidance, HealPolicy, ProbeTarget } from '../model/health.ts';
import type { Incident } from '../model/incident.ts';
import { parseAddress, STATEFUL, type Address } from '../model/resource.ts';
import { plural } from '../model/words.ts';
import { earlierHeals, type Decision, type HealInput, type Healing } from './heal-input.ts';
import { isInMaintenance } from './muting.ts';
import { COUNTED } from './next-instance.ts';
import { Outages, type Sick } from './outages.ts';
import { returns } from './returns.ts';
import { Room } from './room.ts';
import { between } from './words.ts';

/**
 * What to do for those that are down. Only by a policy, only what the budget of a day and the cool-down allow, step after
 * step; never for what holds data, nor in a maintenance window, nor for what only depends on something else that is down.
 * In an outage of a whole provider only moving helps, so all that may move do so at once, as far as others have room.
 */
export function heal(input: HealInput): Healing {
  const { health, targets, facts, open, policies, places } = input;
  const outages = new Outages(health, targets, facts);
  const room = new Room(input);
  const result: Healing = { decisions: [], lifted: [], notes: [], unfinished: unfinished(input) };
  for (const patient of patients(outages, open, policies, places)) {
    if (result.unfinished.includes(patient.resource)) continue;
    const decided = decide(patient, input, room);
    if (decided === undefined) continue;
    if ('text' in decided) {
      const isTold = patient.incident.timeline.some(({ text }) => text === decided.text);
      if (!isTold) result.notes.push(decided);
    } else result.decisions.push(decided);
  }
  const back = returns(input, outages, new Set(result.decisions.map(({ resource }) => resource)));
  return { ...result, decisions: [...result.decisions, ...back.decisions], lifted: back.lifted };
}

export type { Decision, Healing } from './heal-input.ts';

interface Patient {
  resource: Address;
  policy: HealPolicy;
  sick: Sick;
  incident: Incident;
  dependants: number;
}

/** Those that something may be done for, the hardest hit first: with most that depend on them, then with most failed runs. */
function patients(
  outages: Outages,
  open: readonly Incident[],
  policies: HealInput['policies'],
  places: HealInput['places'],
): Patient[] {
  const found: Patient[] = [];
  for (const [resource, all] of outages.sick) {
    const policy = policies.get(resource);
    const kind = parseAddress(resource)?.kind;
    if (!policy || !kind || STATEFUL.has(kind)) continue;
    const sick = all
      .filter(
        ({ target, health }) =>
          health.status === 'down' && health.failures >= Math.min(policy.after, COUNTED) && isAt(places, target),
      )
      .toSorted((a, b) => b.health.failures - a.health.failures)[0];
    const incident = sick && incidentOf(resource, sick, open);
    if (!incident || isInMaintenance(incident)) continue;
    found.push({ resource, policy, sick, incident, dependants: outages.followers(resource).length });
  }
  return found.toSorted(
    (a, b) =>
      b.dependants - a.dependants ||
      b.sick.health.failures - a.sick.health.failures ||
      (a.resource < b.resource ? -1 : 1),
  );
}

function isAt(
  places: HealInput['places'],
  { resource, provider }: Pick<ProbeTarget, 'resource' | 'provider'>,
): boolean {
  return places.get(resource)?.some((place) => place.provider === provider) ?? false;
}

/** The incident that is about it: its own or its provider's. What is only a dependant has none. */
function incidentOf(resource: Address, { target }: Sick, open: readonly Incident[]): Incident | undefined {
  return (
    open.find(({ kind, subject }) => kind === 'provider' && subject === `provider/${target.provider}`) ??
    open.find(({ kind, subject }) => kind === 'down' && subject === resource)
  );
}

function decide(patient: Patient, input: HealInput, room: Room): Decision | Healing['notes'][number] | undefined {
  const { resource, policy, sick, incident } = patient;
  const { health, now } = input;
  const from = sick.target.provider;
  const history = earlierHeals(health.heals, resource, now);
  const last = history.at(-1);
  if (last && Date.parse(now) - Date.parse(last.at) < policy.coolDownSeconds * 1000) return undefined;
  const note = (text: string) => ({ incident: incident.id, text });
  if (history.length >= policy.budget)
    return note(
      `nothing more is done for ${resource} today: ${plural(history.length, 'action')} of ${policy.budget} used`,
    );

  const tried = new Set(
    history.filter(({ at, from: place }) => at >= incident.opened && place === from).map(({ action }) => action),
  );
  const steps = policy.steps.filter((step) => step !== 'return' && (incident.kind !== 'provider' || step === 'move'));
  const action = steps.find((step) => !tried.has(step));
  if (action === undefined)
    return steps.length === 0 ? undefined : note(`nothing is left to try for ${resource} at ${from}`);

  const place = action === 'move' ? room.take(resource, policy) : undefined;
  if (place && 'full' in place) return note(`${resource} stays at ${from}: ${place.full}`);
  const lasted =
    Date.parse(now) - Date.parse(sick.health.since) < 1000 ? '' : ` for ${between(sick.health.since, now)}`;
  const failing = `${from} failed${lasted} (${sick.health.last.problem ?? 'its probes fail'})`;
  const counted = `${history.length + 1} of ${policy.budget} today`;
  const what = place
    ? `${resource} moves to ${place.to}`
    : `${resource} is ${action === 'restart' ? 'restarted' : 'deployed again'}`;
  const because = `${what} because ${failing}; ${counted}`;
  const avoid: Avoidance | undefined = place && {
    provider: from,
    since: now,
    because: failing,
    incident: incident.id,
    back: policy.back,
  };
  return {
    resource,
    action,
    from,
    ...(place ? { to: place.to } : {}),
    incident: incident.id,
    because,
    ...(avoid ? { avoid } : {}),
  };
}

function unfinished({ health, places, policies, now }: HealInput): Address[] {
  const isStillThere = ([resource, avoided]: [Address, Avoidance[]]) => {
    if (!avoided.some(({ provider, since }) => since < now && isAt(places, { resource, provider }))) return false;
    const last = earlierHeals(health.heals, resource, now).at(-1);
    // One that failed is tried again when it has cooled down; one that was cut short, at once.
    const rest = (policies.get(resource)?.coolDownSeconds ?? 0) * 1000;
    return last?.result === undefined || Date.parse(now) - Date.parse(last.at) >= rest;
  };
  return (Object.entries(health.avoid) as [Address, Avoidance[]][])
    .filter(isStillThere)
    .map(([resource]) => resource)
    .toSorted();
}
