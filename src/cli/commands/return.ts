import { bringBack } from '../../index.ts';
import { addressOf, inEnvironment, openFleet } from '../open-fleet.ts';
import type { Run } from '../session.ts';

export const run: Run = async (session) => {
  const resource = addressOf(session.args[0] ?? '');
  const fleet = await openFleet(session);
  const { to } = await inEnvironment(session, fleet, (environment) => bringBack(environment, resource, fleet));
  const text = `${resource} goes back to ${to} with the next apply, or health run that heals\n`;
  return { exit: 0, document: { resource, to }, text };
};
