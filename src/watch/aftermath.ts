import { note } from '../health/timeline.ts';
import type { HealthState } from '../model/health.ts';
import type { Healed } from '../model/health-outcome.ts';
import type { Incident } from '../model/incident.ts';
import type { Address } from '../model/resource.ts';
import type { HealthEdit } from '../record/write-health.ts';
import type { Said } from './voice.ts';

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
  renew: 'was renewed',
};

const wordsOf = ({ resource, action, result, problem }: Healed): string =>
  result === 'succeeded' ? `${resource} ${DONE[action]}` : `${action} of ${resource} failed: ${problem}`;
