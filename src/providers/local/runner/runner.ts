import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { MARK_VARIABLE } from '../process-mark.ts';
import { claimSocketFolder, logFile, startLock } from '../layout.ts';
import { acquire } from '../lock.ts';
import { ownProcessId, type ProcessId, processesMarked, stopGroup } from '../process-id.ts';
import { PROTOCOL, type Reply, type Request, type Status } from '../protocol.ts';
import type { Release } from '../release.ts';
import { KEPT_RELEASES, readState, type State, writeState } from '../state-file.ts';
import { controlServer } from './control.ts';
import { type Host, StartFailure } from './host.ts';
import { GRACE } from './generation.ts';
import { RotatingLog } from './rotating-log.ts';
import { realTimers } from './timers.ts';

/**
 * The runner of the instance in `folder`, listening on its control socket. Whoever listens there is the one runner:
 * undefined when there is another already, or when the instance is gone.
 */
export async function startRunner(folder: string): Promise<Runner | undefined> {
  const giveBack = await acquire(startLock(folder), { delay: realTimers.delay }).catch((error) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!giveBack) return undefined;
  try {
    const state = readState(folder);
    if (!state || (await isListenedOn(state.socket))) return undefined;
    claimSocketFolder(state.socket);
    rmSync(state.socket, { force: true });
    const runner = await createRunner(folder, state);
    await runner.listen();
    return runner;
  } finally {
    giveBack();
  }
}

async function createRunner(folder: string, state: State): Promise<Runner> {
  const log = new RotatingLog(logFile(folder));
  const runner: Runner = new Runner(folder, state, log, await hostFor(state.kind, folder, log, () => runner.save()));
  return runner;
}

/** Each kind's code is loaded only where it is needed: there are as many runners as resources. */
async function hostFor(kind: State['kind'], folder: string, log: RotatingLog, onChange: () => void): Promise<Host> {
  if (kind === 'site') {
    const { SiteHost } = await import('./site-host.ts');
    return new SiteHost(folder, log) as Host;
  }
  const { ServiceHost } = await import('./service-host.ts');
  return new ServiceHost(folder, log, realTimers, onChange) as Host;
}

function isListenedOn(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket, () => {
      connection.destroy();
      resolve(true);
    });
    connection.on('error', () => resolve(false));
  });
}

/** Keeps the state file true and gives the host its orders, one release at a time. */
export class Runner {
  #host: Host;
  #folder: string;
  #state: State;
  #log: RotatingLog;
  #control: Server;
  #queue: Promise<unknown> = Promise.resolve();
  #open = false;
  #ending: Promise<void> | undefined;

  constructor(folder: string, state: State, log: RotatingLog, host: Host) {
    this.#host = host;
    this.#folder = folder;
    this.#state = state;
    this.#log = log;
    this.#control = controlServer((request, progress) => this.#handle(request, progress));
  }

  /** Takes the socket, says so in the state file, and begins to take up what ran before. */
  async listen(): Promise<void> {
    const { socket, runner, children, mark } = this.#state;
    const left = [...children, ...(runner ? processesMarked(MARK_VARIABLE, mark) : [])];
    this.#state.runner = ownProcessId();
    writeState(this.#folder, this.#state);
    this.#control.listen(socket);
    await once(this.#control, 'listening');
    this.#queue = this.#takeUp(left);
  }

  /** Writes what runs now; an instance whose folder somebody has deleted is at its end. */
  save(): void {
    if (this.#ending) return;
    try {
      this.#state.children = this.#host.processes();
      writeState(this.#folder, this.#state);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') void this.end();
      else this.#log.write('flotilla', `cannot write state.json: ${(error as Error).message}`);
    }
  }

  note(message: string): void {
    this.#log.write('flotilla', message);
  }

  /** Stops everything and leaves; what ran is on record, so a later runner can take it up. */
  end(): Promise<void> {
    return (this.#ending ??= this.#end());
  }

  async #end(): Promise<void> {
    await this.#host.close();
    this.#control.close(() => process.exit(0));
    setTimeout(() => process.exit(0), 500).unref();
    Object.assign(this.#state, { runner: null, children: [] });
    try {
      writeState(this.#folder, this.#state);
    } catch {
      // The folder is gone: nothing is to be taken up.
    }
  }

  /** Ends what a killed runner left, then runs what it ran, on the same port if that is still free. */
  async #takeUp(left: ProcessId[]): Promise<void> {
    await Promise.all(left.map((id) => stopGroup(id, GRACE, realTimers.delay)));
    this.save();
    const [release] = this.#state.releases;
    if (!release) return;
    await this.#openPort(release, () => undefined);
    await this.#host.resume(release);
  }

  async #handle(request: Request, progress: (message: string) => void): Promise<Reply> {
    if (request.do === 'status') return { status: this.#status() };
    if (request.do === 'stop') {
      await this.end();
      return { status: this.#status() };
    }
    const turn = this.#queue.then(() => this.#apply(request.release, progress));
    this.#queue = turn.catch(() => undefined);
    try {
      await turn;
      return { status: this.#status() };
    } catch (error) {
      const { message } = error as Error;
      const { log = [], restored = false } = error instanceof StartFailure ? error : {};
      // A runner that has nothing to run goes; the next apply starts one.
      if (this.#state.releases.length === 0) setImmediate(() => void this.end());
      return { failed: { message, log, restored, deploy: error instanceof StartFailure } };
    }
  }

  async #apply(release: Release, progress: (message: string) => void): Promise<void> {
    if (this.#ending) throw new Error('the runner is stopping');
    await this.#openPort(release, progress);
    await this.#host.apply(release, progress);
    const others = this.#state.releases.filter(({ hash }) => hash !== release.hash);
    this.#state.releases = [release, ...others].slice(0, KEPT_RELEASES);
    this.save();
  }

  async #openPort(release: Release, progress: (message: string) => void): Promise<void> {
    if (this.#open) return;
    const before = this.#state.port;
    const preferred = release.kind === 'service' ? release.preferredPort : undefined;
    const port = await this.#host.open([before, preferred]);
    this.#open = true;
    const wanted = before ?? preferred;
    if (wanted !== undefined && port !== wanted) {
      const message = `port ${wanted} is taken by another program; using ${port}`;
      this.note(message);
      progress(message);
    }
    this.#state.port = port;
    this.save();
  }

  #status(): Status {
    const ending = this.#ending !== undefined;
    return { protocol: PROTOCOL, pid: process.pid, ending, port: this.#state.port, ...this.#host.status() };
  }
}
