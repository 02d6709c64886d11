import { beat } from '../../index.ts';
import { addressOf, inEnvironment, openFleet } from '../open-fleet.ts';
import type { Run } from '../session.ts';

export const run: Run = async (session) => {
  const resource = addressOf(session.args[0] ?? '');
  const fleet = await openFleet(session);
  const { at } = await inEnvironment(session, fleet, (environment) => beat(environment, resource, fleet));
  return { exit: 0, document: { resource, at }, text: `${resource} reported at ${at}\n` };
};
