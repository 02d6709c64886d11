/** The App between runs: what heartbeats find, what of it is recorded, and what that costs. */
import { describe, expect, test } from 'vitest';
import { FRESH } from '../../app/watch/fleets.ts';
import { askRound } from '../../src/index.ts';
import { plainCheck } from '../../src/model/watch.ts';
import { startCloud } from '../../src/providers/sandbox/fake.ts';
import { jumpingClock } from '../proof/world.ts';
import { watchWorld } from './watch-fixture.ts';

const API = '  api: { source: { image: nginx } }';
const MINUTE = 60_000;

describe('heartbeats', () => {
  test('a failed probe is nobody’s business; three in a row are one incident, and its end is recorded too', async () => {
    await using fleet = await watchWorld(API);
    await fleet.beats(1);
    const commits = fleet.stateCommits();
    fleet.cloud.outages.add('*');
    await fleet.beats(2);
    expect([fleet.stateCommits(), fleet.issues()]).toEqual([commits, []]);
    fleet.requests();
    await fleet.beats(1);
    expect(fleet.requests().filter((one) => one !== 'Snapshot')).toEqual([
      'Commit',
      'POST /repos/{owner}/{repo}/issues',
      'Commit',
      'POST /repos/{owner}/{repo}/check-runs',
      'GET /repos/{owner}/{repo}/deployments',
    ]);
    expect(fleet.issues()).toMatchObject([{ state: 'open', title: expect.stringContaining('service/api') }]);
    expect(await fleet.health()).toMatchObject({ 'service/api@east': { status: 'down', failures: 3 } });

    const opened = fleet.stateCommits();
    await fleet.beats(3);
    expect(fleet.stateCommits()).toBe(opened);
    fleet.cloud.outages.clear();
    await fleet.beats(2);
    expect(fleet.issues()).toMatchObject([{ state: 'closed' }]);
    expect(await fleet.health()).toMatchObject({ 'service/api@east': { status: 'up' } });
  });

  test('a blip is forgotten', async () => {
    await using fleet = await watchWorld(API);
    await fleet.beats(1);
    const commits = fleet.stateCommits();
    for (let blips = 3; blips > 0; blips -= 1) {
      fleet.cloud.outages.add('*');
      await fleet.beats(2);
      fleet.cloud.outages.clear();
      await fleet.beats(1);
    }
    // The fourth row of failures within the hour is what flapping means.
    expect([fleet.stateCommits(), fleet.issues()]).toEqual([commits, []]);
  });

  test('another process goes on where this one was killed, with the same incident', async () => {
    await using fleet = await watchWorld(API);
    fleet.cloud.outages.add('*');
    await fleet.beats(3);
    const [issue] = fleet.issues();
    await fleet.restart();
    await fleet.beats(3);
    fleet.cloud.outages.clear();
    await fleet.beats(2);
    expect(fleet.issues()).toEqual([{ ...issue, state: 'closed' }]);
  });

  test('two processes that see the same at once open one incident', async () => {
    await using fleet = await watchWorld(API);
    const other = await fleet.world.start({ clock: fleet.clock });
    await other.sweep();
    fleet.cloud.outages.add('*');
    for (let beats = 4; beats > 0; beats -= 1) {
      fleet.pass(30_000);
      await Promise.all([fleet.app.beat(), other.beat()]);
      await fleet.world.settled(fleet.app);
    }
    expect(fleet.issues()).toHaveLength(1);
    expect(await fleet.health()).toMatchObject({ 'service/api@east': { status: 'down' } });
    const journal =
      (await fleet.state(`production/events/${fleet.clock.now().toISOString().slice(0, 7)}.ndjson`)) ?? '';
    expect(journal.match(/"incident.opened"/g)).toHaveLength(1);
  });

  test('an hour in which all is well costs twelve reads and no commit; then one, where no run does it', async () => {
    await using fleet = await watchWorld(API);
    await fleet.beats(1);
    const commits = fleet.stateCommits();
    fleet.requests();
    await fleet.beats(120);
    expect(fleet.requests()).toEqual(Array.from({ length: (MINUTE * 60) / FRESH }, () => 'Snapshot'));
    expect(fleet.probes()).toBeGreaterThanOrEqual(121);
    await fleet.beats(31);
    expect(fleet.stateCommits()).toBe(commits + 1);
    expect(JSON.parse((await fleet.state('production/series/service.api.json')) ?? '')).toMatchObject({ format: 1 });
    await fleet.beats(30);
    expect(fleet.stateCommits()).toBe(commits + 1);
  });

  test('each environment is read by itself; what has no fleet twice an hour', async () => {
    const more = 'environments:\n  production: {}\n  staging: { branch: staging }';
    await using fleet = await watchWorld(API, { more });
    const { github, appId } = fleet.world;
    await github.createRepository('acme/empty', { files: { 'a.txt': '' } });
    github.install(appId, ['acme/empty']);
    await fleet.deploy('staging');
    await fleet.world.settled(fleet.app);
    await fleet.beats(1);
    fleet.world.requests();
    await fleet.beats(120);
    const reads = fleet.world
      .requests()
      .map(({ requestBody }) => (requestBody as { variables: Record<string, string> }).variables);
    const of = (repo: string, environment: string) =>
      reads.filter((one) => one['repo'] === repo && one['environment']?.endsWith(`:${environment}`)).length;
    expect([of('fleet', 'production'), of('fleet', 'staging'), of('empty', 'production')]).toEqual([12, 12, 2]);
    expect(reads).toHaveLength(26);
  });

  test('a push to the default branch or to the record is read at once, a fleet that is taken away asked no more', async () => {
    await using fleet = await watchWorld(API);
    await fleet.beats(1);
    fleet.requests();
    const { github } = fleet.world;
    await github.push('acme/fleet', { branch: 'flotilla', files: { 'README.md': 'news' }, message: 'Recorded' });
    await fleet.world.settled(fleet.app);
    expect(fleet.requests()).toEqual(['Snapshot']);
    await fleet.beats(1);
    expect(fleet.requests()).toEqual([]);
    await github.push('acme/fleet', { branch: 'main', files: { 'flotilla.yml': null }, message: 'No fleet' });
    await fleet.beats(1);
    const probes = fleet.probes();
    await fleet.beats(2);
    expect(fleet.probes()).toBe(probes);
  });

  test('what is being deployed is left alone', async () => {
    await using fleet = await watchWorld(API);
    fleet.cloud.rollout = () => {
      fleet.cloud.outages.add('*');
      return ['running'];
    };
    const commits = fleet.stateCommits();
    fleet.pass(FRESH);
    // The lease is what says so.
    const path = 'production/environment.json';
    const text = JSON.parse((await fleet.state(path)) ?? '') as object;
    const expires = new Date(fleet.clock.now().getTime() + 10 * MINUTE).toISOString();
    const lease = { run: 'github:1/1', actor: 'ada', acquired: expires, expires };
    const files = { [path]: `${JSON.stringify({ ...text, lease }, null, 2)}\n` };
    await fleet.world.github.push('acme/fleet', { branch: 'flotilla', files, message: 'lease' });
    fleet.cloud.outages.add('*');
    const probes = fleet.probes();
    await fleet.beats(4);
    expect([fleet.probes(), fleet.stateCommits()]).toEqual([probes, commits]);
  });
});

describe('what the App does not do', () => {
  test('a name that leads to a private address is not asked, which says nothing of what is there', async () => {
    await using cloud = await serving();
    const { url } = cloud;
    const check = { ...plainCheck('service'), url } as const;
    const target = {
      resource: 'service/x',
      provider: 'render',
      check,
      failAfter: 3,
      recoverAfter: 2,
      wake: 0,
    } as const;
    const [near, named] = [url, url.replace('127.0.0.1', 'localhost')].map((one, index) => ({
      ...target,
      instance: `service/x${index}@render` as const,
      check: { ...check, url: one },
    }));
    const ports = { clock: jumpingClock(), signal: new AbortController().signal };
    expect((await askRound([near!, named!], ports)).samples).toEqual([]);
    const open = { ...near!, instance: 'service/open@render' as const, private: true };
    expect((await askRound([near!, open], ports)).samples).toMatchObject([{ instance: 'service/open@render' }]);
  });

  test('addresses of its own network are not asked, and are no outage', async () => {
    await using fleet = await watchWorld(API, {
      env: { FLOTILLA_ALLOW_PRIVATE: 'false' },
      more: 'incidents: { allow_private: true }',
    });
    fleet.cloud.outages.add('*');
    await fleet.beats(5);
    expect([fleet.probes(), fleet.issues()]).toEqual([0, []]);
    expect(await fleet.health()).toBeUndefined();
  });

  test('a check that names a secret is left to the workflow, which has it', async () => {
    const checked = '  api: { source: { image: nginx }, health: { path: /, headers: { A: "${secret.TOKEN}" } } }';
    await using fleet = await watchWorld(`${checked}\n  web: { source: { image: nginx } }`);
    const at = fleet.clock.now().toISOString();
    const last = { at, ok: true, milliseconds: 9, tries: 1 };
    const api = { status: 'up', since: at, failures: 0, successes: 2, turns: [], latency: 9, last };
    const health = { format: 1, checked: at, rolledUp: at, instances: { 'service/api@east': api }, beats: {} };
    const text = JSON.stringify({ ...health, breakers: {}, avoid: {}, heals: [] });
    const files = { 'production/health.json': text };
    await fleet.world.github.push('acme/fleet', { branch: 'flotilla', files, message: 'A run' });
    fleet.cloud.outages.add('*');
    await fleet.beats(4);
    expect(fleet.issues()).toMatchObject([{ title: expect.stringContaining('service/web') }]);
    // What the workflow's run knew is not forgotten by one that cannot ask.
    expect(await fleet.health()).toMatchObject({
      'service/api@east': { status: 'up' },
      'service/web@east': { status: 'down' },
    });
  });

  test('it heals nothing: the workflow is asked to, once an incident', async () => {
    await using fleet = await watchWorld('  api: { source: { image: nginx }, failover: { after: 3, do: [redeploy] } }');
    fleet.cloud.outages.add('*');
    await fleet.beats(6);
    expect(fleet.issues()).toHaveLength(1);
    expect(fleet.dispatched()).toMatchObject([{ command: 'health', environment: 'production' }]);
  });

  test('where it may not write the record, the workflow is asked to look', async () => {
    await using fleet = await watchWorld(API);
    fleet.world.github.state.apps.get(fleet.world.appId)!.permissions['contents'] = 'read';
    fleet.cloud.outages.add('*');
    await fleet.beats(6);
    expect(fleet.issues()).toEqual([]);
    expect(fleet.dispatched()).toMatchObject([{ command: 'health', environment: 'production' }]);
  });
});

async function serving(): Promise<AsyncDisposable & { url: string }> {
  const cloud = await startCloud({ serves: true });
  return { url: cloud.url, [Symbol.asyncDispose]: () => cloud.stop() };
}
