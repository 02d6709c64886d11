import type { ProcessId } from '../process-id.ts';
import { releaseFolder } from '../layout.ts';
import type { ReplicaStatus } from '../protocol.ts';
import type { ServiceRelease } from '../release.ts';
import { listenOnOneOf } from './claim-port.ts';
import { Generation, GRACE } from './generation.ts';
import { type Host, StartFailure } from './host.ts';
import { Proxy } from './proxy.ts';
import type { RotatingLog } from './rotating-log.ts';
import type { Timers } from './timers.ts';

/** Runs a service: the processes of one release behind one public port, exchanged without a gap. */
export class ServiceHost implements Host<ServiceRelease> {
  #folder: string;
  #log: RotatingLog;
  #timers: Timers;
  #onChange: () => void;
  #proxy = new Proxy();
  #current: Generation | undefined;
  /** All that have processes: the current one, one that starts, those on their way out. */
  #generations = new Set<Generation>();
  #closing = new AbortController();

  constructor(folder: string, log: RotatingLog, timers: Timers, onChange: () => void) {
    this.#folder = folder;
    this.#log = log;
    this.#timers = timers;
    this.#onChange = onChange;
  }

  open(wanted: (number | null | undefined)[]): Promise<number> {
    return listenOnOneOf(this.#proxy.server, wanted);
  }

  async resume(release: ServiceRelease): Promise<void> {
    this.#current = this.#start(release, true);
    // What comes next can then be told apart from what was there: it serves, or it did not come up.
    await this.#current.started().catch(() => undefined);
  }

  async apply(release: ServiceRelease, progress: (message: string) => void): Promise<void> {
    const before = this.#current;
    if (before?.release.hash === release.hash) {
      await before.started().catch(() => undefined);
      if (before.live.length === release.replicas) return;
    }
    progress(`starting ${release.replicas} ${release.replicas === 1 ? 'process' : 'processes'}`);
    const next = this.#start(release, false);
    try {
      await next.started();
    } catch (error) {
      await this.#retire(next);
      const restored = before !== undefined && before.live.length > 0;
      const { message } = error as Error;
      throw new StartFailure(message, next.tail.length > 0 ? next.tail : [message], restored);
    }
    this.#current = next;
    this.#changed();
    this.#log.write('flotilla', `release ${release.hash} is live`);
    if (before) void this.#drain(before);
  }

  status(): { phase: 'live' | 'failed' | 'releasing'; hash: string | null; replicas: ReplicaStatus[] } {
    const generation = this.#current;
    if (!generation) return { phase: this.#generations.size ? 'releasing' : 'failed', hash: null, replicas: [] };
    const { replicas, live } = generation;
    const failing = replicas.some((replica) => replica.loops && replica.state !== 'live');
    return {
      phase: live.length === replicas.length ? 'live' : failing ? 'failed' : 'releasing',
      hash: generation.release.hash,
      replicas: replicas.map(({ id, port, state, restarts }) => ({ pid: id?.pid ?? null, port, state, restarts })),
    };
  }

  processes(): ProcessId[] {
    return [...this.#generations].flatMap(({ replicas }) => replicas.flatMap(({ id }) => id ?? []));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#generations].map((generation) => this.#retire(generation)));
    this.#proxy.close();
  }

  #start(release: ServiceRelease, persistent: boolean): Generation {
    const folder = releaseFolder(this.#folder, release.hash);
    const [log, timers, onChange] = [this.#log, this.#timers, () => this.#changed()];
    const generation = new Generation({ release, folder, log, timers, persistent, onChange });
    this.#generations.add(generation);
    return generation;
  }

  #changed(): void {
    this.#proxy.use(this.#current?.ports ?? []);
    this.#onChange();
  }

  /** Lets the connections of what ran before come to their end, but not for ever. */
  async #drain(generation: Generation): Promise<void> {
    const { ports } = generation;
    const { now, delay } = this.#timers;
    const { signal } = this.#closing;
    const deadline = now() + GRACE;
    while (!signal.aborted && now() < deadline && this.#proxy.connections(ports) > 0) await delay(50, signal);
    await this.#retire(generation);
  }

  async #retire(generation: Generation): Promise<void> {
    await generation.stop();
    this.#generations.delete(generation);
    this.#onChange();
  }
}
