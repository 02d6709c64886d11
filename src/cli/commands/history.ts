import { DEFAULT_ENVIRONMENT, history, renderHistory, renderVerification, verifyHistory } from '../../index.ts';
import { openFleet } from '../open-fleet.ts';
import { count } from '../parse-command-line.ts';
import type { Result, Run, Session } from '../session.ts';

export const run: Run = async (session) => {
  const { flags, console, environment = DEFAULT_ENVIRONMENT } = session;
  if (flags.on('verify')) return verify(session);
  const limit = count(flags, 'limit', 30);
  const fleet = await openFleet(session);
  const events = (await history(environment, fleet)).toReversed().slice(0, limit);
  return { exit: 0, document: { environment, events }, text: renderHistory(console.masked(events), console.look) };
};

async function verify(session: Session): Promise<Result> {
  const { flags, console } = session;
  const actors = flags.list('actor');
  const since = flags.text('since');
  const fleet = await openFleet(session);
  const document = await verifyHistory({ since, ...(actors.length > 0 ? { actors } : {}) }, fleet);
  const exit = document.violations.length > 0 ? 3 : 0;
  return { exit, document, text: renderVerification(console.masked(document), console.look) };
}
