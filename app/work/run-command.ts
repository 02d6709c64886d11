import {
  code,
  createComment,
  failureOf,
  fence,
  inert,
  permissionOf,
  readPullRequest,
  type GitHub,
  type Permission,
} from '../../src/index.ts';
import { RIGHTS } from '../access.ts';
import { HELP, type Command } from '../handlers/slash-command.ts';
import { factsOf } from '../log.ts';
import type { CommandTask } from '../task.ts';
import { answerMarker, earlierTry } from './answered.ts';
import { askPolicy } from './ask-policy.ts';
import { chooseTarget, planTargets, readFleet, type Chosen, type Within } from './choose-target.ts';
import { dispatch, runsPage, type Order } from './dispatch.ts';
import { engineFor } from './engine.ts';
import type { Means } from './means.ts';
import { planCommit } from './plan-commit.ts';

type Work = Exclude<Command, { name: 'help' } | { name: 'mistake' }>;

const MAY_READ: readonly Permission[] = ['read', 'write', 'maintain', 'admin'];
const MAY_WRITE: readonly Permission[] = ['write', 'maintain', 'admin'];
const MAY_MAINTAIN: readonly Permission[] = ['maintain', 'admin'];
const NEEDED: Record<Work['name'], readonly Permission[]> = {
  plan: MAY_WRITE,
  apply: MAY_WRITE,
  // Whose approval counts is for the policy to say.
  approve: MAY_READ,
  rollback: MAY_WRITE,
  destroy: MAY_MAINTAIN,
  unlock: MAY_MAINTAIN,
};

/** Does what a comment asks for and answers it with one comment; twice for the same comment is as good as once. */
export async function runCommand(task: CommandTask, means: Means): Promise<void> {
  const github = means.access.repository(task.place, RIGHTS.command, means.signal);
  const { started, serverUrl } = means;
  const earlier = await earlierTry(task, github, { started, page: runsPage(serverUrl, task.place) });
  if (earlier === 'answered') return;
  const answer = earlier ?? (await carryOut(task, github, means));
  if (answer === undefined) return;
  const { owner, repo } = task.place;
  await createComment(github, { owner, repo }, task.issue, `${answerMarker(task)}\n${answer}`);
  means.log.info(factsOf(task), 'answered');
}

/** Gives the answer; none to a stranger in a repository that has no fleet. */
async function carryOut(task: CommandTask, github: GitHub, means: Means): Promise<string | undefined> {
  const { command, place, actor } = task;
  if (command.name === 'help') return HELP;
  if (command.name === 'mistake') return `${sentence(command.message)}\n\n${HELP}`;
  try {
    const { ports } = engineFor(github, place, means.signal);
    const environment = command.environment;
    // Policy stands on the default branch; who may do what is asked at the moment of use.
    const [fleet, permission] = [
      await readFleet(environment, ports),
      await permissionOf(github, { owner: place.owner, repo: place.repo }, actor),
    ];
    if (!NEEDED[command.name].includes(permission))
      return fleet === 'unconfigured' ? undefined : refusalOf(command.name, permission);
    if (fleet === 'unconfigured')
      return 'The default branch has no `flotilla.yml`. Write one with `npx flotilla init` and commit it.';
    const within = task.isPull ? await pullOf(task, github) : undefined;
    const { name, ...rest } = command;
    const about =
      name === 'plan' ? planTargets(fleet, environment, within) : [chooseTarget(fleet, environment, within)];
    const asking = { actor, permission, place, github };
    for (const target of about) await askPolicy(name, target.environment, { fleet, asking, ports }, means);
    const order = fleet.config.policy ? { for: actor } : {};
    if (name === 'plan') return await plan(task, about, order, { within, github, means });

    const [chosen] = about as [Chosen];
    await dispatch(github, place, { command: name, ...rest, ...order }, chosen);
    return startedOn(name, chosen, runsPage(means.serverUrl, place));
  } catch (error) {
    means.signal.throwIfAborted();
    return failed(error, command.name);
  }
}

/** Live where the workflow can run on the head; else from the record, at once. */
async function plan(
  { place }: CommandTask,
  targets: Chosen[],
  order: Pick<Order, 'for'>,
  { within, github, means }: { within: (Within & { headSha: string }) | undefined; github: GitHub; means: Means },
): Promise<string> {
  if (within && targets.length === 0) return `No environment deploys from ${code(within.baseRef)}.`;
  const recorded = async (because: string): Promise<string> => {
    if (!within) return because;
    const { number: pull, baseRef: base, headSha: commit } = within;
    await planCommit({ kind: 'plan', place, pull, base, commit }, means);
    return `Planned from the record: see the checks. ${because}`;
  };
  if (within?.fork) return recorded('Providers are not asked on behalf of a fork.');
  try {
    for (const target of targets) await dispatch(github, place, { command: 'plan', ...order }, target);
  } catch (error) {
    means.signal.throwIfAborted();
    return recorded(failed(error, 'plan'));
  }
  return targets.map((target) => startedOn('plan', target, runsPage(means.serverUrl, place))).join('\n');
}

async function pullOf({ place, issue }: CommandTask, github: GitHub): Promise<Within & { headSha: string }> {
  return readPullRequest(github, { owner: place.owner, repo: place.repo }, issue);
}

function refusalOf(name: Work['name'], permission: Permission): string {
  const needed = NEEDED[name] === MAY_WRITE ? 'write' : 'maintain or admin';
  return `\`${name}\` needs ${needed} permission on this repository; yours is ${permission}. Nothing was done.`;
}

function startedOn(name: Work['name'], { environment, ref }: Chosen, page: string): string {
  return `\`${name}\` of ${code(environment)} was started on ${code(ref)}: [see its run](${page}).`;
}

/** An error as an answer: what happened and how to mend it. */
function failed(error: unknown, name: string): string {
  const { message, mend } = failureOf(error);
  const lines = fence(message.split('\n').slice(0, 10)).trimEnd();
  return [`\`${name}\` was not started:`, lines, ...(mend ? [sentence(inert(mend))] : [])].join('\n\n');
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
