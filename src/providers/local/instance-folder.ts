import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ConflictError } from '../../model/errors.ts';
import { MARK_VARIABLE } from './process-mark.ts';
import { ask } from './control-client.ts';
import { besideFolder, markOf, type Place, socketPath, startLock } from './layout.ts';
import { acquire } from './lock.ts';
import { processesMarked, stopGroup } from './process-id.ts';
import { readState, type State, writeState } from './state-file.ts';

/** What a runner may take to stop all of its processes; milliseconds. */
const STOP_LIMIT = 20_000;

type Delay = (milliseconds: number) => Promise<void>;

/** Makes an instance's folder. It appears with its state file in it or not at all: one without would be foreign. */
export async function createInstance(folder: string, { fleet, environment, kind, name }: Place): Promise<State> {
  await sweep(folder);
  const mark = markOf(folder);
  const state: State = {
    format: 1,
    fleet,
    environment,
    kind: kind as State['kind'],
    name,
    mark,
    socket: socketPath(mark),
    port: null,
    releases: [],
    runner: null,
    children: [],
  };
  const fresh = besideFolder(folder, `new-${randomBytes(4).toString('hex')}`);
  await mkdir(fresh, { mode: 0o700 });
  writeState(fresh, state);
  await rename(fresh, folder);
  return state;
}

/** Ends every process of an instance and takes its socket and folder away. Not there is success; foreign is refused. */
export async function removeInstance(folder: string, { kind, name }: Place, delay: Delay): Promise<void> {
  await sweep(folder);
  if (!existsSync(folder)) return;
  if (!readState(folder)) throw foreign(folder, `${kind}/${name}`);
  // While this is held, no runner can take the socket.
  const giveBack = await acquire(startLock(folder), { delay });
  try {
    const state = readState(folder) as State;
    await ask(state.socket, { do: 'stop' }, { timeout: STOP_LIMIT }).catch(() => undefined);
    if (state.runner) await stopGroup(state.runner, STOP_LIMIT, delay);
    const { children } = readState(folder) ?? state;
    const marked = [state.mark, `${state.mark}-build`].flatMap((mark) => processesMarked(MARK_VARIABLE, mark));
    await Promise.all([...children, ...marked].map((id) => stopGroup(id, 5_000, delay)));
    await rm(state.socket, { force: true });
    const gone = besideFolder(folder, `gone-${randomBytes(4).toString('hex')}`);
    await rename(folder, gone);
    await rm(gone, { recursive: true, force: true });
  } finally {
    giveBack();
  }
}

export function foreign(folder: string, address: string): ConflictError {
  return new ConflictError(`${folder} exists and is not a folder that Flotilla made for ${address}`, {
    mend: 'move it away, or give the resource another name',
  });
}

/** Takes away what a killed run left of making or removing this instance. */
async function sweep(folder: string): Promise<void> {
  const parent = dirname(folder);
  if (!existsSync(parent)) return;
  const left = ['new', 'gone'].map((what) => basename(besideFolder(folder, `${what}-`)));
  for (const entry of readdirSync(parent))
    if (left.some((start) => entry.startsWith(start))) await rm(join(parent, entry), { recursive: true, force: true });
}
