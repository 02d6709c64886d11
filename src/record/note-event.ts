import { stateText } from '../model/canonical.ts';
import type { EnvironmentState, Event } from '../model/state.ts';
import { foldEnvironment } from './fold.ts';
import { appendEvents } from './journal.ts';
import { newEnvironment } from './new-environment.ts';
import { environmentPath } from './state-paths.ts';
import { writeState, type WriteOptions } from './write-state.ts';

export interface Noting extends Omit<WriteOptions, 'what' | 'known'> {
  fleet: string;
  actor: string;
  run: string;
  clock: () => Date;
}

/** One commit with one line of the journal, outside of any apply; `change` is what it makes of the environment's own file. */
export async function noteEvent(
  { fleet, actor, run, clock, ...writing }: Noting,
  facts: Pick<Event, 'kind' | 'commit' | 'plan' | 'message' | 'data'>,
  change?: (environment: EnvironmentState) => EnvironmentState,
): Promise<void> {
  const { environment, random } = writing;
  const id = `${run}-${facts.kind}-${Math.floor(random() * 36 ** 8).toString(36)}`;
  const event: Event = { id, at: clock().toISOString(), environment, actor, run, ...facts };
  await writeState(writing, async (state) => {
    const additions = appendEvents(state, environment, [event], clock());
    if (change) {
      const now = foldEnvironment(state.files, environment) ?? newEnvironment(fleet, environment);
      additions.set(environmentPath(environment), stateText({ ...change(now), serial: now.serial + 1 }));
    }
    const lines = [`Run: ${run}`, `Actor: ${actor}`];
    return { headline: `${environment}: ${facts.kind.replace('.', ' ')}`, lines, additions, deletions: [] };
  });
}
