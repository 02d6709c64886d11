import { stateText } from '../model/canonical.ts';
import type { Event, Lease } from '../model/state.ts';
import { foldEnvironment } from './fold.ts';
import { appendEvents } from './journal.ts';
import { environmentPath } from './state-paths.ts';
import type { Store } from './store.ts';
import { writeState } from './write-state.ts';

export interface UnlockOptions {
  actor: string;
  run: string;
  clock: () => Date;
  random: () => number;
  delay: (milliseconds: number) => Promise<void>;
}

/** Ends whatever lease an environment has, with an event; gives the lease that it ended, null when there was none. */
export async function unlock(store: Store, environment: string, options: UnlockOptions): Promise<Lease | null> {
  const { actor, run, clock, random, delay } = options;
  const id = `${run}-unlock-${Math.floor(random() * 36 ** 8).toString(36)}`;
  let ended: Lease | null = null;
  await writeState<'free'>({ store, environment, random, delay }, async (state) => {
    const now = foldEnvironment(state.files, environment);
    if (!now?.lease) return { stop: 'free' };
    ended = now.lease;
    const event: Event = {
      id,
      at: clock().toISOString(),
      kind: 'lease.unlocked',
      environment,
      actor,
      run,
      commit: null,
      message: `from ${ended.run}`,
      data: { run: ended.run, actor: ended.actor, acquired: ended.acquired },
    };
    const additions = appendEvents(state, environment, [event], clock());
    additions.set(environmentPath(environment), stateText({ ...now, serial: now.serial + 1, lease: null }));
    return { headline: `${environment}: lease ended by ${actor}`, lines: [`Run: ${run}`], additions, deletions: [] };
  });
  return ended;
}
