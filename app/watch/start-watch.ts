import { systemClock, tagOf, viewFleet, type Clock, type HealthState, type Round } from '../../src/index.ts';
import { RIGHTS, type Access } from '../access.ts';
import { FairQueue } from '../fair-queue.ts';
import { factsOfError, type Log } from '../log.ts';
import type { Settings } from '../settings.ts';
import type { Place } from '../task.ts';
import { engineFor } from '../work/engine.ts';
import { recordChanges } from './changes.ts';
import { Fleets } from './fleets.ts';
import { News } from './news.ts';
import { recordTurn } from './record-turn.ts';
import { Watcher } from './watcher.ts';

/** The fleets of all installations, read and asked while the App runs. */
export interface Watch {
  fleets: Fleets;
  news: News;
  /** What is known of an environment beyond its record. */
  known(place: Pick<Place, 'owner' | 'repo'>, environment: string): HealthState | undefined;
  /** A webhook says that a branch moved: what was read is read again, at once where somebody may be waiting for news. */
  moved(place: Place, now: boolean): Promise<void>;
  /** One beat for every repository; the next one leaves out those that are not done by then. */
  beat(): void;
  idle(): Promise<void>;
  readonly load: { waiting: number; running: number };
  /** Gives the number of beats that were given up. */
  stop(patience: Promise<unknown>): Promise<number>;
}

export interface WatchOptions {
  settings: Pick<Settings, 'heartbeat' | 'allowPrivate' | 'concurrency'>;
  access: Access;
  log: Log;
  signal: AbortSignal;
  clock?: Clock | undefined;
  asked(place: Place, environment: string, round: Round): void;
}

export function startWatch({ settings, access, log, signal, clock = systemClock, asked }: WatchOptions): Watch {
  const { concurrency } = settings;
  const heartbeat = settings.heartbeat * 1000;
  const reach = settings.allowPrivate ? undefined : 'public';
  const news = new News();
  const fleets = new Fleets({
    read(place, environment) {
      const { ports } = engineFor(access.repository(place, RIGHTS.watch, signal), place, signal, clock);
      return viewFleet(environment, reach, ports);
    },
    changed: (place, before, after) => news.tell(place, recordChanges(before, after)),
    now: () => clock.now().getTime(),
  });
  const watcher = new Watcher({
    fleets,
    news,
    clock,
    heartbeat,
    stopping: signal,
    asked,
    async record(place, view, rounds, ending) {
      await recordTurn(place, view, rounds, ending, { access, log, clock, heartbeat, reach }).finally(() =>
        fleets.stale(place),
      );
    },
  });
  const working = new Set<string>();
  const nameOf = ({ owner, repo }: Place): string => `${owner}/${repo}`;
  const queue: FairQueue<Place> = new FairQueue<Place>({
    async work(place, ending) {
      working.add(nameOf(place));
      await watcher.beat(place, ending).finally(() => working.delete(nameOf(place)));
    },
    failed(place, error) {
      if (signal.aborted) return;
      if (tagOf(error) === 'credential') access.forget(place.installation);
      log.warn({ repository: nameOf(place), ...factsOfError(error) }, 'could not be watched');
    },
    lane: ({ installation }) => installation,
    key: nameOf,
    concurrency,
    perLane: Math.max(1, Math.ceil(concurrency / 2)),
    capacity: 10_000,
    laneCapacity: 2_500,
  });
  const beat = (): void => {
    const places = fleets.places();
    watcher.retain(places);
    for (const place of places) if (!working.has(nameOf(place))) queue.add(place);
  };
  const timer = heartbeat > 0 ? setInterval(beat, heartbeat) : undefined;
  timer?.unref();

  return {
    fleets,
    news,
    known: (place, environment) => watcher.known(place, environment),
    async moved(place, now) {
      fleets.stale(place);
      if (now && (heartbeat > 0 || news.isHeard)) await fleets.environments(place);
    },
    beat,
    idle: () => queue.idle(),
    get load() {
      return queue.load;
    },
    stop(patience) {
      clearInterval(timer);
      return queue.stop(patience);
    },
  };
}
