import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { stateText } from '../../src/model/canonical.ts';
import type { Address } from '../../src/model/resource.ts';
import { foldState } from '../../src/record/fold.ts';
import { history } from '../../src/record/journal.ts';
import type { CommitRequest } from '../../src/record/store.ts';
import type { FaultAct } from '../../src/sandbox/github/index.ts';
import { instance, openRun, step, succeeded } from './fixtures.ts';
import { gitHubWorld, type GitHubWorld } from './github-world.ts';
import { storeSuite } from './store-suite.ts';

storeSuite('github', async () => {
  const world = await gitHubWorld();
  // The suite is about many writers, not about how many requests GitHub allows them.
  world.sandbox.limits.perHour.actions = 1e9;
  Object.assign(world.sandbox.limits.secondary, { restPoints: 1e9, graphqlPoints: 1e9, contentPerMinute: 1e9 });
  return {
    open: async () => world.open(),
    commitConfig: async (files) =>
      (await world.sandbox.push(world.fullName, { branch: 'main', files, message: 'config' })).sha,
    close: world.close,
  };
});

const write = (expectedHead: string | null, text: string): CommitRequest => ({
  expectedHead,
  headline: 'a write',
  body: '',
  additions: new Map([['production/x.json', text]]),
  deletions: [],
});

test('a config of enormous size is refused before it is fetched, on its file', async () => {
  const world = await gitHubWorld();
  onTestFinished(world.close);
  const files = { 'flotilla.yml': `# ${'x'.repeat(9 * 1024 * 1024)}` };
  const { sha } = await world.sandbox.push(world.fullName, { branch: 'evil', files, message: 'm' });
  const read = world.open().read({ commit: sha, environment: 'production' });
  await expect(read).rejects.toMatchObject({ tag: 'config', problems: [{ position: { file: 'flotilla.yml' } }] });
  expect(world.sandbox.traffic.filter(({ route }) => route.includes('blobs'))).toEqual([]);
});

describe('github store', () => {
  let world: GitHubWorld;
  beforeEach(async () => {
    world = await gitHubWorld();
  });
  afterEach(() => world.close());

  /** Strikes the next matching requests. */
  const fault = (operation: string, act: FaultAct, times = 1) =>
    world.sandbox.faults.add({
      match: ({ route, operationName }) => operation === (operationName ?? route),
      times,
      act,
    });
  const first = async (): Promise<string> => {
    const made = await world.open().commit(write(null, '1'));
    return made === 'conflict' ? '' : made.head;
  };

  test.each([10, 100, 1000])(
    'config, state and head of %i resources are one request, a write is one',
    async (count) => {
      const additions = new Map<string, string>();
      for (let index = 0; index < count; index++) {
        const address = `service/s${index}` as Address;
        const file = { format: 1, address, protect: false, dependsOn: [], instances: { local: instance(`i${index}`) } };
        additions.set(`production/resources/${address}.json`, stateText(file));
      }
      await world.open().commit({ ...write(null, ''), additions });
      const github = world.connect();
      const store = world.open(github);
      const before = world.sandbox.traffic.length;
      const { state } = await store.read({ commit: null, environment: 'production' });
      expect(foldState(state.files, 'production').resources.size).toBe(count);
      await store.commit(write(state.head, '2'));
      expect(world.sandbox.traffic.length - before).toBe(2);
      expect(github.requests).toEqual(
        new Map([
          ['state', 1],
          ['commit', 1],
        ]),
      );
    },
  );

  test('an apply of three waves is one read and four commits', async () => {
    await first();
    const github = world.connect();
    const steps = [step('database/main'), step('service/api'), step('site/web')] as const;
    const recorder = await openRun({ store: world.open(github), steps: [...steps] });
    await recorder.begin([steps[0]]);
    await recorder.record([succeeded(steps[0])], [steps[1]]);
    await recorder.record([succeeded(steps[1])], [steps[2]]);
    await recorder.finish([succeeded(steps[2])], 'succeeded');
    expect(github.requests).toEqual(
      new Map([
        ['state', 1],
        ['commit', 4],
      ]),
    );
  });

  test('state commits start no build', async () => {
    await first();
    const { git } = [...world.sandbox.state.repositories.values()][0] as {
      git: { tryGit(...args: string[]): Promise<{ stdout: Buffer }> };
    };
    const message = (await git.tryGit('log', '-1', '--format=%B', 'flotilla')).stdout.toString();
    expect(message.split('\n')[0]).toBe('[skip ci] a write');
    expect(message).toContain('[skip netlify]');
    expect(message.trimEnd()).toMatch(/\n\n\nFlotilla-Write: .*\nskip-checks: true$/);
  });

  test.each(['Commit', '/repos/{owner}/{repo}/git/refs'])(
    'a commit whose answer is cut off (%s) is found, not made twice',
    async (operation) => {
      const head = operation === 'Commit' ? await first() : null;
      fault(operation, { kind: 'cut', when: 'after' });
      const store = world.open();
      const result = await store.commit(write(head, '2'));
      expect(result).toHaveProperty('head', (await store.readState('production', 'all')).head);
      expect(await store.readFolder('production')).toEqual(new Map([['production/x.json', '2']]));
      const commits = world.sandbox.traffic.filter(({ operationName }) => operationName === 'Commit').length;
      expect(commits).toBe(operation === 'Commit' ? 1 : 0);
    },
  );

  test('a commit that is cut off before it arrived is sent again', async () => {
    const head = await first();
    fault('Commit', { kind: 'cut', when: 'before' });
    expect(await world.open().commit(write(head, '2'))).toHaveProperty('head');
  });

  test('a commit whose answer is cut off and that others built upon is still known as ours', async () => {
    const head = await first();
    const other = world.open();
    world.sandbox.faults.add({
      match: ({ operationName }) => operationName === 'Commit',
      times: 1,
      act: {
        kind: 'hook',
        when: 'after',
        run: async () => {
          const { head: now } = await other.readState('production', 'all');
          await other.commit({ ...write(now, ''), additions: new Map([['production/other.json', '1']]) });
        },
      },
    });
    fault('Commit', { kind: 'cut', when: 'after' });
    const store = world.open();
    const result = await store.commit(write(head, '2'));
    expect(result).toHaveProperty('head');
    expect((await store.readState('production', 'all')).head).not.toBe((result as { head: string }).head);
    expect([...(await store.readFolder('production')).keys()].toSorted()).toEqual([
      'production/other.json',
      'production/x.json',
    ]);
  });

  test('a whole apply survives a cut connection at every one of its writes, and no event is there twice', async () => {
    await first();
    fault('Commit', { kind: 'cut', when: 'after' }, 100);
    const store = world.open();
    const steps = [step('service/api'), step('site/web')] as const;
    const recorder = await openRun({ store, steps: [...steps] });
    expect(await recorder.begin([steps[0]])).toBe('acquired');
    await recorder.record([succeeded(steps[0])], [steps[1]]);
    await recorder.finish([succeeded(steps[1])], 'succeeded');
    const ids = (await history(store, 'production')).map(({ id }) => id);
    expect(ids).toHaveLength(6);
    expect(new Set(ids).size).toBe(6);
  });

  test('a read that lags behind our own write is made again', async () => {
    const head = await first();
    const store = world.open();
    const result = await store.commit(write(head, '2'));
    fault('State', { kind: 'stale', forReads: 1 });
    expect((await store.readState('production', 'all')).head).toBe((result as { head: string }).head);
  });

  test('a lost race is a conflict', async () => {
    const head = await first();
    const [one, two] = [world.open(), world.open()];
    const results = await Promise.all([one.commit(write(head, 'one')), two.commit(write(head, 'two'))]);
    expect(results.filter((result) => result === 'conflict')).toHaveLength(1);
  });

  test('files over the size that GraphQL tells are read by themselves', async () => {
    const large = `# ${'x'.repeat(600_000)}\n`;
    const files = { 'flotilla.yml': large, '.flotilla/latin1.yml': Buffer.from('name: \xe9\n', 'latin1') };
    const { sha } = await world.sandbox.push(world.fullName, { branch: 'main', files, message: 'config' });
    await world
      .open()
      .commit({ ...write(null, ''), additions: new Map([['production/resources/service/x.json', large]]) });
    const snapshot = await world.open().read({ commit: sha, environment: 'production' });
    expect(Buffer.from(snapshot.config.get('flotilla.yml') ?? '').toString()).toBe(large);
    expect(snapshot.config.get('.flotilla/latin1.yml')).toEqual(Buffer.from('name: \xe9\n', 'latin1'));
    expect(snapshot.state.files.get('production/resources/service/x.json')).toBe(large);
    expect(snapshot.defaultBranch).toBe('main');
  });

  test('says so in an empty repository, for an unknown commit, and without the permission', async () => {
    const empty = await gitHubWorld({ empty: true });
    await expect(empty.open().commit(write(null, '1'))).rejects.toMatchObject({
      tag: 'unsupported',
      mend: expect.stringContaining('first commit'),
    });
    await empty.close();
    await expect(world.open().read({ commit: '1'.repeat(40), environment: 'a' })).rejects.toMatchObject({
      tag: 'unsupported',
    });
    const head = await first();
    const reader = world.connect(world.sandbox.actionsToken(world.fullName, { contents: 'read' }));
    await expect(world.open(reader).commit(write(head, '2'))).rejects.toMatchObject({
      tag: 'credential',
      mend: expect.stringContaining('contents: write'),
    });
  });
});
