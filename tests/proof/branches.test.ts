/** What only the default branch may say, against branches that say otherwise: what deploys which environment, what is a passing copy, who may be asked. */
import { expect, test } from 'vitest';
import { taskOf, type RunnerEvent } from '../../src/action/event.ts';
import { previewsOf } from '../../src/action/previews.ts';
import { authorize } from '../../src/authorize.ts';
import { apply, locateEnvironments, type Trigger } from '../../src/index.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { mayAskPrivate } from '../../src/judge-policy.ts';
import { FULL_NAME, proofWorld, requestFor, type ProofWorld } from './world.ts';

const OURS = `environments:
  production: { branch: main }
  staging: { branch: staging }
  eu-7: {}
  preview: { pull_requests: true }
policy: { eu-7: { destroy: none, guards: { delete-protected: none } } }
`;

async function branches(theirs: string): Promise<ProofWorld & { evil: string }> {
  const world = await proofWorld();
  const fleet = (rest: string) => ({
    'flotilla.yml': `fleet: proof
providers: { sandbox: { endpoint: "${world.cloud.url}" } }
services: { api: { source: { image: nginx } } }
${rest}`,
  });
  await world.push(fleet(OURS));
  const { sha } = await world.github.push(FULL_NAME, { branch: 'evil', files: fleet(theirs), message: 'mine' });
  return Object.assign(world, { evil: sha });
}

/** Environments that a trigger is about at the commit of the other branch. */
async function located({ open, evil }: { open: ProofWorld['open']; evil: string }, trigger: Trigger) {
  const found = await locateEnvironments(trigger, evil, open(1).ports);
  if (found === 'unconfigured') throw new Error('there is a config');
  return found.environments.map(({ environment }) => environment);
}

test('a branch does not make itself the one that deploys', async () => {
  await using world = await branches('environments: { production: { branch: evil }, mine: { branch: evil } }\n');
  expect(await located(world, { kind: 'push', branch: 'evil' })).toEqual([]);
  // A plan may be made of anything.
  expect(await located(world, { kind: 'asked', environment: 'production' })).toEqual(['production']);
  for (const branch of ['evil', 'refs/tags/main'])
    await expect(located(world, { kind: 'asked', environment: 'production', branch })).rejects.toMatchObject({
      tag: 'policy',
      message: expect.stringContaining(
        `flotilla.yml:5 environments.production: it is applied from the branch main, and this run is on ${branch}`,
      ),
    });
  await expect(located(world, { kind: 'asked', environment: 'mine', branch: 'evil' })).rejects.toThrow(
    'environments.mine: the default branch has no such environment',
  );
});

test('what is asked for on a branch, a tag or by a schedule is of that branch; a copy of a pull request has none', async () => {
  const inputs = { command: 'apply', environment: 'staging', resource: undefined, to: undefined };
  const event = (name: string, ref: string): RunnerEvent => ({ name, payload: {}, sha: 'a', ref, stateBranch: 's' });
  const triggerOf = (...of: Parameters<typeof taskOf>) => (taskOf(...of) as { trigger: Trigger }).trigger;
  const dispatched = (ref: string) => triggerOf(event('workflow_dispatch', ref), inputs);
  expect(dispatched('refs/heads/x/y')).toEqual({ kind: 'asked', environment: 'staging', branch: 'x/y' });
  expect(dispatched('refs/tags/staging')).toMatchObject({ branch: 'refs/tags/staging' });
  expect(triggerOf(event('push', 'refs/heads/x'), inputs)).toMatchObject({ kind: 'asked', branch: 'x' });
  const scheduled = { ...inputs, environment: undefined };
  expect(triggerOf(event('schedule', 'refs/heads/main'), scheduled)).toEqual({ kind: 'push', branch: 'main' });

  await using world = await branches(OURS);
  expect(await located(world, { kind: 'asked', environment: 'preview-3', branch: 'evil' })).toEqual(['preview-3']);
});

test('a branch does not turn an environment into a passing copy, which anybody may destroy', async () => {
  await using world = await branches(
    'environments: { production: { branch: main }, eu: { pull_requests: true }, staging: { branch: staging } }\n',
  );
  const { people, ...rest } = world.open(2).ports;
  const ports = { ...rest, people: people && { ...people, asker: async () => ({ login: 'eve' }) } };
  const trigger: Trigger = { kind: 'pull-request', number: 7, base: 'main' };
  const found = await locateEnvironments(trigger, world.evil, ports);
  if (found === 'unconfigured') throw new Error('there is a config');
  const task = { command: 'plan', intent: { kind: 'converge' }, trigger, commit: world.evil, basis: 'live' } as const;
  const previews = await previewsOf({ ...task, previews: 'deploy' }, found, ports);
  expect(previews.map(({ environment }) => environment)).toEqual(['preview-7']);

  const about = { environment: 'eu-7', commit: world.evil };
  await expect(authorize('destroy', about, ports)).rejects.toThrow(
    'policy.eu-7.destroy: destroy in eu-7 is for nobody',
  );
  const lifting = requestFor({ ...about, allow: new Map([['delete-protected', 'all']]) });
  expect((await apply(lifting, ports)).plan.blocks.map(({ message }) => message)).toEqual([
    expect.stringContaining('lifting delete-protected is for nobody'),
  ]);
});

test('private addresses are asked when the default branch says so, and not another', async () => {
  await using world = await branches('incidents: { allow_private: true }\n');
  const allowed = async (commit: string) => {
    const snapshot = await world.open(3).ports.store.read({ commit, environment: 'production' });
    return mayAskPrivate(await readConfig(snapshot.config), snapshot);
  };
  expect(await allowed(world.evil)).toBe(false);
  await world.push({ '.flotilla/incidents.yml': 'incidents: { allow_private: true }\n' });
  expect(await allowed(world.evil)).toBe(true);
});
