import { tagOf, type FleetView } from '../../src/index.ts';
import type { Place } from '../task.ts';

/** How long a view is taken for what is there, when no webhook says otherwise; milliseconds. */
export const FRESH = 5 * 60_000;
/** The same for a repository that has no fleet. */
const EMPTY = 30 * 60_000;
const CAPACITY = 5_000;

export interface FleetsOptions {
  read(place: Place, environment: string): Promise<FleetView | undefined>;
  /** Told of every view that is not the first of its environment. */
  changed(place: Place, before: FleetView, after: FleetView): void;
  /** Milliseconds since 1970. */
  now(): number;
}

interface Reading {
  /** When it was begun; 0: it is read again at the next use. */
  at: number;
  /** How long it holds; milliseconds. */
  holds: number;
  view: Promise<FleetView | undefined>;
  last: FleetView | undefined;
}

interface Entry {
  place: Place;
  readings: Map<string, Reading>;
  /** The last read was refused. */
  refused: boolean;
}

/** The environment that is read first: nearly every fleet has it, and its answer names the others. */
const FIRST = 'production';

/** What is known of the repositories that the App is installed in. A cache of what GitHub has, and nothing more. */
export class Fleets {
  readonly #options: FleetsOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: FleetsOptions) {
    this.#options = options;
  }

  /** A repository is installed; what is known of it stays. */
  note(place: Place): void {
    const key = keyOf(place.owner, place.repo);
    const readings = this.#entries.get(key)?.readings ?? new Map<string, Reading>();
    this.#entries.set(key, { place, readings, refused: this.#entries.get(key)?.refused ?? false });
    const oldest = this.#entries.keys().next().value;
    if (this.#entries.size > CAPACITY && oldest !== undefined) this.#entries.delete(oldest);
  }

  places(): Place[] {
    return [...this.#entries.values()].map(({ place }) => place);
  }

  find(owner: string, repo: string): Place | undefined {
    return this.#entries.get(keyOf(owner, repo))?.place;
  }

  /** What was read of it last, however long ago; undefined before the first time. */
  peek({ owner, repo }: Pick<Place, 'owner' | 'repo'>): FleetView[] | undefined {
    const readings = this.#entries.get(keyOf(owner, repo))?.readings;
    if (!readings?.has(FIRST)) return undefined;
    const views = [...readings.values()].flatMap(({ last }) => last ?? []);
    return views.filter(({ environment, environments }) => environments.includes(environment));
  }

  /** What was read is not what is there any more. */
  stale({ owner, repo }: Pick<Place, 'owner' | 'repo'>): void {
    for (const reading of this.#entries.get(keyOf(owner, repo))?.readings.values() ?? []) reading.at = 0;
  }

  /** The environments of a fleet that have a record; none where there is no fleet. Errors as `viewFleet`. */
  async environments(place: Place): Promise<FleetView[]> {
    const first = await this.view(place, FIRST);
    if (!first) return [];
    const views = await Promise.all(first.environments.map((name) => this.view(place, name)));
    return views.filter((view) => view !== undefined);
  }

  /** One environment, as it was at most `FRESH` ago; undefined where there is no config. */
  async view(place: Place, environment: string): Promise<FleetView | undefined> {
    if (!this.find(place.owner, place.repo)) this.note(place);
    const entry = this.#entries.get(keyOf(place.owner, place.repo)) as Entry;
    const { readings } = entry;
    const known = readings.get(environment);
    if (known && this.#options.now() - known.at < known.holds) return known.view;
    const reading: Reading = {
      at: this.#options.now(),
      holds: FRESH,
      view: this.#options.read(place, environment),
      last: known?.last,
    };
    readings.set(environment, reading);
    try {
      const view = await reading.view;
      if (view && reading.last) this.#options.changed(place, reading.last, view);
      reading.last = view;
      reading.holds = view && view.environments.length > 0 ? FRESH : EMPTY;
      entry.refused = false;
      // What is gone is kept no longer than it takes to notice.
      for (const name of view ? readings.keys() : [])
        if (name !== FIRST && !view?.environments.includes(name)) readings.delete(name);
      return view;
    } catch (error) {
      if (tagOf(error) !== 'credential') throw error;
      // Refused twice, it is not ours any more: a sweep brings it back when it is there again.
      if (entry.refused) this.#entries.delete(keyOf(place.owner, place.repo));
      entry.refused = true;
      throw error;
    }
  }
}

const keyOf = (owner: string, repo: string): string => `${owner}/${repo}`.toLowerCase();
