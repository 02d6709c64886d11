import { stateText } from '../model/canonical.ts';
import { ConflictError } from '../model/errors.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Plan, Step } from '../model/plan.ts';
import type { Recorder, ResourceFacts, StepRecord } from '../model/recorder.ts';
import { isSecretAddress } from '../model/renewal.ts';
import type { Address, Json } from '../model/resource.ts';
import type { EnvironmentState, Event, Lease, RecordedState, ResourceState } from '../model/state.ts';
import { foldEnvironment, foldState } from './fold.ts';
import { foldHealth, foldIncidents } from './fold-health.ts';
import { Heartbeat, type Schedule } from './heartbeat.ts';
import { appendEvents, includesEvent } from './journal.ts';
import { expiry, newLease, standing, type IsRunAlive } from './lease.ts';
import { newEnvironment } from './new-environment.ts';
import { recordFacts, recordIntents, recordOutcomes, settle } from './record-steps.ts';
import { runEvents } from './run-events.ts';
import { environmentPath, README, resourcePath } from './state-paths.ts';
import type { StateSnapshot, Store } from './store.ts';
import { writeState, type RenderReadme } from './write-state.ts';

export interface RecorderOptions {
  store: Store;
  /** The state that the plan was made from. */
  state: StateSnapshot;
  plan: Pick<Plan, 'fleet' | 'environment' | 'commit' | 'hash' | 'steps'>;
  /** `import`: what was applied last stays as it is recorded. Default `apply`. */
  purpose?: 'apply' | 'import';
  /** Of what is imported: its name at the provider. */
  names?: ReadonlyMap<Address, string>;
  facts: ReadonlyMap<Address, ResourceFacts>;
  /** When the commit of the plan was made, ISO 8601: for how long it took to be deployed. */
  committed?: string | undefined;
  /** What the policy said to it. */
  judgement?: { decision?: Record<string, Json> } | undefined;
  /** See `EnvironmentState`. */
  ways?: string;
  run: string;
  actor: string;
  clock: () => Date;
  random: () => number;
  /** Milliseconds. */
  delay: (milliseconds: number) => Promise<void>;
  isRunAlive: IsRunAlive;
  /** How long the lease lasts without being renewed; default ten minutes. */
  leaseSeconds?: number;
  /** For the heartbeat; default is a timer that does not keep the process up. */
  schedule?: Schedule;
  /** The branch's README with this environment's section rewritten. */
  renderReadme?: RenderReadme;
}

const LEASE_SECONDS = 600;
/** Commits of dead runs that a lease carries on. */
const REMEMBERED_COMMITS = 10;

/** One change to the record: what the files become, given the environment's own file as it is now. */
interface Change {
  headline: string;
  resources: ReadonlyMap<string, string | null>;
  events: readonly Event[];
  environment(now: EnvironmentState): EnvironmentState;
}

/** Opens the record for one apply. Nothing is written before `begin`. */
export function openRecorder(options: RecorderOptions): Recorder {
  return new LeasedRecorder(options);
}

class LeasedRecorder implements Recorder {
  commits = 0;
  inherited: readonly string[] = [];
  readonly #options: RecorderOptions;
  readonly #token: string;
  readonly #recorded: RecordedState;
  /** Resources, and secrets that the fleet issues: what steps are about. */
  readonly #things: Map<Address, ResourceState>;
  readonly #onBranch: Set<string>;
  readonly #seconds: number;
  readonly #events: ReturnType<typeof runEvents>;
  readonly #heartbeat: Heartbeat;
  /** The shared files as we last saw them; undefined when others have changed them since. */
  #known: StateSnapshot | undefined;
  /** Writes of one run go one after the other; a heartbeat may come at any time. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#seconds = options.leaseSeconds ?? LEASE_SECONDS;
    this.#known = options.state;
    this.#recorded = foldState(options.state.files, options.plan.environment);
    this.#things = new Map<Address, ResourceState>([...this.#recorded.resources, ...this.#recorded.secrets]);
    this.#onBranch = new Set(options.state.files.keys());
    this.#token = Math.floor(options.random() * 36 ** 8)
      .toString(36)
      .padStart(8, '0');
    this.#events = runEvents({ ...options, decision: options.judgement?.decision, token: this.#token });
    this.#heartbeat = new Heartbeat(this.#seconds, () => this.#renew(), options.schedule);
  }

  async begin(first: Step[]): Promise<'acquired' | 'moved' | { held: Lease }> {
    const { plan, run, actor, clock, isRunAlive } = this.#options;
    const serial = this.#recorded.environment?.serial ?? 0;
    const resources = this.#touch([], first);
    const started = this.#isApply ? [this.#events.started()] : [];
    const intended = this.#events.intended(first);
    const result = await this.#exclusively(() =>
      writeState<'moved' | { held: Lease } | 'ours'>(this.#writing(), async (state) => {
        const now = foldEnvironment(state.files, plan.environment);
        const lease = await standing(now, this.#token, clock(), isRunAlive);
        if (lease.kind === 'held') return { stop: { held: lease.lease } };
        if (lease.kind === 'ours') return { stop: 'ours' };
        if ((now?.serial ?? 0) !== serial) return { stop: 'moved' };
        const taken = lease.kind === 'abandoned' ? [this.#events.takenOver(lease.lease, lease.because)] : [];
        this.inherited = lease.kind === 'abandoned' ? (lease.lease.commits ?? []) : [];
        const commits = [...new Set([...(plan.commit ? [plan.commit] : []), ...this.inherited])].slice(
          0,
          REMEMBERED_COMMITS,
        );
        return this.#edit(state, {
          headline: `${plan.environment}: ${this.#isApply ? `apply of plan ${plan.hash.slice(0, 8)}` : 'import'} started`,
          resources,
          events: [...taken, ...started, ...intended],
          environment: (environment) => ({
            ...environment,
            lease: newLease({ run, actor, token: this.#token, commits }, clock(), this.#seconds),
          }),
        });
      }),
    );
    if ('stop' in result && result.stop !== 'ours') {
      this.#known = undefined;
      return result.stop;
    }
    this.#landed(result, resources);
    return 'acquired';
  }

  async record(done: StepRecord[], next: Step[]): Promise<void> {
    const events = [...this.#events.ended(done), ...this.#events.intended(next)];
    await this.#write({
      headline: `${this.#options.plan.environment}: ${done.length} done, ${next.length} started`,
      resources: this.#touch(done, next),
      events,
      environment: (environment) => this.#renewed(environment),
    });
  }

  async finish(done: StepRecord[], result: Outcome['result']): Promise<void> {
    const { plan, clock, ways } = this.#options;
    const isApply = this.#isApply;
    const events = [...this.#events.ended(done), ...(isApply ? [this.#events.finished(result)] : [])];
    const applied = () => ({
      commit: plan.commit,
      plan: plan.hash,
      applied: clock().toISOString(),
      outcome: result === 'failed' || result === 'interrupted' ? result : ('succeeded' as const),
      ...(ways === undefined ? {} : { ways }),
    });
    await this.#write({
      headline: `${plan.environment}: ${isApply ? 'apply' : 'import'} ${result}`,
      resources: this.#touch(done, [], isApply && result === 'succeeded'),
      events,
      // What was approved was so once.
      environment: ({ approvals, ...environment }) => ({
        ...environment,
        ...(isApply ? applied() : approvals ? { approvals } : {}),
        lease: null,
      }),
    });
    this.#heartbeat.end();
  }

  get #isApply(): boolean {
    return this.#options.purpose !== 'import';
  }

  /** Writes a change under our lease; ConflictError when it is not ours any more. */
  async #write(change: Change): Promise<void> {
    const { plan } = this.#options;
    const result = await this.#exclusively(() =>
      writeState<'there' | 'lost'>(this.#writing(), async (state) => {
        if (this.#isThere(state, change)) return { stop: 'there' };
        const lease = foldEnvironment(state.files, plan.environment)?.lease;
        if (lease?.token !== this.#token) return { stop: 'lost' };
        return this.#edit(state, change);
      }),
    );
    if ('stop' in result && result.stop === 'lost') {
      this.#heartbeat.end();
      throw new ConflictError(`the lease of ${plan.environment} was lost to another run`, {
        mend: 'run apply again: it plans from what the other run left',
      });
    }
    this.#landed(result, change.resources);
  }

  /** A write whose answer was lost may have landed and been built upon; its events tell. */
  #isThere(state: StateSnapshot, change: Change): boolean {
    const last = change.events.at(-1);
    return (
      last !== undefined &&
      [...state.files].some(([path, text]) => path.endsWith('.ndjson') && includesEvent(text, last.id))
    );
  }

  #edit(state: StateSnapshot, change: Change) {
    const { plan, clock, run, actor, renderReadme } = this.#options;
    const before = foldEnvironment(state.files, plan.environment) ?? newEnvironment(plan.fleet, plan.environment);
    const environment = { ...change.environment(before), serial: before.serial + 1 };
    const additions = appendEvents(state, plan.environment, change.events, clock());
    additions.set(environmentPath(plan.environment), stateText(environment));
    for (const [path, text] of change.resources) if (text !== null) additions.set(path, text);
    if (renderReadme) {
      const previous = state.files.get(README);
      const health = foldHealth(state.files, plan.environment);
      const resources = new Map([...this.#things].filter(([address]) => !isSecretAddress(address)));
      const recorded = { environment, resources, secrets: this.#recorded.secrets, ...(health ? { health } : {}) };
      const incidents = foldIncidents(this.#options.state.files, plan.environment);
      const readme = renderReadme(previous, plan.environment, recorded, { incidents });
      if (readme !== previous) additions.set(README, readme);
    }
    const gone = [...change.resources].filter(([path, text]) => text === null && this.#onBranch.has(path));
    return {
      headline: change.headline,
      lines: [`Run: ${run}`, `Actor: ${actor}`],
      additions,
      deletions: gone.map(([path]) => path),
    };
  }

  #landed(result: { written: StateSnapshot } | { stop: unknown }, resources: ReadonlyMap<string, string | null>): void {
    this.#known = 'written' in result ? result.written : undefined;
    this.commits += 1;
    for (const [path, text] of resources) {
      if (text === null) this.#onBranch.delete(path);
      else this.#onBranch.add(path);
    }
    this.#heartbeat.renewed();
  }

  #renew(): Promise<void> {
    return this.#write({
      headline: `${this.#options.plan.environment}: lease renewed`,
      resources: new Map(),
      events: [],
      environment: (environment) => this.#renewed(environment),
    });
  }

  #renewed(environment: EnvironmentState): EnvironmentState {
    const { lease } = environment;
    return { ...environment, lease: lease && { ...lease, expires: expiry(this.#options.clock(), this.#seconds) } };
  }

  #touch(done: StepRecord[], next: Step[], settled = false): Map<string, string | null> {
    const { plan, run, clock, facts, names } = this.#options;
    const resources = this.#things;
    const touched = recordOutcomes(resources, done);
    for (const address of recordIntents(resources, next, run, clock().toISOString(), names)) touched.add(address);
    if (settled) for (const address of settle(resources, facts)) touched.add(address);
    recordFacts(resources, touched, facts);
    return new Map(
      [...touched].map((address) => {
        const resource = resources.get(address);
        return [resourcePath(plan.environment, address), resource ? stateText(resource) : null];
      }),
    );
  }

  #writing() {
    const { store, plan, random, delay } = this.#options;
    return { store, environment: plan.environment, known: this.#known, random, delay };
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }
}
