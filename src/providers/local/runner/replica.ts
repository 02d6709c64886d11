import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { processId, stopGroup, type ProcessId } from '../process-id.ts';
import type { ReplicaStatus } from '../protocol.ts';
import type { ServiceRelease } from '../release.ts';
import { backoff, CRASH_LOOP, STEADY } from './backoff.ts';
import { claimPort, isFree, LOOPBACK, type PortClaim } from './claim-port.ts';
import { probe } from './health.ts';
import { lineSplitter } from './rotating-log.ts';
import type { Timers } from './timers.ts';

export interface ReplicaOptions {
  /** Counts from 1; the process finds it in FLOTILLA_REPLICA. */
  number: number;
  folder: string;
  release: ServiceRelease;
  timers: Timers;
  /** What its process may take to end after TERM; milliseconds. */
  grace: number;
  /** Start again also when it was never healthy: for a release that is known to be good. */
  persistent: boolean;
  onLine(line: string): void;
  /** What the supervisor has to say of it. */
  onNote(message: string): void;
  /** Called, before anything else happens, when its process or its state is another. */
  onChange(): void;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

interface Ended {
  reason: string;
  /** How long it ran; milliseconds. */
  ran: number;
  /** Somebody else listens on the port that it was given. */
  portLost?: boolean;
}

/** One process of a service, kept running until it is told to stop. */
export class Replica {
  /** Resolves when the process is healthy for the first time, rejects with the reason when the first start failed. */
  readonly first: Promise<void>;
  id: ProcessId | null = null;
  port: number | null = null;
  state: ReplicaStatus['state'] = 'starting';
  restarts = 0;
  #failures = 0;
  #wasLive = false;
  #options: ReplicaOptions;
  #settle: PromiseWithResolvers<void>;
  #stop = new AbortController();
  #ended: Promise<void>;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.#settle = Promise.withResolvers<void>();
    this.first = this.#settle.promise;
    this.first.catch(() => undefined);
    this.#ended = this.#keepRunning();
  }

  /** It fails again and again. */
  get loops(): boolean {
    return this.#failures >= CRASH_LOOP;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#settle.reject(new Error('stopped'));
    if (this.id) await stopGroup(this.id, this.#options.grace, this.#options.timers.delay);
    await this.#ended;
  }

  async #keepRunning(): Promise<void> {
    const { timers, onNote, number, persistent } = this.#options;
    let lost = 0;
    while (!this.#stop.signal.aborted) {
      this.state = 'starting';
      const { reason, ran, portLost } = await this.#runOnce();
      if (this.#stop.signal.aborted) break;
      if (portLost && lost++ < 3) continue;
      this.#settle.reject(new Error(reason));
      if (!this.#wasLive && !persistent) {
        onNote(`process ${number} ${reason}`);
        break;
      }
      this.#failures = ran >= STEADY ? 1 : this.#failures + 1;
      this.restarts++;
      const wait = backoff(this.#failures, timers.random());
      onNote(`process ${number} ${reason}; starting it again in ${(wait / 1000).toFixed(1)} s`);
      this.#become('waiting');
      await timers.delay(wait, this.#stop.signal);
    }
    this.#become('stopped');
  }

  /** From start to end of one process. */
  async #runOnce(): Promise<Ended> {
    const { timers, grace } = this.#options;
    const claim = await claimPort();
    const begun = timers.now();
    const since = (): number => timers.now() - begun;
    if (this.#stop.signal.aborted) {
      claim.release();
      return { reason: 'was stopped', ran: 0 };
    }
    let child: Child;
    try {
      child = this.#spawn(claim);
    } catch (error) {
      // Arguments or environment that the system cannot take, for one.
      claim.release();
      return { reason: `could not start: ${(error as Error).message}`, ran: 0 };
    }
    const over = new AbortController();
    const exit = ended(child).then((reason) => {
      over.abort();
      return reason;
    });
    try {
      const fault = await this.#untilHealthy(claim.port, over.signal);
      if (fault !== undefined) {
        const byItself = over.signal.aborted;
        if (this.id) await stopGroup(this.id, grace, timers.delay);
        if (child.pid !== undefined) reap(child.pid);
        if (!byItself) return { reason: fault, ran: since() };
        return { reason: await exit, ran: since(), portLost: !(await isFree(claim.port)) };
      }
      claim.release();
      this.port = claim.port;
      this.#wasLive = true;
      this.#become('live');
      this.#settle.resolve();
      const reason = await exit;
      // What it has started itself and left behind goes too.
      if (child.pid !== undefined) reap(child.pid);
      return { reason, ran: since() };
    } finally {
      claim.release();
      this.id = null;
      this.port = null;
    }
  }

  #spawn(claim: PortClaim): Child {
    const { release, folder, number, onLine } = this.#options;
    const [program, ...words] = release.command as [string, ...string[]];
    const child = spawn(program, words, {
      cwd: folder,
      env: { ...release.env, PORT: String(claim.port), HOST: LOOPBACK, FLOTILLA_REPLICA: String(number) },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.id = child.pid === undefined ? null : processId(child.pid);
    this.#options.onChange();
    for (const stream of [child.stdout, child.stderr]) {
      const lines = lineSplitter(onLine, Object.values(release.env));
      stream.setEncoding('utf8').on('data', lines.write).on('end', lines.end);
    }
    return child;
  }

  /** Undefined once it is healthy; what is wrong when it ended before or its time is over. */
  async #untilHealthy(port: number, over: AbortSignal): Promise<string | undefined> {
    const { release, timers } = this.#options;
    const deadline = timers.now() + release.startSeconds * 1000;
    const patience = (release.health?.seconds ?? 5) * 1000;
    const ended = aborted(over);
    let fault: string | undefined;
    for (let pause = 5; ; pause = Math.min(pause * 1.5, 250)) {
      await timers.delay(pause, over);
      const left = deadline - timers.now();
      if (left <= 0) return `was not healthy after ${release.startSeconds} s: ${fault}`;
      fault = await Promise.race([probe(port, release.health?.path, Math.min(Math.max(left, 1_000), patience)), ended]);
      if (over.aborted) return 'ended';
      if (fault === undefined) return undefined;
    }
  }

  #become(state: ReplicaStatus['state']): void {
    this.state = state;
    this.#options.onChange();
  }
}

/** Resolves with how a process ended, after all that it printed has been read. */
function ended(child: Child): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      resolve(
        error.code === 'ENOENT'
          ? `could not start: there is no program "${child.spawnfile}"`
          : `could not start: ${error.message}`,
      ),
    );
    child.once('exit', (code, signal) => {
      const reason = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
      // A grandchild may hold the pipes open, so the rest is waited for only briefly.
      const timer = setTimeout(() => resolve(reason), 200);
      child.once('close', () => {
        clearTimeout(timer);
        resolve(reason);
      });
    });
  });
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

function reap(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // Nobody is left of it.
  }
}
