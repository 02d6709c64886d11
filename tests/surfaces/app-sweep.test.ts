import { afterEach, beforeEach, expect, test } from 'vitest';
import { appWorld, FLEET, repository, type AppWorld } from './app-fixture.ts';

/** What webhooks did not bring: found by looking at what is there, and by asking for what failed. */
let world: AppWorld;
beforeEach(async () => {
  world = await appWorld();
});
afterEach(async () => {
  world.watched.expectNone();
  await world.close();
});

const say = async (issue: number, body: string) => {
  await world
    .as('wendy')
    .request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', { ...repository, issue_number: issue, body });
  await world.github.settled();
};
const deliveries = (event: string) => world.github.state.deliveries.filter((one) => one.event === event);
const redeliveries = () => world.github.traffic.filter(({ route }) => route.endsWith('/attempts')).length;

test('failed deliveries are asked for again, once a sweep, and no more when they have arrived', async () => {
  const { number, sha } = await world.openPull('more', { 'api/a.js': '' });
  await say(number, '/flotilla help');
  const app = await world.start();
  // The pull request, its branch's push, the end of its workflow run, and the comment.
  expect(await app.sweep()).toMatchObject({ redelivered: 4, repositories: 1 });
  await world.settled(app);
  expect(world.checks(sha).length).toBeGreaterThan(0);
  expect(world.answers(number)).toHaveLength(1);
  expect(deliveries('issue_comment').map(({ statusCode, guid }) => [statusCode, guid])).toMatchObject([
    [502, deliveries('issue_comment')[0]?.guid],
    [202, deliveries('issue_comment')[0]?.guid],
    [202, expect.any(String)], // the answer's own
  ]);
  expect(await app.sweep()).toMatchObject({ redelivered: 0 });
});

test('a delivery that never arrives is left alone in the end', async () => {
  const { number } = await world.openPull('more', { 'api/a.js': '' });
  await say(number, '/flotilla help');
  const app = await world.start();
  world.hookTo('http://127.0.0.1:1');
  for (let sweeps = 0; sweeps < 4; sweeps++) {
    await app.sweep();
    await world.settled(app);
  }
  // Three attempts each at most, the first one included.
  expect(deliveries('issue_comment').filter(({ guid }) => guid === deliveries('issue_comment')[0]?.guid)).toHaveLength(
    3,
  );
});

test('events that we do not work on are not asked for', async () => {
  await world.as('wendy').request('POST /repos/{owner}/{repo}/issues', { ...repository, title: 'A thought' });
  await world.github.push('acme/fleet', { branch: 'else', files: { 'a.txt': '' }, message: 'Else' });
  await world.github.settled();
  expect(deliveries('check_suite').length).toBeGreaterThan(0);
  const app = await world.start();
  await app.sweep();
  await world.settled(app);
  expect(redeliveries()).toBe(deliveries('push').length / 2);
});

test('an open pull request without a plan check gets one, with one it gets none', async () => {
  const { sha } = await world.openPull('more', { 'api/a.js': '' });
  const other = await world.openPull('none', { 'flotilla.yml': null });
  await world.github.settled();
  world.github.state.deliveries.splice(0);
  const app = await world.start();
  expect(await app.sweep()).toMatchObject({ redelivered: 0, repositories: 1 });
  await world.settled(app);
  expect(world.checks(sha)).toMatchObject([{ name: 'flotilla / plan (production)' }]);
  expect(world.checks(other.sha)).toEqual([]);

  world.requests();
  await app.sweep();
  await world.settled(app);
  expect(world.checks(sha)).toHaveLength(1);
  expect(world.requests().map(({ method, route }) => `${method} ${route}`)).toEqual([
    'GET /installation/repositories',
    'POST graphql',
    'GET /repos/{owner}/{repo}/commits/{ref}/check-runs',
  ]);
});

test('a repository that the App is newly installed on is looked at', async () => {
  const app = await world.start();
  await world.github.createRepository('acme/later', { files: { 'flotilla.yml': FLEET } });
  await world.github.push('acme/later', { branch: 'more', files: { 'api/a.js': '' }, message: 'More' });
  world.github.setPermission('acme/later', 'wendy', 'write');
  await world.as('wendy').request('POST /repos/{owner}/{repo}/pulls', {
    owner: 'acme',
    repo: 'later',
    title: 'More',
    head: 'more',
    base: 'main',
  });
  await world.settled(app);
  world.github.install(world.appId, ['acme/later']);
  await world.settled(app);
  expect([...(world.github.state.repositories.get('acme/later')?.checks.values() ?? [])]).toMatchObject([
    { name: 'flotilla / plan (production)' },
  ]);
});

test('one installation in trouble does not keep the others waiting', async () => {
  const { sha } = await world.openPull('more', { 'api/a.js': '' });
  await world.github.createRepository('fleets/other', { files: { 'flotilla.yml': FLEET } });
  const { installationId } = world.github.install(world.appId, ['fleets/other']);
  await world.github.settled();
  world.github.state.deliveries.splice(0);
  const app = await world.start();
  world.github.faults.add({
    match: ({ path }) => path === `/app/installations/${installationId}/access_tokens`,
    act: { kind: 'status', status: 404, body: { message: 'Not Found', documentation_url: '', status: '404' } },
  });
  expect(await app.sweep()).toMatchObject({ repositories: 1 });
  await world.settled(app);
  expect(world.checks(sha)).toHaveLength(1);
});
