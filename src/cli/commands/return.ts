import { authorize, bringBack } from '../../index.ts';
import { addressOf, inEnvironment, openFleet } from '../open-fleet.ts';
import type { Run } from '../session.ts';

export const run: Run = async (session) => {
  const resource = addressOf(session.args[0] ?? '');
  const fleet = await openFleet(session);
  const { to, cautions } = await inEnvironment(session, fleet, async (environment) => {
    const told = await authorize('apply', { environment, commit: fleet.commit }, fleet);
    return { ...(await bringBack(environment, resource, fleet)), cautions: told };
  });
  const text = `${cautions.map((line) => `${line}\n`).join('')}${resource} goes back to ${to} with the next apply, or health run that heals\n`;
  return { exit: 0, document: { resource, to }, text };
};
