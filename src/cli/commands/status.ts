import { DEFAULT_ENVIRONMENT, renderStatus, status, type RecordedState } from '../../index.ts';
import { openFleet } from '../open-fleet.ts';
import type { Run } from '../session.ts';

export const run: Run = async (session) => {
  const fleet = await openFleet(session);
  const names = await environmentNames();
  const states = await Promise.all(names.map(async (name) => ({ name, state: await status(name, fleet) })));
  const now = fleet.clock.now().getTime();
  return {
    exit: 0,
    document: { environments: states.map(({ name, state }) => documentOf(name, state)) },
    text: states.map(({ name, state }) => renderStatus(name, state, session.console.look, now)).join('\n'),
  };

  /** The one asked for, else all that were ever applied. */
  async function environmentNames(): Promise<string[]> {
    if (session.environment !== undefined) return [session.environment];
    const { environments } = await status(DEFAULT_ENVIRONMENT, fleet);
    return environments.length > 0 ? environments : [DEFAULT_ENVIRONMENT];
  }
};

function documentOf(environment: string, { environment: facts, resources }: RecordedState) {
  return {
    environment,
    fleet: facts?.fleet ?? null,
    commit: facts?.commit ?? null,
    applied: facts?.applied ?? null,
    outcome: facts?.outcome ?? null,
    lease: facts?.lease ?? null,
    resources: [...resources.values()].flatMap(({ address, instances }) =>
      Object.entries(instances).map(
        ([provider, { phase, region, replicas, outputs, hash, heldBack, error, deployments }]) => ({
          resource: address,
          provider,
          phase,
          region,
          replicas,
          outputs,
          hash,
          heldBack,
          error,
          deployments: deployments.map(({ id, hash, commit, at }) => ({ id, hash, commit, at })),
        }),
      ),
    ),
  };
}
