import {
  firstGuess,
  locateEnvironments,
  publishFailure,
  publishPlan,
  requestsSent,
  tagOf,
  type Trigger,
} from '../../src/index.ts';
import { RIGHTS } from '../access.ts';
import { factsOf } from '../log.ts';
import type { PlanTask } from '../task.ts';
import { engineFor } from './engine.ts';
import type { Means } from './means.ts';

/**
 * Posts a plan check for each environment that the base branch deploys, from the files of the commit and the record:
 * no provider is asked. A commit without a config costs one read and gets none.
 */
export async function planCommit(task: PlanTask, { access, log, signal }: Means): Promise<void> {
  const { place, commit, pull, base } = task;
  const github = access.repository(place, RIGHTS.plan, signal);
  const { ports, target } = engineFor(github, place, signal);
  const trigger: Trigger = { kind: 'pull-request', number: pull, base };
  const located = await locateEnvironments(trigger, commit, ports).catch(async (error: unknown) => {
    // Only what the author can mend becomes a check; the rest is tried again by the sweep.
    if (tagOf(error) !== 'config') throw error;
    await publishFailure(error, 'plan', { commit, environment: firstGuess(trigger) }, ports, target);
    return undefined;
  });
  if (located === undefined) return;
  if (located === 'unconfigured') return log.debug(factsOf(task), 'no config');

  const told = { allow: new Map(), redeploy: new Set<never>(), intent: { kind: 'converge' } as const };
  for (const { environment, known } of located.environments) {
    const published = await publishPlan({ commit, environment, known, basis: 'recorded', ...told }, ports, target);
    if (!published.posted) log.warn({ ...factsOf(task), environment }, 'may not write checks');
  }
  const requests = requestsSent(github);
  log.info({ ...factsOf(task), requests }, 'planned');
}
