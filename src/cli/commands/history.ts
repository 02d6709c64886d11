import { DEFAULT_ENVIRONMENT, history, renderHistory } from '../../index.ts';
import { openFleet } from '../open-fleet.ts';
import { count } from '../parse-command-line.ts';
import type { Run } from '../session.ts';

export const run: Run = async (session) => {
  const { flags, console, environment = DEFAULT_ENVIRONMENT } = session;
  const limit = count(flags, 'limit', 30);
  const fleet = await openFleet(session);
  const events = (await history(environment, fleet)).toReversed().slice(0, limit);
  return { exit: 0, document: { environment, events }, text: renderHistory(events, console.look) };
};
