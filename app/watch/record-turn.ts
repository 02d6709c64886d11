import { publishHealth, tagOf, type Clock, type FleetView, type Round } from '../../src/index.ts';
import { RIGHTS, type Access } from '../access.ts';
import { factsOfError, type Log } from '../log.ts';
import type { Place } from '../task.ts';
import { dispatch } from '../work/dispatch.ts';
import { engineFor } from '../work/engine.ts';

export interface RecordMeans {
  access: Access;
  log: Log;
  clock: Clock;
  /** Milliseconds between beats. */
  heartbeat: number;
  /** `public`: nothing on the network of this machine is asked. */
  reach: 'public' | undefined;
}

/**
 * Records what the rounds confirm by the engine's own health run, which judges them by the record as it is now: one commit,
 * the issue, the check. The App heals nothing: for a resource with `failover` the repository's workflow is asked to, once
 * an incident. It is asked to look for itself, too, where the App may not write the record.
 */
export async function recordTurn(
  place: Place,
  view: FleetView,
  rounds: readonly Round[],
  signal: AbortSignal,
  { access, log, clock, heartbeat: every, reach }: RecordMeans,
): Promise<void> {
  const { environment, commit, watched } = view;
  const facts = { repository: `${place.owner}/${place.repo}`, environment };
  const { ports, target } = engineFor(access.repository(place, RIGHTS.record, signal), place, signal, clock);
  const request = { commit, environment, basis: 'recorded', heal: false, every, rounds, reach } as const;
  let because: string | undefined;
  try {
    const { outcome, error } = await publishHealth(request, ports, target);
    if (!outcome) throw error;
    const { opened, closed, commits, notes } = outcome;
    log.info({ ...facts, opened: opened.length, closed: closed.length, commits, notes }, 'recorded health');
    const healed = opened.filter(({ resources }) => resources.some((resource) => watched.policies.has(resource)));
    because = healed[0]?.id;
  } catch (error) {
    signal.throwIfAborted();
    const mayNot = ['credential', 'unsupported'].includes(tagOf(error));
    if (!mayNot) throw error;
    log.warn(
      { ...facts, ...factsOfError(error) },
      'may not record health: accept the permissions that the App asks for',
    );
    because = 'what the App may not record';
  }
  if (because === undefined) return;
  const github = access.repository(place, RIGHTS.dispatch, signal);
  const ref = view.config.environments[environment]?.branch ?? view.defaultBranch;
  await dispatch(github, place, { command: 'health' }, { environment, ref });
  log.info({ ...facts, because }, 'dispatched health');
}
