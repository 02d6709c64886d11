import { authorize, DEFAULT_ENVIRONMENT, status, unlock, visible } from '../../index.ts';
import { confirm, requireAnswer } from '../confirm.ts';
import { openFleet } from '../open-fleet.ts';
import type { Run } from '../session.ts';

export const run: Run = async (session) => {
  requireAnswer(session, 'unlock');
  const { environment = DEFAULT_ENVIRONMENT } = session;
  const fleet = await openFleet(session);
  const lease = (await status(environment, fleet)).environment?.lease ?? null;
  if (!lease) return { exit: 0, document: { environment, ended: null }, text: `No run holds ${environment}.\n` };
  const holder = `${visible(lease.actor)}'s run ${visible(lease.run)}, since ${lease.acquired}`;
  if (!(await confirm(session, `${environment} is held by ${holder}. End its lease?`)))
    return { exit: 1, document: { environment, ended: null }, text: 'Nothing was changed.\n' };
  const cautions = await authorize('unlock', { environment, commit: fleet.commit }, fleet);
  const { clock, run } = fleet;
  const ended = await unlock(fleet.store, environment, {
    ...run,
    clock: clock.now,
    random: clock.random,
    delay: clock.delay,
  });
  return {
    exit: 0,
    document: { environment, ended },
    text: [...cautions, ended ? `The lease of ${holder} is ended.` : `No run holds ${environment} any more.`, ''].join(
      '\n',
    ),
  };
};
