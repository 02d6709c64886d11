import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunningApp } from '../../app/start-app.ts';
import { appWorld, FLEET, repository, WORKFLOW, type AppWorld } from './app-fixture.ts';

let world: AppWorld;
let app: RunningApp;

beforeEach(async () => {
  world = await appWorld();
  app = await world.start();
});
afterEach(async () => {
  world.watched.expectNone();
  await world.close();
});

const MORE = `${FLEET}  web:
    source: { dir: api, command: [node, server.js] }
`;
const comment = (login: string, issue: number, body: string) =>
  world.as(login).request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    ...repository,
    issue_number: issue,
    body,
  });

const rerequest = async (check: number) => {
  await world.as('wendy').request('POST /repos/{owner}/{repo}/check-runs/{check_run_id}/rerequest', {
    ...repository,
    check_run_id: check,
  });
  await world.settled(app);
};

describe('plan checks', () => {
  test('a pull request gets one with annotations, in three requests', async () => {
    world.requests();
    const { sha } = await world.openPull('more', { 'flotilla.yml': MORE });
    await world.settled(app);
    const [check, ...others] = world.checks(sha);
    expect(others).toEqual([]);
    expect(check).toMatchObject({ name: 'flotilla / plan (production)', status: 'completed', conclusion: 'success' });
    expect(check?.annotations.map(({ path, start_line, message }) => ({ path, start_line, message }))).toEqual([
      { path: 'flotilla.yml', start_line: 3, message: expect.any(String) },
      { path: 'flotilla.yml', start_line: 5, message: expect.any(String) },
    ]);
    expect(check?.output.summary).toContain('from the record only');
    const requests = world.requests().filter(({ status }) => status !== 0);
    expect(requests.map(({ method, route }) => `${method} ${route}`)).toEqual([
      'POST graphql',
      'GET /repos/{owner}/{repo}/git/trees/{tree_sha}',
      'POST /repos/{owner}/{repo}/check-runs',
    ]);
  });

  test('a config that is wrong is told on its line', async () => {
    const { sha } = await world.openPull('wrong', { 'flotilla.yml': `${FLEET}    replica: 2\n` });
    await world.settled(app);
    expect(world.checks(sha)).toMatchObject([
      { name: 'flotilla / plan (production)', conclusion: 'failure', annotations: [{ start_line: 5 }] },
    ]);
  });

  test('a push to the pull request gets its own; a new title gets none', async () => {
    const { number, sha } = await world.openPull('more', { 'flotilla.yml': MORE });
    await world.settled(app);
    const later = await world.github.push('acme/fleet', {
      branch: 'more',
      files: { 'api/a.js': '' },
      message: 'Go on',
    });
    await world.settled(app);
    expect(world.checks(later.sha)).toHaveLength(1);
    await world
      .as('wendy')
      .request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', { ...repository, pull_number: number, title: 'New' });
    await world.settled(app);
    expect([...world.checks(sha), ...world.checks(later.sha)]).toHaveLength(2);
  });

  test('a repository without a config costs one read', async () => {
    await world.github.push('acme/fleet', { branch: 'main', files: { 'flotilla.yml': null }, message: 'Leave' });
    await world.settled(app);
    world.requests();
    const { sha } = await world.openPull('other', { 'README.md': '# Other\n' });
    await world.settled(app);
    expect(world.checks(sha)).toEqual([]);
    expect(world.requests().map(({ route }) => route)).toEqual(['graphql']);
  });

  test('the pull request of a fork is planned from its files', async () => {
    world.as('stranger', 'read');
    await world.github.fork('acme/fleet', 'stranger');
    const { sha } = await world.github.push('stranger/fleet', {
      branch: 'more',
      files: { 'flotilla.yml': MORE },
      message: 'More',
      author: 'stranger',
    });
    const { data } = await world.as('stranger').request('POST /repos/{owner}/{repo}/pulls', {
      ...repository,
      title: 'More',
      head: 'stranger:more',
      base: 'main',
    });
    await world.settled(app);
    expect(world.checks(sha)).toMatchObject([{ conclusion: 'success' }]);

    // "Re-run" names no pull request of a fork.
    await rerequest(world.checks(sha)[0]?.id ?? 0);
    expect(world.checks(sha)).toHaveLength(2);

    await comment('wendy', data.number, '/flotilla plan');
    await world.settled(app);
    expect(world.checks(sha)).toHaveLength(3);
    expect(world.answers(data.number)).toMatchObject([expect.stringContaining('not asked on behalf of a fork')]);
    await comment('wendy', data.number, '/flotilla apply --env preview');
    await world.settled(app);
    expect(dispatched()).toEqual([]);
  });

  test('"Re-run" plans again', async () => {
    const { sha } = await world.openPull('more', { 'flotilla.yml': MORE });
    await world.settled(app);
    await rerequest(world.checks(sha)[0]?.id ?? 0);
    expect(world.checks(sha)).toMatchObject([{ conclusion: 'success' }, { conclusion: 'success' }]);
  });

  test('tokens are for the one repository, and may do no more than the task needs', async () => {
    const { number } = await world.openPull('more', { 'flotilla.yml': MORE });
    await world.openPull('other', { 'api/a.js': '' });
    await world.settled(app);
    await comment('wendy', number, '/flotilla help');
    await comment('wendy', number, '/flotilla plan');
    await world.settled(app);
    const tokens = world.github.traffic.filter(({ route }) => route.endsWith('/access_tokens'));
    expect(new Set(tokens.map(({ requestBody }) => JSON.stringify(requestBody)))).toEqual(
      new Set([
        '{"permissions":{"contents":"read","checks":"write"},"repositories":["fleet"]}',
        '{"permissions":{"contents":"read","actions":"write","checks":"write","issues":"write","pull_requests":"read"},"repositories":["fleet"]}',
      ]),
    );
    expect(tokens).toHaveLength(2);
  });
});

const dispatched = () =>
  world.runner.asked
    .filter(({ event }) => event === 'workflow_dispatch')
    .map(({ inputs, ref }) => ({ ...inputs, ref }));

describe('slash commands', () => {
  let pull: number;
  beforeEach(async () => {
    pull = (await world.openPull('more', { 'flotilla.yml': MORE })).number;
    await world.settled(app);
  });
  const say = async (login: string, body: string) => {
    await comment(login, pull, body);
    await world.settled(app);
    return world.answers(pull).map((answer) => answer.replace(/^<!--.*-->\n/, ''));
  };

  test('a writer’s apply is dispatched on the environment’s branch, and answered once', async () => {
    const answers = await say('wendy', 'Ship it.\n\n/flotilla apply --allow mass-change');
    expect(dispatched()).toMatchObject([
      { command: 'apply', environment: 'production', allow: 'mass-change', ref: 'refs/heads/main' },
    ]);
    expect(answers).toEqual([
      `\`apply\` of \`production\` was started on \`main\`: [see its run](${world.github.url}/acme/fleet/actions/workflows/flotilla.yml).`,
    ]);
  });

  test('a reader’s is refused, with what it would take', async () => {
    world.as('rita', 'read');
    expect(await say('rita', '/flotilla apply')).toEqual([
      '`apply` needs write permission on this repository; yours is read. Nothing was done.',
    ]);
    expect(dispatched()).toEqual([]);
  });

  test('permission is that of the moment of use', async () => {
    expect(await say('wendy', '/flotilla apply')).toHaveLength(1);
    world.github.setPermission('acme/fleet', 'wendy', 'read');
    const answers = await say('wendy', '/flotilla apply');
    expect(answers[1]).toContain('yours is read');
    expect(dispatched()).toHaveLength(1);
  });

  test('destroying and unlocking are for maintainers', async () => {
    expect(await say('wendy', '/flotilla destroy')).toMatchObject([
      expect.stringContaining('needs maintain or admin permission'),
    ]);
    world.as('mai', 'maintain');
    await say('mai', '/flotilla destroy');
    await say('mai', '/flotilla unlock --env production');
    expect(dispatched()).toMatchObject([{ command: 'destroy' }, { command: 'unlock', environment: 'production' }]);
  });

  test('a live plan runs on the head', async () => {
    await say('wendy', '/flotilla plan');
    expect(dispatched()).toMatchObject([{ command: 'plan', environment: 'production', ref: 'refs/heads/more' }]);
  });

  test('a rollback names its resource', async () => {
    await say('wendy', '/flotilla rollback service/api --to 4f2a');
    expect(dispatched()).toMatchObject([{ command: 'rollback', resource: 'service/api', to: '4f2a' }]);
  });

  test('a pull request’s own copy is applied from its head, and from no other pull request', async () => {
    const config = `${FLEET}environments:\n  production: {}\n  preview: { pull_requests: true, ttl: 3d }\n`;
    await world.github.push('acme/fleet', { branch: 'main', files: { 'flotilla.yml': config }, message: 'Previews' });
    await say('wendy', '/flotilla apply --env preview');
    await say('wendy', `/flotilla apply --env preview-${pull}`);
    const copy = { command: 'apply', environment: `preview-${pull}`, ref: 'refs/heads/more' };
    expect(dispatched()).toMatchObject([copy, copy]);
    const answers = await say('wendy', '/flotilla apply --env preview-4711');
    expect(answers.at(-1)).toContain('preview-4711 belongs to another pull request');
    expect(dispatched()).toHaveLength(2);
  });

  test('an environment that is not there', async () => {
    const answers = await say('wendy', '/flotilla apply --env prodution');
    expect(answers).toMatchObject([expect.stringContaining('there is no environment "prodution"')]);
    expect(dispatched()).toEqual([]);
  });

  test('a missing workflow is told with the mend', async () => {
    const files = { '.github/workflows/flotilla.yml': null };
    await world.github.push('acme/fleet', { branch: 'main', files, message: 'No workflow' });
    await world.settled(app);
    const [answer] = await say('wendy', '/flotilla apply');
    expect(answer).toContain('there is no .github/workflows/flotilla.yml on the default branch');
    expect(answer).toContain('npx flotilla init');
  });

  test('a workflow that does not take what it is told', async () => {
    const old = WORKFLOW.replace(/\n {6}allow: .*\n/, '\n');
    await world.github.push('acme/fleet', {
      branch: 'main',
      files: { '.github/workflows/flotilla.yml': old },
      message: 'Older',
    });
    const [answer] = await say('wendy', '/flotilla apply --allow mass-change');
    expect(answer).toContain('could not be started');
    expect(answer).toContain('it takes the inputs which npx flotilla init writes');
  });

  test('what bots say is no command, nor what is quoted', async () => {
    await world.workflow().request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      ...repository,
      issue_number: pull,
      body: '/flotilla apply',
    });
    await say('wendy', '> /flotilla apply\n\nno');
    expect(dispatched()).toEqual([]);
    // The bot's own comment is the only one by a bot.
    expect(world.answers(pull)).toEqual(['/flotilla apply']);
  });

  test('help is a table; a mistake says what is wrong, with it', async () => {
    const [help, mistake] = [await say('wendy', '/flotilla help'), await say('wendy', '/flotilla depoly')];
    expect(help[0]).toMatch(/^\| Command \|/);
    expect(mistake[1]).toContain('There is no command `depoly`.\n\n| Command |');
  });
});

describe('pushes and runs', () => {
  test('what a workflow’s own token pushed is applied nevertheless', async () => {
    await world.workflow().request('PUT /repos/{owner}/{repo}/contents/{path}', {
      ...repository,
      path: 'api/version.txt',
      message: 'Bump',
      content: 'MQ==',
    });
    await world.settled(app);
    expect(dispatched()).toMatchObject([{ command: 'apply', environment: 'production', ref: 'refs/heads/main' }]);
  });

  test('a person’s push costs one read', async () => {
    world.requests();
    await world.github.push('acme/fleet', { branch: 'main', files: { 'api/a.js': '' }, message: 'Go on' });
    await world.settled(app);
    expect(world.requests().map(({ route }) => route)).toEqual(['graphql']);
    expect(dispatched()).toEqual([]);
  });

  test('a push that nothing will apply says so', async () => {
    const files = { '.github/workflows/flotilla.yml': null };
    const { sha } = await world.github.push('acme/fleet', { branch: 'main', files, message: 'No workflow' });
    await world.settled(app);
    expect(world.checks(sha)).toMatchObject([{ conclusion: 'failure' }]);
    expect(world.checks(sha)[0]?.output.summary).toContain('npx flotilla init');
  });

  test('a run that died without a word is told in its stead', async () => {
    world.runner.conclusion = 'failure';
    const { sha } = await world.github.push('acme/fleet', {
      branch: 'main',
      files: { 'api/a.js': '' },
      message: 'Go on',
    });
    const left = { ...repository, name: 'flotilla / apply', head_sha: sha, status: 'in_progress' as const };
    await world.workflow().request('POST /repos/{owner}/{repo}/check-runs', left);
    // The run itself is rerun, so that it ends while the check is open.
    const [run] = world.github.state.repositories.get('acme/fleet')?.runs.values() ?? [];
    await world.settled(app);
    await world
      .as('wendy')
      .request('POST /repos/{owner}/{repo}/actions/runs/{run_id}/rerun', { ...repository, run_id: run?.id ?? 0 });
    await world.settled(app);
    const told = world.checks(sha);
    expect(told.at(-1)).toMatchObject({ name: 'flotilla / apply', conclusion: 'failure' });
    expect(told.at(-1)?.output.summary).toContain('before it could tell how it ended');
  });
});

const planned = async () => {
  const { number, sha } = await world.openPull('more', { 'flotilla.yml': MORE });
  await world.settled(app);
  return { number, sha, check: world.checks(sha)[0]?.id ?? 0 };
};

describe('buttons', () => {
  test('"Plan again" asks the providers, by the workflow on the head', async () => {
    const { check } = await planned();
    await world.press(check, 'plan');
    await world.settled(app);
    expect(dispatched()).toMatchObject([{ command: 'plan', environment: 'production', ref: 'refs/heads/more' }]);
  });

  test('"Plan again" without a workflow is answered from the record', async () => {
    const files = { '.github/workflows/flotilla.yml': null };
    await world.github.push('acme/fleet', { branch: 'main', files, message: 'No workflow' });
    const { check, sha } = await planned();
    await world.press(check, 'plan');
    await world.settled(app);
    expect(dispatched()).toEqual([]);
    expect(world.checks(sha)).toHaveLength(2);
  });

  test('"Apply again" is dispatched for those who may write, and nobody else', async () => {
    world.as('rita', 'read');
    const files = { '.github/workflows/flotilla.yml': null };
    const { sha } = await world.github.push('acme/fleet', { branch: 'main', files, message: 'No workflow' });
    await world.settled(app);
    const back = { '.github/workflows/flotilla.yml': WORKFLOW };
    await world.github.push('acme/fleet', { branch: 'main', files: back, message: 'A workflow' });
    await world.settled(app);
    const check = world.checks(sha)[0]?.id ?? 0;

    await world.press(check, 'apply');
    await world.settled(app);
    expect(dispatched()).toMatchObject([{ command: 'apply', environment: 'production', ref: 'refs/heads/main' }]);
    const pressed = [...world.github.state.deliveries].findLast(({ action }) => action === 'requested_action');
    const payload = JSON.parse(pressed?.request.payload ?? '') as { sender: object };
    const byReader = { ...payload, sender: { ...payload.sender, login: 'rita' } };
    expect((await world.deliver(app, 'check_run', byReader)).status).toBe(202);
    await world.settled(app);
    expect(dispatched()).toHaveLength(1);
  });
});
