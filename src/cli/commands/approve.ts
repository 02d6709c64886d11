import { approve, DEFAULT_ENVIRONMENT } from '../../index.ts';
import { openFleet } from '../open-fleet.ts';
import type { Run } from '../session.ts';

export const run: Run = async (session) => {
  const { environment = DEFAULT_ENVIRONMENT } = session;
  const plan = session.args[0] ?? '';
  const fleet = await openFleet(session);
  const { actor, approvals, count } = await approve(environment, plan, fleet);
  const text = `${actor} approved this plan of ${environment}: ${approvals.length} of ${count}.\n`;
  return { exit: 0, document: { environment, plan, actor, approvals, count }, text };
};
