import type { Incident, Maintenance } from '../model/incident.ts';

/** What `muted` begins with where a maintenance window is the reason: outages are expected then, so nothing is healed either. */
const MAINTENANCE = 'maintenance';

export interface Muting {
  maintenance: readonly Maintenance[];
  /** Ids of the incidents that people muted; undefined when nobody looked, so that it stays as it was. */
  muted?: ReadonlySet<string>;
  /** ISO 8601. */
  now: string;
}

/** Why nobody is to be called; undefined when somebody is. */
export function mutedBecause(
  incident: Pick<Incident, 'id' | 'resources' | 'muted'>,
  { maintenance, muted, now }: Muting,
): string | undefined {
  const window = maintenance.find(
    ({ from, to, resources }) =>
      Date.parse(from) <= Date.parse(now) &&
      Date.parse(now) < Date.parse(to) &&
      (resources.length === 0 || incident.resources.every((resource) => resources.includes(resource))),
  );
  if (window) return `${MAINTENANCE}: ${window.reason}`;
  if (muted?.has(incident.id)) return 'by label';
  return muted === undefined && !isInMaintenance(incident) ? incident.muted : undefined;
}

export function isInMaintenance({ muted }: Pick<Incident, 'muted'>): boolean {
  return muted?.startsWith(`${MAINTENANCE}:`) ?? false;
}
