import { readConfig } from '../config/read-config.ts';
import { fleetNumbers } from '../health/numbers.ts';
import { quietResources, withQuietRuns } from '../health/quiet.ts';
import { EMPTY_SERIES } from '../health/series.ts';
import { readSeries } from '../health/series-file.ts';
import { prepareAsApplied } from './look-at-providers.ts';
import type { QuietRuns } from '../model/health.ts';
import type { Incident } from '../model/incident.ts';
import type { Plan } from '../model/plan.ts';
import type { Address } from '../model/resource.ts';
import type { Series } from '../model/series.ts';
import type { Event, RecordedState } from '../model/state.ts';
import type { Ports } from '../ports.ts';
import { foldState } from '../record/fold.ts';
import { foldIncidents, incidentOf, seriesTexts } from '../record/fold-health.ts';
import { history } from '../record/journal.ts';
import { closedIncidentsFolder, seriesPath } from '../record/state-paths.ts';
import { statusSite } from '../report/status/status-site.ts';
import type { StatusInput } from '../report/status/status-input.ts';

export interface StatusPagesRequest {
  commit: string | null;
  environment: string;
  /** `visitors`: what strangers may read, without what runs where and why. */
  audience: StatusInput['audience'];
  /** The repository's page, for links. */
  repositoryUrl?: string | undefined;
}

const DAY = 86_400_000;
/** Days of incidents that the pages tell of; a year of them is counted. */
const TOLD = 90;
const COUNTED = 365;
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
  const told = new Date(now.getTime() - TOLD * DAY).toISOString();
  const events = journal.filter(({ at }) => now.getTime() - Date.parse(at) < DAYS * DAY);
  const series = seriesNow(files, environment, recorded.health?.quiet);
  const input: StatusInput = {
    fleet: config.fleet,
    environment,
    generated: now.toISOString(),
    status: config.status,
    health: recorded.health ?? null,
    numbers: fleetNumbers({ series, incidents, events, committed: committedIn(events), now }),
    incidents: incidents.filter(({ closed = now.toISOString() }) => closed > told),
    maintenance: config.maintenance,
    recorded,
    events,
    ...(plan ? { placement: plan.placement, ...(plan.forecasts ? { forecasts: plan.forecasts } : {}) } : {}),
    ...(repositoryUrl ? { repository: repositoryUrl } : {}),
    audience,
  };
  return statusSite(vault.maskDeep(input));
}

/** The series as they would be if all of them were written now. */
function seriesNow(
  files: ReadonlyMap<string, string>,
  environment: string,
  quiet: QuietRuns | undefined,
): Map<Address, Series> {
  const texts = seriesTexts(files, environment);
  return new Map(
    [...new Set([...texts.keys(), ...quietResources(quiet)])].toSorted().map((address) => {
      const text = texts.get(address);
      const written = text === undefined ? EMPTY_SERIES : readSeries(seriesPath(environment, address), text);
      return [address, withQuietRuns(written, quiet, address)];
    }),
  );
}

/** When each applied commit was made, as far as the journal says. */
function committedIn(events: readonly Event[]): Map<string, string> {
  const known = events.flatMap(({ commit, data }): [string, string][] => {
    const committed = data?.['committed'];
    return commit && typeof committed === 'string' ? [[commit, committed]] : [];
  });
  return new Map(known);
}

/** Those that ended in the last year. */
async function closedIncidents(environment: string, now: Date, { store }: Ports): Promise<Incident[]> {
  const files = await store.readFolder(closedIncidentsFolder(environment));
  const first = new Date(now.getTime() - COUNTED * DAY).toISOString();
  return [...files]
    .filter(([path]) => monthOf(path) >= first.slice(0, 7))
    .map(([path, text]) => incidentOf(path, text))
    .filter(({ closed = '' }) => closed > first);
}

/** Name of the folder that a closed incident is kept in. */
const monthOf = (path: string): string => path.split('/').at(-2) ?? '';

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
