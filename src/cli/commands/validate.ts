import { validate } from '../../index.ts';
import { openFleet } from '../open-fleet.ts';
import type { Run } from '../session.ts';

export const run: Run = async (session) => {
  const { environment, console } = session;
  const fleet = await openFleet(session);
  const { config, graphs } = await validate({ commit: fleet.commit, environment }, fleet);
  const environments = graphs.map(({ environment, resources }) => ({
    environment,
    resources: resources.map(({ address }) => address),
  }));
  const lines = environments.map(
    ({ environment, resources }) => `  ${environment}: ${resources.join(', ') || 'nothing'}`,
  );
  const { green, bold } = console.look.colours;
  return {
    exit: 0,
    document: { fleet: config.fleet, environments },
    text: `${green('✓')} ${bold(config.fleet)} is valid\n${lines.join('\n')}\n`,
  };
};
