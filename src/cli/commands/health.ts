import { setTimeout as wait } from 'node:timers/promises';
import { checkHealth, exitOfHealth, publishHealth, renderHealth, type HealthOutcome } from '../../index.ts';
import { liveProgress } from '../live-progress.ts';
import { inEnvironment, openFleet, type Fleet } from '../open-fleet.ts';
import type { Run } from '../session.ts';
import { UsageError } from '../usage-error.ts';

export const run: Run = async (session) => {
  const { console, flags, json } = session;
  const every = secondsOf(flags.text('watch'));
  const heal = flags.on('heal');
  using progress = liveProgress(console, json);
  const fleet = await openFleet(session, progress.on);
  for (;;) {
    const outcome = await inEnvironment(session, fleet, (environment) => round(fleet, { environment, heal, every }));
    progress.rest();
    const result = {
      exit: exitOfHealth(outcome),
      document: outcome,
      text: json ? '' : renderHealth(console.masked(outcome), console.look),
    };
    if (every === undefined) return result;
    console.err(result.text);
    await wait(every * 1000, undefined, { signal: fleet.signal }).catch(() => {});
    if (fleet.signal.aborted) return { ...result, text: '' };
  }
};

interface Round {
  environment: string;
  heal: boolean;
  every: number | undefined;
}

/** On GitHub people are told; on a machine of one's own the record is enough. */
async function round(fleet: Fleet, { environment, heal, every }: Round): Promise<HealthOutcome> {
  const { commit, target } = fleet;
  const basis = 'live';
  const request = { environment, basis, heal, every: every && every * 1000 } as const;
  if (!target || commit === null) return checkHealth({ ...request, commit }, fleet);
  const { outcome, error } = await publishHealth({ ...request, commit }, fleet, target);
  if (!outcome) throw error;
  return outcome;
}

/** Ten seconds at least: each round asks every endpoint. */
function secondsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 10)
    throw new UsageError(`--watch takes whole seconds from 10, found "${text}"`, 'write for instance --watch 60');
  return seconds;
}
