import {
  afterRounds,
  askRound,
  confirmedTurns,
  type Clock,
  type FleetView,
  type HealthState,
  type HealthStatus,
  type Round,
} from '../../src/index.ts';
import type { Place } from '../task.ts';
import { statusChanges } from './changes.ts';
import type { Fleets } from './fleets.ts';
import type { News } from './news.ts';
import { dueTargets, keptRounds } from './row.ts';

export interface WatcherOptions {
  fleets: Fleets;
  news: News;
  clock: Clock;
  /** Milliseconds between beats. */
  heartbeat: number;
  /** Ends probes; what is being recorded has a little longer. */
  stopping: AbortSignal;
  /** Records what was confirmed, from the rounds that led there. */
  record(place: Place, view: FleetView, rounds: readonly Round[], signal: AbortSignal): Promise<void>;
  /** Told of every round. */
  asked(place: Place, environment: string, round: Round): void;
}

/** What is not on the branch: samples that confirm nothing yet, and when each instance was asked last. */
interface Row {
  rounds: Round[];
  known: HealthState | undefined;
  /** What `known` goes on from; another view of the record begins anew, with all the rounds. */
  view: FleetView | undefined;
  asked: Map<string, number>;
  shown: Map<string, HealthStatus>;
  tried: { what: string; at: number } | undefined;
}

/** What could not be recorded is tried again after so long; milliseconds. */
const RETRY = 5 * 60_000;
/** The Action rolls an hour up soon after it ended. Where no run does, the App does it so long after its beginning. */
const ROLLUP_LATE = 75 * 60_000;

/**
 * Asks the fleets how they are, and has recorded what is confirmed: that an instance is out of health or back, and once an
 * hour that all is as it was, where nobody else does. A single failed probe is kept in memory, and a restart forgets it.
 */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #rows = new Map<string, Row>();

  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  /** What is known of an environment beyond the record; undefined before it was asked. */
  known(place: Pick<Place, 'owner' | 'repo'>, environment: string): HealthState | undefined {
    return this.#rows.get(keyOf(place, environment))?.known;
  }

  /** Forgets all repositories but these. */
  retain(places: readonly Place[]): void {
    const prefixes = new Set(places.map((place) => keyOf(place, '')));
    for (const key of this.#rows.keys()) if (!prefixes.has(key.slice(0, key.indexOf(' ') + 1))) this.#rows.delete(key);
  }

  /** One beat for all environments of a repository. */
  async beat(place: Place, signal: AbortSignal): Promise<void> {
    const views = await this.#options.fleets.environments(place);
    const done = await Promise.allSettled(views.map((view) => this.#watch(place, view, signal)));
    const prefix = keyOf(place, '');
    for (const key of this.#rows.keys())
      if (key.startsWith(prefix) && !views.some(({ environment }) => key === prefix + environment))
        this.#rows.delete(key);
    for (const result of done) if (result.status === 'rejected') throw result.reason;
  }

  async #watch(place: Place, view: FleetView, signal: AbortSignal): Promise<void> {
    const { clock, heartbeat, news, asked, stopping } = this.#options;
    const { environment, recorded, watched } = view;
    const started = clock.now().getTime();
    // What is being deployed may well be away for a moment; nothing is lost by not looking.
    const { lease } = recorded.environment ?? {};
    if (watched.targets.length === 0 || (lease && Date.parse(lease.expires) > started)) return;

    const row = this.#row(place, view);
    const health = row.known ?? recorded.health;
    const due = dueTargets(watched.targets, { health, asked: row.asked, now: started, heartbeat });
    for (const { instance } of due) row.asked.set(instance, started);
    const round = await askRound(due, { clock, signal: AbortSignal.any([stopping, signal]) });
    asked(place, environment, round);
    row.rounds.push(round);

    const goesOn = row.view === view && row.known !== undefined;
    const evaluation = goesOn
      ? afterRounds({ recorded: { ...recorded, health: row.known as HealthState }, watched }, [round], heartbeat)
      : afterRounds(view, row.rounds, heartbeat);
    const turns = confirmedTurns(recorded.health, evaluation);
    const rest = { recorded: recorded.health, health: evaluation.health, unrecorded: turns.length > 0 };
    row.rounds = keptRounds(row.rounds, rest);
    row.known = evaluation.health;
    row.view = view;
    news.tell(place, statusChanges(environment, row.shown, evaluation.health));

    const now = clock.now().getTime();
    const what = turns.length > 0 ? turns.join() : isRollupDue(view, row, now) ? 'rollup' : undefined;
    if (what === undefined || (row.tried?.what === what && now - row.tried.at < RETRY)) return;
    row.tried = { what, at: now };
    await this.#options.record(place, view, row.rounds, signal);
  }

  #row(place: Place, { environment, recorded, watched }: FleetView): Row {
    const key = keyOf(place, environment);
    const known = this.#rows.get(key);
    if (known) {
      const ids = new Set<string>(watched.targets.map(({ instance }) => instance));
      for (const id of known.asked.keys()) if (!ids.has(id)) known.asked.delete(id);
      return known;
    }
    const statuses = Object.entries(recorded.health?.instances ?? {}).map(([id, { status }]) => [id, status] as const);
    const row: Row = {
      rounds: [],
      known: undefined,
      view: undefined,
      asked: new Map(),
      shown: new Map(statuses),
      tried: undefined,
    };
    this.#rows.set(key, row);
    return row;
  }
}

function isRollupDue({ recorded }: FleetView, { rounds }: Row, now: number): boolean {
  const since = recorded.health?.rolledUp ?? recorded.environment?.applied;
  // Who has asked nothing has nothing to tell.
  return (
    Boolean(since) && rounds.some(({ samples }) => samples.length > 0) && now - Date.parse(since ?? '') > ROLLUP_LATE
  );
}

const keyOf = ({ owner, repo }: Pick<Place, 'owner' | 'repo'>, environment: string): string =>
  `${owner}/${repo}`.toLowerCase() + ` ${environment}`;
