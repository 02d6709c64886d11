import { TransientError } from '../model/errors.ts';
import type { Incident } from '../model/incident.ts';
import type { RecordedState } from '../model/state.ts';
import type { StatePart, StateSnapshot, Store } from './store.ts';

/** The state branch's README as it was, with one environment's section rewritten. */
export type RenderReadme = (
  previous: string | undefined,
  environment: string,
  state: RecordedState,
  glance: { incidents: readonly Incident[] },
) => string;

/** What one commit changes. */
export interface StateEdit {
  headline: string;
  lines: readonly string[];
  additions: ReadonlyMap<string, string>;
  deletions: readonly string[];
}

export interface WriteOptions {
  store: Store;
  environment: string;
  /** What the edit is tried on first; read when absent. */
  known?: StateSnapshot | undefined;
  /** What the edit is a function of; default `shared`. */
  what?: StatePart;
  random: () => number;
  /** Milliseconds. */
  delay: (milliseconds: number) => Promise<void>;
}

/** Lost races in a row before giving up: minutes, with the waits below. */
const TRIES = 150;
const FIRST_WAIT = 50;
const LONGEST_WAIT = 4_000;

/**
 * Writes one commit: the edit is a function of files that others write too, made again from fresh ones after every lost race,
 * so nobody's lines are lost. The edit may end it instead by `{ stop }`.
 */
export async function writeState<T = never>(
  options: WriteOptions,
  edit: (state: StateSnapshot) => Promise<StateEdit | { stop: T }>,
): Promise<{ written: StateSnapshot } | { stop: T }> {
  const { store, environment, what = 'shared' } = options;
  let state = options.known ?? (await store.readState(environment, what));
  for (let lost = 0; lost < TRIES; lost++) {
    const change = await edit(state);
    if ('stop' in change) return change;
    const result = await store.commit({
      expectedHead: state.head,
      headline: change.headline,
      body: change.lines.join('\n'),
      additions: change.additions,
      deletions: change.deletions,
    });
    if (result !== 'conflict') return { written: after(state, result.head, change, options) };
    await options.delay(options.random() * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** lost));
    state = await store.readState(environment, what);
  }
  throw new TransientError(`${TRIES} writes to the state branch lost the race to other writers`, {
    mend: 'run it again when fewer runs write to the state branch at once',
  });
}

/** The files as our own commit left them, so that the next one needs no reading. */
function after(
  state: StateSnapshot,
  head: string,
  change: StateEdit,
  { environment, what = 'shared' }: WriteOptions,
): StateSnapshot {
  const kept = (path: string) => what !== 'shared' || !path.includes('/resources/');
  const files = new Map([...state.files].filter(([path]) => kept(path)));
  for (const path of change.deletions) files.delete(path);
  const journals = new Set(state.journals);
  for (const [path, text] of change.additions) {
    if (!kept(path)) continue;
    files.set(path, text);
    if (path.startsWith(`${environment}/events/`)) journals.add(path);
  }
  const environments = new Set([...state.environments, environment]);
  return { head, files, journals: [...journals].toSorted(), environments: [...environments] };
}
