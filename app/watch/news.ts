import type { Place } from '../task.ts';

/** Something that turned in a fleet, as the streams tell it. */
export interface Happening {
  kind: 'incident.opened' | 'incident.closed' | 'instance.status' | 'apply.started' | 'apply.finished';
  /** ISO 8601 UTC. */
  at: string;
  owner: string;
  repo: string;
  environment: string;
  /** Of an incident. */
  incident?: { id: string; kind: string; subject: string; title: string };
  /** Of an instance. */
  instance?: string;
  from?: string;
  to?: string;
  problem?: string;
  /** Of an apply. */
  run?: string;
  actor?: string;
  message?: string;
}

export interface Told {
  /** Rises; of this process only. */
  id: number;
  happening: Happening;
}

/** Happenings that are remembered for those who come back. */
const REMEMBERED = 1_000;

/** Tells whoever listens of what happens, and remembers a little of it. */
export class News {
  readonly #listeners = new Set<(told: Told) => void>();
  #remembered: Told[] = [];
  #next = 1;

  tell({ owner, repo }: Pick<Place, 'owner' | 'repo'>, news: readonly Omit<Happening, 'owner' | 'repo'>[]): void {
    for (const one of news) {
      const told = { id: this.#next++, happening: { ...one, owner, repo } };
      this.#remembered.push(told);
      if (this.#remembered.length > 2 * REMEMBERED) this.#remembered = this.#remembered.slice(-REMEMBERED);
      for (const listener of this.#listeners) listener(told);
    }
  }

  /** What was told after that number, as far as it is remembered. */
  since(id: number): Told[] {
    return this.#remembered.filter((told) => told.id > id);
  }

  /** Whether anybody listens. */
  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  listen(listener: (told: Told) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
