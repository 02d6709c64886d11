/** The policy in the App: commands, buttons, and jobs that wait for its word; each asked at the moment of use. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunningApp } from '../../app/start-app.ts';
import { validateWebhook } from '../sandbox/validate-webhook.ts';
import { appWorld, FLEET, repository, type AppWorld } from './app-fixture.ts';

const HASH = 'a'.repeat(64);
const POLICY = `app: flotilla
policy:
  production:
    apply: [team:acme/ops]
    destroy: none
    approvals: { of: [user:olga] }
  frozen:
    freeze: [{ days: [sun, mon, tue, wed, thu, fri, sat], reason: closed }]
environments: { production: {}, frozen: {}, free: {} }
`;
let world: AppWorld;
let app: RunningApp;

beforeEach(async () => {
  world = await appWorld();
  app = await world.start();
  world.github.setTeam('acme/ops', ['olga']);
  for (const login of ['olga', 'wendy']) world.as(login);
  await world.github.push('acme/fleet', {
    branch: 'main',
    files: { 'flotilla.yml': FLEET + POLICY },
    message: 'Policy',
  });
  await world.settled(app);
});
afterEach(async () => {
  world.watched.expectNone();
  await world.close();
});

const dispatched = () =>
  world.runner.asked.filter(({ event }) => event === 'workflow_dispatch').map(({ inputs }) => inputs);

describe('slash commands', () => {
  let pull: number;
  beforeEach(async () => {
    const files = { 'flotilla.yml': `${FLEET}policy: { "*": { apply: any, destroy: any } }\n` };
    pull = (await world.openPull('mine', files)).number;
    await world.settled(app);
  });
  const say = async (login: string, body: string) => {
    const asked = { ...repository, issue_number: pull, body };
    await world.as(login).request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', asked);
    await world.settled(app);
    return world.answers(pull).at(-1);
  };

  test('are for whom the rule names, on the default branch, besides the permission', async () => {
    const refused = await say('wendy', '/flotilla apply');
    expect(refused).toContain('flotilla.yml:8 policy.production.apply');
    expect(refused).toContain('is for team:acme/ops: wendy is not');
    world.as('mai', 'admin');
    expect(await say('mai', '/flotilla destroy')).toContain(
      'policy.production.destroy: destroy in production is for nobody',
    );
    expect(await say('wendy', '/flotilla apply --env frozen')).toContain('frozen is frozen: closed');
    expect(dispatched()).toEqual([]);

    expect(await say('olga', '/flotilla apply')).toContain('was started');
    await say('wendy', '/flotilla apply --env free');
    expect(dispatched()).toMatchObject([
      { command: 'apply', environment: 'production', for: 'olga' },
      { command: 'apply', environment: 'free', for: 'wendy' },
    ]);
  });

  test('approve is for those whose approval counts, whatever else they may do', async () => {
    expect(await say('wendy', `/flotilla approve ${HASH}`)).toContain(
      'approving in production is for user:olga: wendy is not',
    );
    expect(await say('olga', `/flotilla approve ${HASH} --env free`)).toContain('nothing needs approvals in free');
    world.github.setPermission('acme/fleet', 'olga', 'read');
    expect(await say('olga', `/flotilla approve ${HASH}`)).toContain('was started');
    expect(dispatched()).toMatchObject([
      { command: 'approve', environment: 'production', 'plan-hash': HASH, for: 'olga' },
    ]);
  });

  test('an installation that may not see teams is told how it could', async () => {
    const installed = world.github.state.apps.get(world.appId);
    if (installed) delete installed.permissions['members'];
    expect(await say('olga', '/flotilla apply')).toContain('accept its new permission, members: read');
    expect(dispatched()).toEqual([]);
  });
});

test('buttons ask the policy as well', async () => {
  const { sha } = await world.openPull('mine', { 'api/a.js': '' });
  await world.settled(app);
  const told = await world
    .as('wendy')
    .request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', { ...repository, ref: sha });
  const payload = {
    ...webhook('wendy'),
    action: 'requested_action',
    requested_action: { identifier: 'apply' },
    check_run: {
      ...told.data.check_runs.find(({ name }) => name === 'flotilla / plan (production)'),
      check_suite: { head_branch: 'mine' },
    },
  };
  await world.deliver(app, 'check_run', payload);
  await world.settled(app);
  expect(dispatched()).toEqual([]);
  const check = world.checks(sha).find(({ name }) => name.startsWith('flotilla / apply'));
  expect(check).toMatchObject({ conclusion: 'action_required' });
  expect(check?.output.summary).toContain('policy.production.apply');

  await world.deliver(app, 'check_run', { ...payload, ...webhook('olga') });
  await world.settled(app);
  expect(dispatched()).toMatchObject([{ command: 'apply', environment: 'production', for: 'olga' }]);
});

/** What every webhook of the repository carries, as it was sent before. */
function webhook(login: string): Record<string, unknown> {
  const text = world.github.state.deliveries.at(-1)?.request.payload ?? '{}';
  const { repository: told, installation, sender } = JSON.parse(text) as Record<string, object>;
  return { repository: told, installation, sender: { ...sender, login, type: 'User' } };
}

describe('a job that waits to deploy', () => {
  const waiting = async (login: string, environment: string, change: Record<string, unknown> = {}, headers = {}) => {
    await world.as('wendy').request('POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches', {
      ...repository,
      workflow_id: 'flotilla.yml',
      ref: 'main',
      inputs: { command: 'plan' },
    });
    await world.settled(app);
    const run = [...(world.github.state.repositories.get('acme/fleet')?.runs.values() ?? [])].at(-1);
    const { apiUrl } = world.github;
    const payload = {
      ...webhook(login),
      action: 'requested',
      environment,
      event: 'workflow_dispatch',
      deployment_callback_url: `${apiUrl}/repos/acme/fleet/actions/runs/${run?.id}/deployment_protection_rule`,
      pull_requests: [],
      ...change,
    };
    expect(validateWebhook('deployment_protection_rule', payload)).toEqual([]);
    const { status } = await world.deliver(app, 'deployment_protection_rule', payload, headers);
    await world.settled(app);
    return { status, gates: run?.gates };
  };

  test('is let through for whom the rule names', async () => {
    expect(await waiting('olga', 'production')).toMatchObject({
      status: 202,
      gates: [{ environment: 'production', state: 'approved', app: { id: world.appId } }],
    });
    expect(await waiting('wendy', 'free')).toMatchObject({ gates: [{ state: 'approved' }] });
  });

  test('is refused with the rule and its line', async () => {
    const { gates } = await waiting('wendy', 'production');
    expect(gates).toMatchObject([
      { state: 'rejected', comment: expect.stringContaining('flotilla.yml:8 policy.production.apply') },
    ]);
    expect(await waiting('olga', 'frozen')).toMatchObject({
      gates: [{ state: 'rejected', comment: expect.stringContaining('frozen is frozen: closed') }],
    });
  });

  test('is refused for an environment that only looks like another, or is none of ours', async () => {
    expect(await waiting('wendy', 'PRODUCTION')).toMatchObject({
      gates: [{ state: 'rejected', comment: expect.stringContaining('flotilla.yml:8 policy.production.apply') }],
    });
    expect(await waiting('olga', 'production2')).toMatchObject({
      gates: [{ state: 'rejected', comment: expect.stringContaining('has no environment production2') }],
    });
  });

  test('is refused for another branch than the one that deploys the environment', async () => {
    for (const [ref, state] of [
      ['mine', 'rejected'],
      ['main', 'approved'],
    ]) {
      if (ref === 'mine')
        await world.github.push('acme/fleet', { branch: 'mine', files: { 'note.txt': 'x' }, message: 'mine' });
      const route = 'POST /repos/{owner}/{repo}/deployments';
      const asked = { ...repository, ref: ref as string, environment: 'production', required_contexts: [] };
      const { data: deployment } = await world.as('wendy').request(route, { ...asked, auto_merge: false });
      expect(await waiting('olga', 'production', { deployment })).toMatchObject({ gates: [{ state }] });
    }
  });

  test('is answered at our own API, wherever the webhook points; unsigned it is not heard', async () => {
    const from = world.github.traffic.length;
    const { gates } = await waiting('olga', 'production', {
      deployment_callback_url: 'http://127.0.0.1:1/actions/runs/7/deployment_protection_rule',
    });
    expect(gates).toEqual([]);
    expect(
      world.github.traffic.slice(from).filter(({ path }) => path.endsWith('/runs/7/deployment_protection_rule')),
    ).toHaveLength(1);
    expect(await waiting('olga', 'production', {}, { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` })).toEqual({
      status: 401,
      gates: [],
    });
  });
});
