import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stateText } from '../../src/model/canonical.ts';
import type { Address } from '../../src/model/resource.ts';
import { foldState } from '../../src/record/fold.ts';
import { appendEvents, history, JOURNAL_BYTES } from '../../src/record/journal.ts';
import type { CommitRequest, Store } from '../../src/record/store.ts';
import { unlock } from '../../src/record/unlock.ts';
import { writeState } from '../../src/record/write-state.ts';
import { instance, openRun, step, succeeded, testClock, testRandom } from './fixtures.ts';

/** One repository behind a store, made afresh for each test. */
export interface StoreWorld {
  /** Another store on the same repository, as another process would open it. */
  open(): Promise<Store>;
  /** Commits files to the default branch and gives the commit's id. */
  commitConfig(files: Record<string, string>): Promise<string>;
  close(): Promise<void>;
}

const files = (...entries: [string, string][]): Map<string, string> => new Map(entries);
const request = (
  expectedHead: string | null,
  additions: Map<string, string>,
  deletions: string[] = [],
): CommitRequest => ({
  expectedHead,
  headline: 'a write',
  body: 'with a body',
  additions,
  deletions,
});
const landed = (result: { head: string } | 'conflict'): string => {
  if (result === 'conflict') throw new Error('expected the commit to land');
  return result.head;
};
const delay = () => new Promise<void>((resolve) => setImmediate(resolve));

/** One event by one of many writers. */
const event = (writer: number) => ({
  id: `w${writer}`,
  at: '2026-11-20T12:00:00.000Z',
  kind: 'apply.started' as const,
  environment: 'production',
  actor: 'ada',
  run: `w${writer}`,
  commit: null,
});

/** Applies one service, waiting its turn for as long as it takes. */
const applyOnce = async (writer: Store, index: number): Promise<void> => {
  for (;;) {
    const one = step(`service/s${index}` as Address);
    const recorder = await openRun({ store: writer, run: `test:${index}`, seed: index + 1, steps: [one] });
    const begun = await recorder.begin([one]);
    if (begun !== 'acquired') {
      await delay();
      continue;
    }
    await recorder.finish([succeeded(one)], 'succeeded');
    return;
  }
};

/** What every store must do, whatever is behind it. */
export function storeSuite(name: string, makeWorld: () => Promise<StoreWorld>): void {
  describe(`store: ${name}`, () => {
    let world: StoreWorld;
    let store: Store;
    let commit: string;
    beforeEach(async () => {
      world = await makeWorld();
      commit = await world.commitConfig({ 'flotilla.yml': 'fleet: acme\n', 'web/index.html': '<h1>hi</h1>' });
      store = await world.open();
    });
    afterEach(() => world.close());

    test('reads config at a commit, and an absent state branch as no state', async () => {
      const snapshot = await store.read({ commit, environment: 'production' });
      expect([...snapshot.config].map(([path, content]) => [path, Buffer.from(content).toString()])).toEqual([
        ['flotilla.yml', 'fleet: acme\n'],
      ]);
      expect(snapshot.commit).toBe(commit);
      expect(snapshot.state).toEqual({ head: null, files: new Map(), journals: [], environments: [] });
    });

    test('reads the files of .flotilla at the commit asked for, not at a later one', async () => {
      const older = await world.commitConfig({
        '.flotilla/services.yml': 'services: {}\n',
        '.flotilla/rules.yaml': 'policy: {}\n',
        '.flotilla/notes.txt': 'x',
      });
      await world.commitConfig({ '.flotilla/services.yml': 'changed: true\n' });
      const { config } = await store.read({ commit: older, environment: 'production' });
      expect([...config.keys()].toSorted()).toEqual(['.flotilla/rules.yaml', '.flotilla/services.yml', 'flotilla.yml']);
      expect(Buffer.from(config.get('.flotilla/services.yml') ?? '').toString()).toBe('services: {}\n');
    });

    test('reads another file of .flotilla when it is asked for, byte by byte', async () => {
      const bytes = 'PK\u0000\u0001\u0002';
      const holding = await world.commitConfig({ 'flotilla.yml': 'fleet: acme\n', '.flotilla/policy.tar.gz': bytes });
      const { beside, config } = await store.read({ commit: holding, environment: 'production' });
      expect([...config.keys()]).toEqual(['flotilla.yml']);
      expect(Buffer.from((await beside('.flotilla/policy.tar.gz', 100)) ?? '').toString()).toBe(bytes);
      expect(await beside('.flotilla/other.tar.gz', 100)).toBeUndefined();
    });

    test('reads the register of certificates for who looks after them', async () => {
      const register = async (commit: string, what: 'all' | 'history') =>
        (await store.read({ commit, environment: 'production', what })).certificates;
      const without = await world.commitConfig({ 'flotilla.yml': 'fleet: harbour\n' });
      const commit = await world.commitConfig({ 'flotilla.certificates.pem': 'of harbour\n' });
      expect(await register(commit, 'history')).toBe('of harbour\n');
      expect(await register(without, 'history')).toBe('');
      expect(await register(commit, 'all')).toBeUndefined();
    });

    test('reads the sealed secrets of an environment, and of what it is a copy of', async () => {
      const names = ['flotilla.secrets.yml', 'flotilla.secrets.preview.yml', 'flotilla.secrets.preview-7.yml'];
      const commit = await world.commitConfig(Object.fromEntries(names.map((name) => [name, `of ${name}\n`])));
      const sealed = async (environment: string) => [...(await store.read({ commit, environment })).sealed];
      expect(await sealed('preview-7')).toEqual(names.map((name) => [name, `of ${name}\n`]));
      expect(await sealed('preview-8')).toEqual(names.slice(0, 2).map((name) => [name, `of ${name}\n`]));
      expect((await sealed('production')).map(([name]) => name)).toEqual(names.slice(0, 1));
    });

    test('gives the git ids of folders and files of a commit', async () => {
      const first = await store.tree(commit);
      const second = await store.tree(await world.commitConfig({ 'web/index.html': '<h1>bye</h1>' }));
      expect([...first.keys()]).toEqual(expect.arrayContaining(['', 'flotilla.yml', 'web', 'web/index.html']));
      expect(second.get('flotilla.yml')).toBe(first.get('flotilla.yml'));
      expect(second.get('web')).not.toBe(first.get('web'));
    });

    test('starts an orphan branch, then adds, changes and deletes', async () => {
      const first = landed(await store.commit(request(null, files(['a/environment.json', '{}'], ['a/x.json', '1']))));
      const second = landed(
        await store.commit(
          request(first, files(['a/x.json', '2'], ['b/é "q".json', 'ü\n'], ['README.md', 'hi']), [
            'a/environment.json',
          ]),
        ),
      );
      const state = await (await world.open()).readState('b', 'all');
      expect(state.head).toBe(second);
      expect(state.environments.toSorted()).toEqual(['a', 'b']);
      expect([...(await store.readFolder('a'))]).toEqual([['a/x.json', '2']]);
      expect([...(await store.readFolder('b'))]).toEqual([['b/é "q".json', 'ü\n']]);
      expect([...(await store.readFolder('c'))]).toEqual([]);
    });

    test('each reader gets the part that it needs: plans no series, nobody closed incidents unasked', async () => {
      const texts = files(
        ['a/environment.json', '{}'],
        ['a/health.json', 'h'],
        ['a/incidents/open/1.json', 'o'],
        ['a/incidents/closed/2026-11/0.json', 'c'],
        ['a/resources/service/api.json', 'r'],
        ['a/series/service.api.json', 's'],
      );
      await store.commit(request(null, texts));
      const reader = await world.open();
      const names = async (what: 'shared' | 'all' | 'history') =>
        [...(await reader.readState('a', what)).files.keys()].map((path) => path.slice(2)).toSorted();
      expect(await names('shared')).toEqual(['environment.json', 'health.json']);
      const planned = ['environment.json', 'health.json', 'incidents/open/1.json', 'resources/service/api.json'];
      expect(await names('all')).toEqual(planned);
      expect(await names('history')).toEqual([...planned, 'series/service.api.json']);
      expect([...(await reader.readFolder('a/incidents/closed'))]).toEqual([
        ['a/incidents/closed/2026-11/0.json', 'c'],
      ]);
      expect((await reader.readFolder('a')).size).toBe(6);
    });

    test('answers conflict, and changes nothing, when the head is elsewhere', async () => {
      const other = await world.open();
      const first = landed(await store.commit(request(null, files(['a/x', '1']))));
      expect(await other.commit(request(null, files(['a/x', '2'])))).toBe('conflict');
      const second = landed(await other.commit(request(first, files(['a/x', '3']))));
      expect(await store.commit(request(first, files(['a/x', '4'])))).toBe('conflict');
      const state = await store.readState('a', 'all');
      expect(state.head).toBe(second);
      expect((await store.readFolder('a')).get('a/x')).toBe('3');
    });

    test('20 writers at once lose nothing', async () => {
      const writers = await Promise.all(Array.from({ length: 20 }, () => world.open()));
      await Promise.all(
        writers.map((writer, index) =>
          writeState({ store: writer, environment: 'production', random: testRandom(index), delay }, async (state) => ({
            headline: `writer ${index}`,
            lines: [],
            additions: appendEvents(state, 'production', [event(index)], new Date('2026-11-20T12:00:00.000Z')),
            deletions: [],
          })),
        ),
      );
      const ids = (await history(store, 'production')).map(({ id }) => id);
      expect(ids.toSorted()).toEqual(Array.from({ length: 20 }, (_, index) => `w${index}`).toSorted());
    });

    test('20 applies at once on one environment: one at a time, no lost event', async () => {
      await Promise.all(Array.from({ length: 20 }, async (_, index) => applyOnce(await world.open(), index)));
      const state = foldState((await store.readState('production', 'all')).files, 'production');
      expect(state.resources.size).toBe(20);
      expect(state.environment).toMatchObject({ serial: 40, lease: null });
      const kinds = (await history(store, 'production')).map(({ kind }) => kind);
      // Started, intended, succeeded, finished: four events a run, never two runs mixed.
      expect(kinds).toEqual(
        Array.from({ length: 20 }, () => ['apply.started', 'step.intended', 'step.succeeded', 'apply.finished']).flat(),
      );
    });

    test('20 applies at once on 20 environments all finish', async () => {
      await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const environment = `env-${index}`;
          const one = step('service/api');
          const recorder = await openRun({
            store: await world.open(),
            environment,
            run: `test:${index}`,
            seed: index + 1,
            steps: [one],
          });
          expect(await recorder.begin([one])).toBe('acquired');
          await recorder.finish([succeeded(one)], 'succeeded');
        }),
      );
      const { environments } = await store.readState('env-0', 'shared');
      expect(environments).toHaveLength(20);
      const events = await Promise.all(environments.map((environment) => history(store, environment)));
      expect(events.map((list) => list.length)).toEqual(Array.from({ length: 20 }, () => 4));
    });

    test('an apply of three waves writes four commits, and ends with what it did', async () => {
      const steps = [step('database/main'), step('service/api'), step('site/web')] as const;
      const recorder = await openRun({ store, steps: [...steps] });
      expect(await recorder.begin([steps[0]])).toBe('acquired');
      const mid = foldState((await store.readState('production', 'all')).files, 'production');
      expect(mid.resources.get('database/main')?.instances['local']?.intent).toMatchObject({
        action: 'create',
        run: 'test:1',
      });
      await recorder.record([succeeded(steps[0])], [steps[1]]);
      await recorder.record([succeeded(steps[1])], [steps[2]]);
      await recorder.finish(
        [
          {
            outcome: {
              step: steps[2],
              result: 'failed',
              duration: 1,
              attempts: 5,
              failure: { tag: 'transient', message: 'timed out' },
            },
          },
        ],
        'failed',
      );
      expect(recorder.commits).toBe(4);
      const { environment, resources } = foldState((await store.readState('production', 'all')).files, 'production');
      expect(environment).toMatchObject({ serial: 4, commit: 'c0ffee', outcome: 'failed', lease: null });
      expect(resources.get('service/api')?.instances['local']).toEqual(instance('service/api'));
      expect(resources.get('site/web')?.instances['local']).toMatchObject({ id: null, error: 'timed out' });
      expect(resources.get('site/web')?.instances['local']).not.toHaveProperty('intent');
    });

    test('a deleted resource leaves the branch', async () => {
      const one = step('service/api');
      const create = await openRun({ store, steps: [one] });
      await create.begin([one]);
      await create.finish([succeeded(one)], 'succeeded');
      const gone = step('service/api', 'delete');
      const remove = await openRun({ store, run: 'test:2', seed: 2, steps: [gone] });
      expect(await remove.begin([gone])).toBe('acquired');
      await remove.finish([succeeded(gone, null)], 'succeeded');
      expect(foldState((await store.readState('production', 'all')).files, 'production').resources.size).toBe(0);
    });

    test('a live lease is respected, an expired one is taken over, and its old holder cannot write any more', async () => {
      const clock = testClock();
      const one = step('service/api');
      const options = { clock: clock.now, leaseSeconds: 60 };
      const first = await openRun({ store, run: 'test:a', seed: 1, steps: [one], options });
      expect(await first.begin([one])).toBe('acquired');
      const second = await openRun({ store: await world.open(), run: 'test:b', seed: 2, steps: [one], options });
      expect(await second.begin([one])).toMatchObject({ held: { run: 'test:a' } });
      clock.advance(61);
      expect(await second.begin([one])).toBe('acquired');
      await expect(first.finish([succeeded(one)], 'succeeded')).rejects.toMatchObject({ tag: 'conflict' });
      await second.finish([succeeded(one)], 'succeeded');
      const kinds = (await history(store, 'production')).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'lease.taken-over')).toHaveLength(1);
      expect(kinds.filter((kind) => kind === 'apply.finished')).toHaveLength(1);
    });

    test("a dead run's lease is taken over at once, and a moved environment is planned afresh", async () => {
      const one = step('service/api');
      await (await openRun({ store, run: 'test:dead', seed: 1, steps: [one] })).begin([one]);
      const asked: string[] = [];
      const isRunAlive = async (run: string): Promise<boolean> => asked.push(run) < 0;
      const waiting = await openRun({ store: await world.open(), run: 'test:c', seed: 3, steps: [one] });
      const next = await openRun({ store, run: 'test:b', seed: 2, steps: [one], options: { isRunAlive } });
      expect(await next.begin([one])).toBe('acquired');
      expect(asked).toEqual(['test:dead']);
      await next.finish([succeeded(one)], 'succeeded');
      expect(await waiting.begin([one])).toMatchObject({ held: { run: 'test:dead' } });
      expect(await waiting.begin([one])).toBe('moved');
    });

    test('unlock ends a lease with an event; the run that had it cannot write any more', async () => {
      const one = step('service/api');
      const stuck = await openRun({ store, run: 'test:stuck', steps: [one] });
      await stuck.begin([one]);
      const by = { actor: 'grace', run: 'test:2', clock: () => new Date(), random: testRandom(9), delay };
      expect(await unlock(store, 'production', by)).toMatchObject({ run: 'test:stuck' });
      expect(await unlock(store, 'production', by)).toBeNull();
      await expect(stuck.record([succeeded(one)], [])).rejects.toMatchObject({ tag: 'conflict' });
      expect((await history(store, 'production')).at(-1)).toMatchObject({ kind: 'lease.unlocked', actor: 'grace' });
    });

    test('a heartbeat renews the lease in a long wave', async () => {
      const clock = testClock();
      const beats: (() => void)[] = [];
      const one = step('service/api');
      const recorder = await openRun({
        store,
        steps: [one],
        options: { clock: clock.now, leaseSeconds: 60, schedule: (_, work) => (beats.push(work), () => {}) },
      });
      await recorder.begin([one]);
      clock.advance(30);
      beats.at(-1)?.();
      await recorder.record([], []);
      expect(recorder.commits).toBe(3);
      const { environment } = foldState((await store.readState('production', 'all')).files, 'production');
      expect(environment?.lease?.expires).toBe('2026-11-20T12:01:30.000Z');
    });

    test('a full journal is put aside, and history still tells everything in order', async () => {
      const now = new Date('2026-11-20T12:00:00.000Z');
      const message = 'x'.repeat(1000);
      const batch = (from: number) =>
        Array.from({ length: 150 }, (_, index) => ({
          id: `e${from + index}`,
          at: now.toISOString(),
          kind: 'step.succeeded' as const,
          environment: 'production',
          actor: 'ada',
          run: 'r',
          commit: null,
          message,
        }));
      for (let from = 0; from < 600; from += 150)
        await writeState({ store, environment: 'production', random: testRandom(1), delay }, async (state) => ({
          headline: 'events',
          lines: [],
          additions: appendEvents(state, 'production', batch(from), now),
          deletions: [],
        }));
      const journals = await store.readFolder('production/events');
      expect([...journals.keys()].toSorted()).toEqual([
        'production/events/2026-11.001.ndjson',
        'production/events/2026-11.002.ndjson',
        'production/events/2026-11.ndjson',
      ]);
      for (const text of journals.values()) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(JOURNAL_BYTES);
      expect((await history(store, 'production')).map(({ id }) => id)).toEqual(
        Array.from({ length: 600 }, (_, index) => `e${index}`),
      );
      const shared = await store.readState('production', 'shared');
      expect([...shared.files.keys()]).toEqual(['production/events/2026-11.ndjson']);
    });

    test('1,000 resources come back in one read', async () => {
      const additions = new Map<string, string>();
      for (let index = 0; index < 1000; index++) {
        const address = `service/s${index}` as Address;
        additions.set(
          `production/resources/${address}.json`,
          stateText({ format: 1, address, protect: false, dependsOn: [], instances: { local: instance(`i${index}`) } }),
        );
      }
      landed(await store.commit(request(null, additions)));
      const { state } = await (await world.open()).read({ commit, environment: 'production' });
      expect(foldState(state.files, 'production').resources.size).toBe(1000);
    });
  });
}
