import { DEFAULT_ENVIRONMENT, permissionOf, publishFailure } from '../../src/index.ts';
import { RIGHTS } from '../access.ts';
import { factsOf, factsOfError } from '../log.ts';
import type { ButtonTask } from '../task.ts';
import { askPolicy } from './ask-policy.ts';
import { chooseTarget, readFleet } from './choose-target.ts';
import { dispatch } from './dispatch.ts';
import { engineFor } from './engine.ts';
import type { Means } from './means.ts';
import { replan } from './replan.ts';

/** A button of one of our checks: a live plan or an apply, by those who may write at this moment. */
export async function pressButton(task: ButtonTask, means: Means): Promise<void> {
  const { place, action, actor, commit, branch, environment: asked } = task;
  const { access, log, signal } = means;
  const github = access.repository(place, RIGHTS.push, signal);
  const permission = await permissionOf(github, { owner: place.owner, repo: place.repo }, actor);
  if (permission === 'none' || permission === 'read')
    return log.info({ ...factsOf(task), actor, permission }, 'refused');

  const { ports, target } = engineFor(github, place, signal);
  const asking = { actor, permission, place, github };
  if (action === 'plan') {
    // Where the workflow cannot run on the head, what the record says is still better than nothing.
    if (branch === undefined) return replan({ kind: 'replan', place, commit }, means);
    try {
      const fleet = await readFleet(asked, ports);
      const isRuled = fleet !== 'unconfigured' && fleet.config.policy !== undefined;
      if (isRuled) await askPolicy('plan', asked ?? DEFAULT_ENVIRONMENT, { fleet, asking, ports }, means);
      const order = isRuled ? { for: actor } : {};
      return await dispatch(github, place, { command: 'plan', ...order }, { environment: asked ?? '', ref: branch });
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ ...factsOf(task), ...factsOfError(error) }, 'could not dispatch');
      return replan({ kind: 'replan', place, commit }, means);
    }
  }
  try {
    const fleet = await readFleet(asked, ports);
    if (fleet === 'unconfigured') return;
    const chosen = chooseTarget(fleet, asked, undefined);
    await askPolicy('apply', chosen.environment, { fleet, asking, ports }, means);
    const order = fleet.config.policy ? { for: actor } : {};
    await dispatch(github, place, { command: 'apply', ...order }, chosen);
    log.info({ ...factsOf(task), actor }, 'dispatched');
  } catch (error) {
    signal.throwIfAborted();
    await publishFailure(error, 'apply', { commit, ...(asked ? { environment: asked } : {}) }, ports, target);
  }
}
