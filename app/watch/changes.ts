import type { FleetView, HealthState, HealthStatus, Incident } from '../../src/index.ts';
import type { Happening } from './news.ts';

type Change = Omit<Happening, 'owner' | 'repo'>;

/** What happened between two views of one environment's record. Pure. */
export function recordChanges(before: FleetView, after: FleetView): Change[] {
  const { environment } = after;
  const [had, has] = [openOf(before), openOf(after)];
  const known = new Set(before.events.map(({ id }) => id));
  const told = ({ id, kind, subject, title }: Incident) => ({ id, kind, subject, title });
  const applies = after.events.flatMap(({ id, kind, at, run, actor, message }): Change[] => {
    if (known.has(id) || (kind !== 'apply.started' && kind !== 'apply.finished')) return [];
    return [{ kind, at, environment, run, actor, ...(message === undefined ? {} : { message }) }];
  });
  return [
    ...applies,
    ...[...has.values()]
      .filter(({ id }) => !had.has(id))
      .map((one): Change => ({ kind: 'incident.opened', at: one.opened, environment, incident: told(one) })),
    ...[...had.values()]
      .filter(({ id }) => !has.has(id))
      .map((one): Change => {
        // The file of a closed one is not read: when it ended is in the journal, or now by the record.
        const ended = after.incidents.find(({ id }) => id === one.id)?.closed ?? after.recorded.health?.checked;
        return { kind: 'incident.closed', at: ended ?? one.opened, environment, incident: told(one) };
      }),
  ].toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

const openOf = ({ incidents }: FleetView): Map<string, Incident> =>
  new Map(incidents.filter(({ closed }) => closed === undefined).map((one) => [one.id, one]));

/** Instances whose status is another one than was shown, which is brought up to date. */
export function statusChanges(environment: string, shown: Map<string, HealthStatus>, health: HealthState): Change[] {
  const changes: Change[] = [];
  for (const [instance, { status, since, last }] of Object.entries(health.instances)) {
    const from = shown.get(instance);
    shown.set(instance, status);
    // What is seen for the first time has not changed.
    if (from === undefined || from === status) continue;
    const problem = last.ok ? {} : { problem: last.problem ?? '' };
    changes.push({ kind: 'instance.status', at: since, environment, instance, from, to: status, ...problem });
  }
  for (const instance of shown.keys()) if (!Object.hasOwn(health.instances, instance)) shown.delete(instance);
  return changes;
}
