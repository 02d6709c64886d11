/** What a fault may look at to decide whether it is meant. */
export interface FaultRequest {
  method: string;
  /** Without the API prefix, e.g. `/repos/acme/fleet/issues`. */
  path: string;
  /** The operation's template, e.g. `/repos/{owner}/{repo}/issues`, or `graphql`. */
  route: string;
  operationName?: string | undefined;
  body: unknown;
}

export type FaultAct =
  /** Answers this instead of doing anything. */
  | { kind: 'status'; status: number; headers?: Record<string, string>; body?: unknown }
  /** Destroys the connection, `before` or `after` the request took effect. */
  | { kind: 'cut'; when: 'before' | 'after' }
  /** This many reads from here on (this one included) see each ref as it was before its latest change. */
  | { kind: 'stale'; forReads: number }
  /** Calls `run` before the request is handled, or after it took effect and before it is answered. */
  | { kind: 'hook'; when: 'before' | 'after'; run: () => void | Promise<void> };

export interface Fault {
  match: (request: FaultRequest) => boolean;
  /** Times it strikes; default: until removed. */
  times?: number;
  act: FaultAct;
}

/** The faults in force, in the order in which they were added. */
export class Faults {
  #active: { fault: Fault; left: number }[] = [];
  #staleReads = 0;

  /** Gives what removes it. */
  add(fault: Fault): () => void {
    const entry = { fault, left: fault.times ?? Infinity };
    this.#active.push(entry);
    return () => {
      this.#active = this.#active.filter((other) => other !== entry);
    };
  }

  clear(): void {
    this.#active = [];
    this.#staleReads = 0;
  }

  /** What strikes this request; each counts as used. */
  strike(request: FaultRequest): FaultAct[] {
    const acts: FaultAct[] = [];
    for (const entry of this.#active) {
      if (entry.left <= 0 || !entry.fault.match(request)) continue;
      entry.left -= 1;
      acts.push(entry.fault.act);
      if (entry.fault.act.kind === 'stale') this.#staleReads += entry.fault.act.forReads;
    }
    this.#active = this.#active.filter(({ left }) => left > 0);
    return acts;
  }

  /** Whether this read is to be a stale one; each call uses one up. */
  takeStaleRead(): boolean {
    if (this.#staleReads <= 0) return false;
    this.#staleReads -= 1;
    return true;
  }
}
