import { readConfig } from './config/read-config.ts';
import { readSeries } from './health/series-file.ts';
import { fleetNumbers } from './health/numbers.ts';
import { prepareAsApplied } from './look-at-providers.ts';
import type { Incident } from './model/incident.ts';
import type { Plan } from './model/plan.ts';
import type { Event, RecordedState } from './model/state.ts';
import type { Ports } from './ports.ts';
import { foldState } from './record/fold.ts';
import { foldIncidents, incidentOf, seriesTexts } from './record/fold-health.ts';
import { history } from './record/journal.ts';
import { closedIncidentsFolder, seriesPath } from './record/state-paths.ts';
import { statusSite } from './report/status/status-site.ts';
import type { StatusInput } from './report/status/status-input.ts';

export interface StatusPagesRequest {
  commit: string | null;
  environment: string;
  /** `visitors`: what strangers may read, without what runs where and why. */
  audience: StatusInput['audience'];
  /** The repository's page, for links. */
  repositoryUrl?: string | undefined;
}

const DAY = 86_400_000;
/** Months of closed incidents that make up the last 90 days. */
const MONTHS = 4;
/** Days of the journal on the fleet's page. */
const DAYS = 30;

/** The status page and all that belongs to it, by path. From the record alone: no provider is asked. Masked. */
export async function statusPages(
  { commit, environment, audience, repositoryUrl }: StatusPagesRequest,
  ports: Ports,
): Promise<ReadonlyMap<string, string>> {
  const { store, clock, vault } = ports;
  const now = clock.now();
  const snapshot = await store.read({ commit, environment, what: 'history' });
  const config = await readConfig(snapshot.config, ports.configCache);
  const { files } = snapshot.state;
  const recorded = foldState(files, environment);
  const [closed, journal, plan] = await Promise.all([
    closedIncidents(environment, now, ports),
    history(store, environment),
    audience === 'operators' ? placementNow(recorded, ports) : undefined,
  ]);
  const incidents = [...foldIncidents(files, environment), ...closed];
  const events = journal.filter(({ at }) => now.getTime() - Date.parse(at) < DAYS * DAY);
  const series = new Map(
    [...seriesTexts(files, environment)].map(([address, text]) => [
      address,
      readSeries(seriesPath(environment, address), text),
    ]),
  );
  const input: StatusInput = {
    fleet: config.fleet,
    environment,
    generated: now.toISOString(),
    status: config.status,
    health: recorded.health ?? null,
    numbers: fleetNumbers({ series, incidents, events, committed: committedIn(events), now }),
    incidents,
    maintenance: config.maintenance,
    recorded,
    events,
    ...(plan ? { placement: plan.placement, ...(plan.forecasts ? { forecasts: plan.forecasts } : {}) } : {}),
    ...(repositoryUrl ? { repository: repositoryUrl } : {}),
    audience,
  };
  return statusSite(vault.maskDeep(input));
}

/** When each applied commit was made, as far as the journal says. */
function committedIn(events: readonly Event[]): Map<string, string> {
  const known = events.flatMap(({ commit, data }): [string, string][] => {
    const committed = data?.['committed'];
    return commit && typeof committed === 'string' ? [[commit, committed]] : [];
  });
  return new Map(known);
}

/** Those of the last 90 days. */
async function closedIncidents(environment: string, now: Date, { store }: Ports): Promise<Incident[]> {
  const months = Array.from({ length: MONTHS }, (_, ago) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - ago, 1)).toISOString().slice(0, 7),
  );
  const folders = await Promise.all(
    months.map((month) => store.readFolder(`${closedIncidentsFolder(environment)}/${month}`)),
  );
  return folders
    .flatMap((folder) => [...folder].map(([path, text]) => incidentOf(path, text)))
    .filter(({ closed = '' }) => now.getTime() - Date.parse(closed) < 90 * DAY);
}

/** Why everything is where it is; undefined where that cannot be told, as for a commit that is gone. */
async function placementNow(recorded: RecordedState, ports: Ports): Promise<Plan | undefined> {
  const { environment } = recorded;
  if (!environment) return undefined;
  const request = {
    commit: environment.commit,
    environment: environment.environment,
    basis: 'recorded',
    intent: { kind: 'converge' },
    allow: new Map(),
    redeploy: new Set<never>(),
  } as const;
  return prepareAsApplied(request, recorded, ports).then(
    ({ plan }) => plan,
    () => undefined,
  );
}
