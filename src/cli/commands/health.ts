import { checkHealth, exitOfHealth, renderHealth } from '../../index.ts';
import { liveProgress } from '../live-progress.ts';
import { inEnvironment, openFleet } from '../open-fleet.ts';
import type { Run } from '../session.ts';
import { UsageError } from '../usage-error.ts';

export const run: Run = async (session) => {
  const { console, flags, json } = session;
  const every = secondsOf(flags.text('watch'));
  using progress = liveProgress(console, json);
  const fleet = await openFleet(session, progress.on);
  const { commit } = fleet;
  for (;;) {
    const outcome = await inEnvironment(session, fleet, (environment) =>
      checkHealth({ commit, environment, basis: 'live', heal: flags.on('heal'), every: every && every * 1000 }, fleet),
    );
    progress.rest();
    const text = renderHealth(outcome, console.look);
    if (every === undefined || fleet.signal.aborted) return { exit: exitOfHealth(outcome), document: outcome, text };
    console.err(text);
    await fleet.clock.delay(every * 1000);
    if (fleet.signal.aborted) return { exit: exitOfHealth(outcome), document: outcome, text: '' };
  }
};

/** Ten seconds at least: each round asks every endpoint. */
function secondsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 10)
    throw new UsageError(`--watch takes whole seconds from 10, found "${text}"`, 'write for instance --watch 60');
  return seconds;
}
