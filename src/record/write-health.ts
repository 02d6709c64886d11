import { stateText } from '../model/canonical.ts';
import type { HealthState } from '../model/health.ts';
import type { Incident } from '../model/incident.ts';
import type { Address } from '../model/resource.ts';
import type { Event } from '../model/state.ts';
import { foldState } from './fold.ts';
import { healthText } from './health-text.ts';
import { appendEvents } from './journal.ts';
import { closedIncidentPath, healthPath, openIncidentPath, README, seriesPath } from './state-paths.ts';
import type { StateSnapshot } from './store.ts';
import { foldIncidents } from './fold-health.ts';
import { writeState, type RenderReadme, type WriteOptions } from './write-state.ts';

/** What a health run wants recorded, computed from the state that it is given. */
export interface HealthEdit {
  headline: string;
  health: HealthState;
  /** Incidents that are new or changed, those that ended among them whose issue does not say so yet. */
  open: readonly Incident[];
  /** Incidents that are over and done with: they move to where they are kept. */
  closed: readonly Incident[];
  /** Text of the series that changed. */
  series: ReadonlyMap<Address, string>;
  events: readonly Event[];
}

export interface HealthWriting extends Omit<WriteOptions, 'what'> {
  run: string;
  clock: () => Date;
  renderReadme: RenderReadme;
}

/**
 * One commit, without a lease: nobody else's files are touched, and what is computed from a state that moved is computed
 * again. `edit` gives undefined when nothing needs to be recorded. Gives the state as it is afterwards.
 */
export async function writeHealth(
  options: HealthWriting,
  edit: (state: StateSnapshot) => HealthEdit | undefined,
): Promise<{ state: StateSnapshot; written: boolean }> {
  const { environment, run, clock, renderReadme } = options;
  const result = await writeState<StateSnapshot>({ ...options, what: 'history' }, async (state) => {
    const change = edit(state);
    if (!change) return { stop: state };
    const additions = appendEvents(state, environment, change.events, clock());
    additions.set(healthPath(environment), healthText(change.health));
    const deletions: string[] = [];
    for (const incident of change.open) additions.set(openIncidentPath(environment, incident.id), stateText(incident));
    for (const incident of change.closed) {
      const open = openIncidentPath(environment, incident.id);
      additions.set(
        closedIncidentPath(environment, incident.id, incident.closed ?? incident.opened),
        stateText(incident),
      );
      if (state.files.has(open)) deletions.push(open);
    }
    for (const [address, text] of change.series) additions.set(seriesPath(environment, address), text);
    const recorded = { ...foldState(state.files, environment), health: change.health };
    const known = new Map(foldIncidents(state.files, environment).map((incident) => [incident.id, incident]));
    for (const incident of change.open) known.set(incident.id, incident);
    for (const { id } of change.closed) known.delete(id);
    const readme = renderReadme(state.files.get(README), environment, recorded, { incidents: [...known.values()] });
    additions.set(README, readme);
    for (const [path, text] of additions) if (state.files.get(path) === text) additions.delete(path);
    return { headline: `${environment}: ${change.headline}`, lines: [`Run: ${run}`], additions, deletions };
  });
  return 'written' in result ? { state: result.written, written: true } : { state: result.stop, written: false };
}
