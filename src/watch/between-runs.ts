import { readConfig } from '../config/read-config.ts';
import { resourcesFor } from '../config/resources-for.ts';
import type { Evaluation } from '../health/evaluate.ts';
import { evaluateRounds } from '../health/evaluate-rounds.ts';
import { probeMany } from '../health/probe-many.ts';
import { isRefused } from '../health/reachable.ts';
import type { Config } from '../model/config.ts';
import type { HealthState, HealthStatus, ProbeTarget, Round } from '../model/health.ts';
import type { Incident } from '../model/incident.ts';
import type { Event, RecordedState } from '../model/state.ts';
import type { Ports } from '../ports.ts';
import { foldState } from '../record/fold.ts';
import { foldIncidents } from '../record/fold-health.ts';
import { eventsIn } from '../record/journal.ts';
import { isPreview } from '../trigger.ts';
import { whatIsWatched, type Watched } from './watched.ts';

/** An environment as the head of the default branch and the record describe it: what a prober knows that stays. */
export interface FleetView {
  fleet: string;
  environment: string;
  /** All that have a record and are in the config. */
  environments: string[];
  /** Head of the default branch. */
  commit: string;
  defaultBranch: string;
  config: Config;
  recorded: RecordedState;
  /** Open ones, and such as ended while their issue does not say so yet. Oldest first. */
  incidents: Incident[];
  /** Of the journal that is being written, oldest first. */
  events: Event[];
  /** Whether there are journals before that. */
  hasOlderEvents: boolean;
  /** With `unasked` on what this prober cannot ask. */
  watched: Watched;
}

/**
 * Reads an environment, in one request where all goes well; undefined where the default branch has no config. `reach` is
 * that of `HealthRequest`. Errors as `readConfig` and those of the store.
 */
export async function viewFleet(
  environment: string,
  reach: 'public' | undefined,
  ports: Ports,
): Promise<FleetView | undefined> {
  const snapshot = await ports.store.read({ commit: null, environment });
  const { commit, defaultBranch, state } = snapshot;
  if (snapshot.config.size === 0 || commit === null || defaultBranch === null) return undefined;
  const config = await readConfig(snapshot.config, ports.configCache);
  const environments = state.environments.filter((name) => isOurs(config, name));
  const recorded = foldState(state.files, environment);
  const { resources } = isOurs(config, environment) ? resourcesFor(config, environment) : config;
  const journals = [...state.files].filter(([path]) => path.endsWith('.ndjson'));
  return {
    fleet: config.fleet,
    environment,
    environments,
    commit,
    defaultBranch,
    config,
    recorded,
    incidents: foldIncidents(state.files, environment),
    events: journals.flatMap(([path, text]) => eventsIn(path, text)),
    hasOlderEvents: state.journals.length > journals.length,
    watched: await whatIsWatched({ environment, config, resources, snapshot, recorded, reach }, ports),
  };
}

const isOurs = (config: Config, environment: string): boolean =>
  Object.hasOwn(config.environments, environment) || isPreview(config, environment);

/** Asks those of the targets that can be asked. What may not be asked from here is left out: that says nothing of it. */
export async function askRound(
  targets: readonly ProbeTarget[],
  { clock, signal }: Pick<Ports, 'clock' | 'signal'>,
): Promise<Round> {
  const found = await probeMany(
    targets.filter(({ unasked }) => unasked === undefined),
    { clock, signal },
  );
  return { at: clock.now().toISOString(), samples: found.filter(({ problem }) => !isRefused(problem)) };
}

/** What is known after further rounds, at least one, that nobody recorded; `every` in milliseconds. Pure. */
export function afterRounds(
  { recorded, watched }: Pick<FleetView, 'recorded' | 'watched'>,
  rounds: readonly Round[],
  every: number,
): Evaluation {
  const last = rounds.at(-1) as Round;
  return evaluateRounds({
    before: recorded.health,
    earlier: rounds.slice(0, -1),
    samples: last.samples,
    targets: watched.targets,
    now: last.at,
    schedule: { every },
  });
}

/** Instances that are confirmed to be out of health or back, while the record says otherwise. Pure. */
export function confirmedTurns(recorded: HealthState | undefined, { health }: Pick<Evaluation, 'health'>): string[] {
  return Object.entries(health.instances)
    .filter(([id, { status }]) => isOut(status) !== isOut(recorded?.instances[id as never]?.status))
    .map(([id, { status }]) => `${id} ${isOut(status) ? 'out' : 'back'}`)
    .toSorted();
}

const isOut = (status: HealthStatus | undefined): boolean => status === 'down' || status === 'flapping';
