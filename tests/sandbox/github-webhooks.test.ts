import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startGitHub } from '../../src/sandbox/github/index.ts';
import type { SandboxGitHub } from '../../src/sandbox/github/index.ts';
import type { Client } from './github-client.ts';
import { appJwt, client, receiveHooks } from './github-client.ts';

let github: SandboxGitHub;
let receiver: Awaited<ReturnType<typeof receiveHooks>>;
let app: ReturnType<SandboxGitHub['createApp']>;
let user: Client;
let bot: Client;
let status: number;

beforeEach(async () => {
  status = 200;
  github = await startGitHub();
  receiver = await receiveHooks(() => status);
  await github.createRepository('acme/fleet', { files: { 'flotilla.yml': 'fleet: acme\n' } });
  app = github.createApp({
    name: 'Flotilla',
    permissions: { checks: 'write', contents: 'write', pull_requests: 'write', issues: 'write' },
    events: ['push', 'pull_request', 'check_run', 'check_suite', 'issue_comment'],
    webhookUrl: receiver.url,
    webhookSecret: 's',
  });
  const { installationId } = github.install(app.id, ['acme/fleet']);
  const { body } = await client(github, appJwt(app)).rest(
    `POST /app/installations/${installationId}/access_tokens`,
    {},
  );
  bot = client(github, body.token);
  user = client(github, github.createUser('alice', 'admin').token);
  await github.settled();
});
afterEach(async () => {
  await github.close();
  await receiver.close();
});

const seen = () => receiver.hooks.map(({ event, body }) => [event, body.action].filter(Boolean).join('.'));

test('a pull request is told from its opening to its merge', async () => {
  await github.push('acme/fleet', { branch: 'topic', files: { a: '1' }, message: 'one' });
  await user.rest('POST /repos/acme/fleet/pulls', { title: 'T', head: 'topic', base: 'main' });
  const { sha } = await github.push('acme/fleet', { branch: 'topic', files: { a: '2' }, message: 'two' });
  expect((await user.rest('PUT /repos/acme/fleet/pulls/1/merge', { sha: '0'.repeat(40) })).status).toBe(409);
  const merged = await user.rest('PUT /repos/acme/fleet/pulls/1/merge', { sha, merge_method: 'squash' });
  expect(merged.body.merged).toBe(true);
  expect((await user.rest('PUT /repos/acme/fleet/pulls/1/merge', {})).status).toBe(405);
  await github.settled();
  expect(seen().toSorted()).toEqual([
    'check_suite.requested',
    'check_suite.requested',
    'check_suite.requested',
    'installation.created',
    'pull_request.closed',
    'pull_request.opened',
    'pull_request.synchronize',
    'push',
    'push',
    'push',
  ]);
  const closed = receiver.hooks.find(({ body }) => body.action === 'closed')!.body['pull_request'];
  expect(closed).toMatchObject({ merged: true, merge_commit_sha: merged.body.sha, changed_files: 1 });
});

const create = (more: Record<string, unknown> = {}) =>
  bot.rest('POST /repos/acme/fleet/check-runs', {
    name: 'plan',
    head_sha: github.state.repositories.get('acme/fleet')!.git.refs.get('refs/heads/main'),
    ...more,
  });

const output = (count: number, text = '') => ({
  title: 't',
  summary: 's',
  text,
  annotations: Array.from({ length: count }, () => ({
    path: 'flotilla.yml',
    start_line: 1,
    end_line: 1,
    annotation_level: 'notice',
    message: 'm',
  })),
});

describe('a check run', () => {
  test('adds annotations up, and changes only what is given', async () => {
    const { body: run } = await create({ external_id: 'e', output: output(50, 'long') });
    const { body } = await bot.rest(`PATCH /repos/acme/fleet/check-runs/${run.id}`, {
      output: { summary: 'more', annotations: output(10).annotations },
    });
    expect(body).toMatchObject({
      external_id: 'e',
      status: 'queued',
      output: { title: 't', summary: 'more', text: 'long', annotations_count: 60 },
    });
  });

  test.each([
    ['51 annotations', { output: output(51) }],
    ['a text of 65,536 characters', { output: output(0, 'x'.repeat(65_536)) }],
    ['four buttons', { actions: Array.from({ length: 4 }, () => ({ label: 'l', description: 'd', identifier: 'i' })) }],
    ['an identifier of 21 characters', { actions: [{ label: 'l', description: 'd', identifier: 'i'.repeat(21) }] }],
    ['no conclusion though completed', { status: 'completed' }],
    ['a commit that is not there', { head_sha: 'a'.repeat(40) }],
  ])('with %s is refused', async (_, more) => {
    expect((await create(more)).status).toBe(422);
  });

  test('at its limits is taken', async () => {
    const action = { label: 'l'.repeat(20), description: 'd'.repeat(40), identifier: 'i'.repeat(20) };
    expect((await create({ output: output(50, '𝄞'.repeat(65_535)), actions: [action, action, action] })).status).toBe(
      201,
    );
  });

  test('belongs to the App that made it', async () => {
    const { body: run } = await create();
    const other = client(github, github.actionsToken('acme/fleet'));
    const refused = await other.rest(`PATCH /repos/acme/fleet/check-runs/${run.id}`, { status: 'in_progress' });
    expect(refused.status).toBe(403);
    expect(refused.body.message).toMatch(/^Invalid app_id `15368`/);
  });

  test('has buttons on the page, which its App alone hears of', async () => {
    const { body: run } = await create({
      conclusion: 'action_required',
      actions: [{ label: 'Apply', description: 'Apply this plan', identifier: 'apply' }],
    });
    const press = (origin: string, identifier: string) =>
      fetch(`${github.url}/acme/fleet/runs/${run.id}/action`, {
        method: 'POST',
        redirect: 'manual',
        headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
        body: `identifier=${identifier}`,
      });
    expect((await press('http://elsewhere.test', 'apply')).status).toBe(403);
    expect((await press(github.url, 'destroy')).status).toBe(404);
    expect((await press(github.url, 'apply')).status).toBe(303);
    await user.rest(`POST /repos/acme/fleet/check-runs/${run.id}/rerequest`);
    await github.settled();
    expect(
      seen()
        .filter((name) => name.startsWith('check'))
        .toSorted(),
    ).toEqual([
      'check_run.completed',
      'check_run.created',
      'check_run.requested_action',
      'check_run.rerequested',
      'check_suite.completed',
    ]);
    const asked = receiver.hooks.find(({ body }) => body.action === 'requested_action')!.body;
    expect(asked).toMatchObject({ requested_action: { identifier: 'apply' }, sender: { login: 'alice' } });
  });
});

test('what failed is in the log, is not sent again by itself, and keeps its GUID when it is', async () => {
  status = 503;
  await user.rest('POST /repos/acme/fleet/issues', { title: 'x' });
  await user.rest('POST /repos/acme/fleet/issues/1/comments', { body: '/flotilla plan' });
  await github.settled();
  const { rest } = client(github, appJwt(app));
  const failed = (await rest('GET /app/hook/deliveries?status=failure')).body;
  expect(failed).toMatchObject([{ event: 'issue_comment', action: 'created', status_code: 503, redelivery: false }]);
  status = 200;
  expect((await rest(`POST /app/hook/deliveries/${failed[0].id}/attempts`)).status).toBe(202);
  await github.settled();
  const guids = receiver.hooks.filter(({ event }) => event === 'issue_comment').map(({ guid }) => guid);
  expect(guids).toEqual([failed[0].guid, failed[0].guid]);
  expect((await rest('GET /app/hook/deliveries')).body[0]).toMatchObject({ redelivery: true, status_code: 200 });
});

test('an Actions token’s events still reach Apps', async () => {
  await client(github, github.actionsToken('acme/fleet')).rest('PUT /repos/acme/fleet/contents/y', {
    message: 'y',
    content: '',
  });
  await github.settled();
  const pushed = receiver.hooks.find(({ event }) => event === 'push')!.body;
  expect(pushed).toMatchObject({ sender: { login: 'github-actions[bot]' }, commits: [{ added: ['y'] }] });
});
