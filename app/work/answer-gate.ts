import { failureOf, isPreview, PolicyError, requireBranch, reviewGate, tagOf } from '../../src/index.ts';
import { RIGHTS } from '../access.ts';
import { factsOf } from '../log.ts';
import type { GateTask } from '../task.ts';
import { askPolicy } from './ask-policy.ts';
import { readFleet, type Fleet } from './choose-target.ts';
import { engineFor } from './engine.ts';
import type { Means } from './means.ts';

/**
 * Answers a job that waits to deploy: whether it deploys the environment's branch, and whoever set its run off may apply to it now. Approvals are no part
 * of it, since there is no plan yet: the apply itself asks for them. What cannot be judged is refused, and says why.
 */
export async function answerGate(task: GateTask, means: Means): Promise<void> {
  const { place, environment, run, actor, ref } = task;
  const github = means.access.repository(place, RIGHTS.gate, means.signal);
  const { ports } = engineFor(github, place, means.signal);
  const repository = { owner: place.owner, repo: place.repo };
  const answer = (state: 'approved' | 'rejected', comment: string) =>
    reviewGate(github, repository, { run, environment, state, comment });
  try {
    const fleet = await readFleet(environment, ports);
    if (fleet !== 'unconfigured') {
      const name = ours(environment, fleet);
      if (ref !== undefined) requireBranch(fleet.config, name, ref.replace(/^refs\/heads\//, ''), fleet.defaultBranch);
      await askPolicy('apply', name, { fleet, asking: { actor, place, github }, ports }, means);
    }
    await answer('approved', `The policy lets ${actor} apply to ${environment} now.`);
  } catch (error) {
    means.signal.throwIfAborted();
    const tag = tagOf(error);
    if (tag !== 'policy' && tag !== 'config') throw error;
    const { message, mend } = failureOf(error);
    await answer('rejected', `${message}${mend ? ` To mend it: ${mend}` : ''}`.slice(0, LONGEST));
  }
  means.log.info({ ...factsOf(task), environment, actor }, 'answered');
}

/**
 * Our name of one of GitHub's environments, which are the same in large and small letters: the rules of `production` hold for
 * `Production`. PolicyError for one that is not ours, of which no rule says anything.
 */
function ours(environment: string, { config }: Fleet): string {
  const small = environment.toLowerCase();
  if (Object.hasOwn(config.environments, small) || isPreview(config, small)) return small;
  throw new PolicyError(`the default branch's flotilla.yml has no environment ${environment}`, {
    mend: 'add it there, or take this rule off the environment in the settings on GitHub',
  });
}

/** Of a comment, in characters. */
const LONGEST = 1_000;
