import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DeployError, TransientError } from '../../model/errors.ts';
import type { Account, StepRun } from '../../provider-kit/provider.ts';
import { ask, NoAnswer, NoRunner, Refused } from './control-client.ts';
import { createInstance, removeInstance } from './instance-folder.ts';
import { launchRunner } from './launch-runner.ts';
import { besideFolder, environmentFolder, instanceFolder, logFile, type Place } from './layout.ts';
import { acquire } from './lock.ts';
import { newestLines } from './newest-lines.ts';
import type { Status } from './protocol.ts';
import type { Release } from './release.ts';
import { readState, type State } from './state-file.ts';

/** What is known of an instance: its state file if that is ours, and what its runner says if it answers. */
export interface Sight {
  state: State | undefined;
  status: Status | undefined;
}

/** What planning gets. */
export interface LocalReader {
  /** Names of the instances of a kind, ours or not. */
  names(place: Omit<Place, 'name'>): string[];
  /** Undefined when there is nothing. */
  look(place: Place): Promise<Sight | undefined>;
  /** The newest lines that it printed, oldest first. */
  logs(place: Place, lines: number): string[];
}

/** What apply gets. All but `locked` want the instance's lock to be held. */
export interface LocalWriter extends LocalReader {
  /** Runs `work` when nobody else, in whichever process, works on this instance. */
  locked<T>(place: Place, run: StepRun, work: () => Promise<T>): Promise<T>;
  folder(place: Place): string;
  create(place: Place): Promise<State>;
  /** Starts the runner if need be and has it run the release. Throws DeployError when that does not become live. */
  apply(place: Place, state: State, release: Release, run: StepRun): Promise<Status>;
  /** Processes, socket, folder: nothing is left. */
  remove(place: Place): Promise<void>;
  delay(milliseconds: number): Promise<void>;
}

export function localReader({ home }: Account): LocalReader {
  return {
    names({ fleet, environment, kind }) {
      const parent = environmentFolder(home, { fleet, environment });
      if (!existsSync(parent)) return [];
      return readdirSync(parent, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && entry.name.startsWith(`${kind}-`))
        .map((entry) => entry.name.slice(kind.length + 1));
    },
    async look(place) {
      const folder = instanceFolder(home, place);
      if (!existsSync(folder) || readdirSync(folder).length === 0) return undefined;
      const state = readState(folder);
      return { state, status: state && (await statusOf(state)) };
    },
    logs: (place, lines) => newestLines(logFile(instanceFolder(home, place)), lines),
  };
}

export function localWriter(account: Account): LocalWriter {
  const { home, delay } = account;
  const folderOf = (place: Place): string => instanceFolder(home, place);
  const signalOf = (run: StepRun): AbortSignal => AbortSignal.any([run.signal, account.signal]);
  return {
    ...localReader(account),
    folder: folderOf,
    delay,
    async locked(place, run, work) {
      const folder = folderOf(place);
      const signal = signalOf(run);
      const onWait = (pid: number): void => run.progress(`waiting for another run (process ${pid}) that works on it`);
      try {
        const giveBack = await lockInstance(folder, { delay, signal, onWait });
        try {
          return await work();
        } finally {
          giveBack();
          await removeEmptyParents(folder);
        }
      } catch (error) {
        if (!signal.aborted) throw error;
        throw new TransientError(`${place.kind}/${place.name}: interrupted`, { cause: error });
      }
    },
    create: (place) => createInstance(folderOf(place), place),
    async apply(place, state, release, run) {
      const signal = signalOf(run);
      await launchRunner(folderOf(place), state, { signal, delay });
      const onProgress = (message: string): void => run.progress(message);
      try {
        return await ask(state.socket, { do: 'apply', release }, { signal, timeout: 0, onProgress });
      } catch (error) {
        throw applyError(error, place);
      }
    },
    remove: (place) => removeInstance(folderOf(place), place, delay),
  };
}

async function statusOf(state: State): Promise<Status | undefined> {
  try {
    return await ask(state.socket, { do: 'status' });
  } catch (error) {
    if (error instanceof NoRunner || error instanceof NoAnswer || error instanceof Refused) return undefined;
    throw error;
  }
}

/** The parents may go, with a neighbour that is removed, until the lock is in them. */
async function lockInstance(folder: string, options: Parameters<typeof acquire>[1]): Promise<() => void> {
  for (;;) {
    await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
    try {
      return await acquire(besideFolder(folder, 'lock'), options);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/** The environment's folder and the fleet's go with what was last in them. */
async function removeEmptyParents(folder: string): Promise<void> {
  try {
    await rmdir(dirname(folder));
    await rmdir(dirname(dirname(folder)));
  } catch {
    // There is more in it.
  }
}

function applyError(error: unknown, { kind, name }: Place): unknown {
  if (error instanceof NoRunner || error instanceof NoAnswer)
    return new TransientError(`${kind}/${name}: ${error.message}`, { cause: error });
  if (!(error instanceof Refused)) return error;
  const { message, log, restored, deploy } = error.failed;
  if (!deploy) return new TransientError(`${kind}/${name}: ${message}`);
  const unheard = message.includes('nothing listens');
  return new DeployError(`${kind}/${name} did not become live: ${message}`, {
    ...(unheard ? { mend: 'have the service listen on 127.0.0.1 at the port in the environment variable PORT' } : {}),
    log,
    restored,
  });
}
