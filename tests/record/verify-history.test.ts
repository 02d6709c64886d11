/** `flotilla history --verify`: a branch that Flotilla wrote passes, and each kind of tampering is found, on both stores. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { stateText } from '../../src/model/canonical.ts';
import type { Event } from '../../src/model/state.ts';
import { gitHubStore } from '../../src/record/github-store.ts';
import { gitStore } from '../../src/record/git-store.ts';
import { appendEvents } from '../../src/record/journal.ts';
import type { StateCommit, Store } from '../../src/record/store.ts';
import { unlock } from '../../src/record/unlock.ts';
import { blobId, losses, shrink } from '../../src/record/verify-growth.ts';
import { verifyHistory } from '../../src/record/verify-history.ts';
import { unsigned } from '../../src/record/verify-signatures.ts';
import { writeState } from '../../src/record/write-state.ts';
import type { CommitObject } from '../../src/sandbox/github/git/objects.ts';
import type { Repository } from '../../src/sandbox/github/index.ts';
import { openRun, step, succeeded } from './fixtures.ts';
import { gitHubWorld, type GitHubWorld } from './github-world.ts';
import { temporaryRepository, type TemporaryRepository } from './temporary-repository.ts';

const NOW = new Date('2026-11-20T12:00:00.000Z');
const delay = () => new Promise<void>((resolve) => setImmediate(resolve));
const JOURNAL = 'production/events/2026-11.ndjson';
const ROTATED = 'production/events/2026-11.001.ndjson';

const heartbeat = (id: string, message = ''): Event => ({
  id,
  at: NOW.toISOString(),
  kind: 'heartbeat.received',
  environment: 'production',
  actor: 'ada',
  run: 'test:9',
  commit: null,
  message,
});

const append = (store: Store, events: Event[]) =>
  writeState({ store, environment: 'production', random: () => 0.5, delay }, async (state) => ({
    headline: 'events',
    lines: [],
    additions: appendEvents(state, 'production', events, NOW),
    deletions: [],
  }));

/** All that Flotilla writes: applies that end in each way, an import that fails, a lease that is ended, a full journal. */
async function live(store: Store): Promise<void> {
  const [api, web, database] = [step('service/api'), step('site/web'), step('database/main')];
  const first = await openRun({ store, steps: [api, web, database] });
  await first.begin([api, web]);
  await first.record([succeeded(api), succeeded(web)], [database]);
  const failure = { tag: 'transient' as const, message: 'no' };
  const failed = { outcome: { step: database, result: 'failed' as const, duration: 1, attempts: 1, failure } };
  await first.finish([failed], 'failed');

  const [gone, moved] = [step('site/web', 'delete'), step('service/api', 'create', 'sandbox')];
  const second = await openRun({ store, run: 'test:2', seed: 2, steps: [gone, moved] });
  await second.begin([gone, moved]);
  await append(
    store,
    Array.from({ length: 600 }, (_, index) => heartbeat(`beat-${index}`, 'x'.repeat(500))),
  );
  await second.finish([succeeded(gone, null), succeeded(moved)], 'succeeded');

  const adopted = step('bucket/media', 'adopt');
  const third = await openRun({ store, run: 'test:3', seed: 3, steps: [adopted], options: { purpose: 'import' } });
  await third.begin([adopted]);
  await third.finish([{ outcome: { ...failed.outcome, step: adopted }, instance: null }], 'failed');

  const killed = step('service/worker');
  await (await openRun({ store, run: 'test:4', seed: 4, steps: [killed] })).begin([killed]);
  const options = { actor: 'ada', run: 'test:5', clock: () => NOW, random: () => 0.25, delay };
  await unlock(store, 'production', options);

  const preview = step('site/web');
  const fourth = await openRun({ store, environment: 'preview-7', run: 'test:6', seed: 6, steps: [preview] });
  await fourth.begin([preview]);
  await fourth.finish([succeeded(preview)], 'succeeded');
}

interface World {
  /** Another branch of the same history. */
  fork(name: string): Promise<Store>;
  close(): Promise<void>;
}

async function gitWorld(): Promise<World & { repository: TemporaryRepository }> {
  const repository = temporaryRepository();
  repository.commit({ 'flotilla.yml': 'fleet: acme\n' });
  await live(await gitStore({ root: repository.root }));
  return {
    repository,
    async fork(name) {
      repository.git('branch', name, 'flotilla');
      return gitStore({ root: repository.root, branch: name });
    },
    close: async () => repository[Symbol.dispose](),
  };
}

async function onGitHub(): Promise<World & { world: GitHubWorld }> {
  const world = await gitHubWorld();
  await live(world.open());
  const github = world.connect();
  const { repository } = world;
  return {
    world,
    async fork(name) {
      const head = world.sandbox.state.repositories.get('acme/fleet')?.git.refs.get('refs/heads/flotilla');
      const made = { ...repository, ref: `refs/heads/${name}`, sha: head };
      await github.request('POST /repos/{owner}/{repo}/git/refs', made, { kind: 'ref' });
      return gitHubStore({ github, repository, branch: name, clock: () => NOW, delay });
    },
    close: world.close,
  };
}

type Lines = (lines: string[]) => string[];
interface Tampering {
  name: string;
  /** Tried on GitHub, too: where what the store reads differs. */
  onGitHub?: true;
  file: string;
  /** What becomes of the file; null: it is removed. */
  change: ((text: string) => string) | null;
  found: { line: number | 'last before' | 'last after' | null; what: RegExp };
}

const lines =
  (change: Lines) =>
  (text: string): string =>
    `${change(text.trimEnd().split('\n')).join('\n')}\n`;
const resource = 'production/resources/service/api.json';

const TAMPERINGS: Tampering[] = [
  {
    name: 'an event is changed',
    onGitHub: true,
    file: JOURNAL,
    change: lines(([first = '', ...rest]) => [first.replace('"actor":"ada"', '"actor":"eve"'), ...rest]),
    found: { line: 1, what: /^the event \S+ was changed$/ },
  },
  {
    name: 'an event is taken out',
    file: JOURNAL,
    change: lines((all) => all.toSpliced(4, 1)),
    found: { line: 5, what: /^the event \S+ was lost$/ },
  },
  {
    name: 'the last events are cut off',
    file: JOURNAL,
    change: lines((all) => all.slice(0, -1)),
    found: { line: 'last before', what: /^the event \S+ was lost$/ },
  },
  {
    name: 'events change places',
    file: JOURNAL,
    change: lines(([one = '', two = '', ...rest]) => [two, one, ...rest]),
    found: { line: 1, what: /put in another order/ },
  },
  {
    name: 'an event is put between others',
    file: JOURNAL,
    change: lines(([one = '', ...rest]) => [one, JSON.stringify(heartbeat('forged')), ...rest]),
    found: { line: 2, what: /others were put between/ },
  },
  {
    name: 'a journal is removed',
    onGitHub: true,
    file: 'preview-7/events/2026-11.ndjson',
    change: null,
    found: { line: null, what: /^the file is gone$/ },
  },
  {
    name: 'an event of a full journal is changed',
    file: ROTATED,
    change: lines(([first = '', ...rest]) => [first.replace('3 steps', '2 steps'), ...rest]),
    found: { line: 1, what: /was changed$/ },
  },
  {
    name: 'something is added to a full journal',
    onGitHub: true,
    file: ROTATED,
    change: (text) => `${text}${JSON.stringify(heartbeat('late'))}\n`,
    found: { line: 'last before', what: /put aside/ },
  },
  {
    name: 'something that is no event is added',
    file: JOURNAL,
    change: (text) => `${text}{"id":7}\n`,
    found: { line: 'last after', what: /expected an event/ },
  },
  {
    name: 'an event is written a second time',
    file: JOURNAL,
    change: lines((all) => [...all, all[0] ?? '']),
    found: { line: 'last after', what: /is there twice/ },
  },
  {
    name: 'an event of another environment is added',
    file: JOURNAL,
    change: (text) => `${text}${JSON.stringify({ ...heartbeat('other'), environment: 'staging' })}\n`,
    found: { line: 'last after', what: /is of staging/ },
  },
  {
    name: 'the snapshot forgets a resource',
    onGitHub: true,
    file: resource,
    change: null,
    found: { line: null, what: /^the journal says that service\/api is on local, and the snapshot does not$/ },
  },
  {
    name: 'the snapshot makes up an instance',
    file: resource,
    change: (text) => {
      const state = JSON.parse(text) as { instances: Record<string, unknown> };
      return stateText({ ...state, instances: { ...state.instances, evil: state.instances['local'] } } as never);
    },
    found: { line: null, what: /^the snapshot says that service\/api is on evil, and the journal does not$/ },
  },
  {
    name: 'the snapshot says that the last apply went well',
    file: 'production/environment.json',
    change: (text) => text.replace('"succeeded"', '"failed"'),
    found: { line: null, what: /^the last apply's outcome is succeeded by the journal and failed by the snapshot$/ },
  },
  {
    name: 'the snapshot says another plan',
    file: 'production/environment.json',
    change: (text) => text.replace('feedfacefeedface', 'f00df00df00df00d'),
    found: { line: null, what: /plan is feedfacefeedface by the journal and f00df00df00df00d/ },
  },
  {
    name: 'the snapshot makes up an approval',
    onGitHub: true,
    file: 'production/environment.json',
    change: (text) =>
      stateText({ ...JSON.parse(text), approvals: [{ plan: 'f00d', actor: 'ada', at: NOW.toISOString() }] } as never),
    found: { line: null, what: /^the snapshot says that ada approved plan f00d, and the journal does not$/ },
  },
  {
    name: 'the snapshot is no JSON',
    file: 'production/environment.json',
    change: () => '{',
    found: { line: 1, what: /is damaged: not JSON/ },
  },
];

const textAt = async (store: Store, file: string): Promise<string> =>
  (await store.readFolder(file.slice(0, file.lastIndexOf('/')))).get(file) ?? '';

async function write(store: Store, file: string, text: string | null): Promise<string> {
  const { head } = await store.readState('production', 'shared');
  const result = await store.commit({
    expectedHead: head,
    headline: 'nothing to see here',
    body: '',
    additions: new Map(text === null ? [] : [[file, text]]),
    deletions: text === null ? [file] : [],
  });
  if (result === 'conflict') throw new Error('the test lost a race');
  return result.head;
}

describe.each([
  ['a local repository', gitWorld, TAMPERINGS],
  ['GitHub', onGitHub, TAMPERINGS.filter((one) => one.onGitHub)],
] as const)('the record in %s', (_, open, tamperings) => {
  let world: World;
  beforeAll(async () => {
    world = await open();
  });
  afterAll(() => world.close());

  test('passes as Flotilla wrote it, with its newest commit to note', async () => {
    const store = await world.fork('as-it-is');
    const { violations, ...rest } = await verifyHistory(store);
    expect(violations).toEqual([]);
    expect(rest).toMatchObject({ commits: 12, environments: ['preview-7', 'production'], events: 623 });
    expect((await verifyHistory(store, { since: rest.head })).violations).toEqual([]);
    expect([...(await store.readFolder('production/events')).keys()]).toContain(ROTATED);
  });

  test.each(tamperings)('$name: found, with commit, file and line', async ({ name, file, change, found }) => {
    const store = await world.fork(name.replaceAll(' ', '-'));
    const before = await textAt(store, file);
    const after = change === null ? null : change(before);
    expect(after).not.toBe(before);
    const commit = await write(store, file, after);
    const last = (text: string | null) => (text ?? '').trimEnd().split('\n').length;
    const { violations } = await verifyHistory(store);
    const hit = violations.filter(({ what }) => found.what.test(what));
    expect(hit).toHaveLength(1);
    const ends = new Map<unknown, number>([
      ['last before', last(before)],
      ['last after', last(after)],
    ]);
    const line = ends.get(found.line) ?? found.line;
    expect(hit[0]).toMatchObject({ commit, file, line });
  });

  test('what was tampered with and put back is found where it was done', async () => {
    const store = await world.fork('there-and-back');
    const before = await textAt(store, JOURNAL);
    const commit = await write(store, JOURNAL, lines((all) => all.slice(0, 2))(before));
    const restored = await write(store, JOURNAL, before);
    const { violations } = await verifyHistory(store);
    expect(violations.length).toBe(before.trimEnd().split('\n').length - 2);
    expect(new Set(violations.map((one) => one.commit))).toEqual(new Set([commit]));
    expect(violations.map((one) => one.line)).not.toContain(1);
    expect((await verifyHistory(store)).head).toBe(restored);
  });

  test('a history that was replaced is one that a noted commit is no part of', async () => {
    const noted = (await verifyHistory(await world.fork('noted'))).head;
    const other = await world.fork('grown');
    const grown = await write(other, 'production/note.txt', 'x');
    expect((await verifyHistory(other, { since: noted.slice(0, 12) })).violations).toEqual([]);
    expect((await verifyHistory(await world.fork('old'), { since: grown })).violations).toEqual([
      { commit: noted, file: null, line: null, what: expect.stringContaining('was replaced') },
    ]);
  });
});

test('events that are lost in the many parents of a merge, or in a second beginning, are named by it', async () => {
  const { repository, close } = await gitWorld();
  onTestFinished(close);
  const { git } = repository;
  const empty = git('commit-tree', `${git('hash-object', '-t', 'tree', '/dev/null', '-w').trim()}`, '-m', 'x').trim();
  const head = git('rev-parse', 'flotilla').trim();
  const merged = git('commit-tree', `${head}^{tree}`, '-p', empty, '-p', head, '-m', 'x').trim();
  git('branch', 'merged', merged);
  const { violations } = await verifyHistory(await gitStore({ root: repository.root, branch: 'merged' }));
  const begins = 'it begins one of 2 histories, which Flotilla does once';
  expect(violations).toHaveLength(3);
  expect(violations).toContainEqual({ commit: empty, file: null, line: null, what: begins });
  expect(violations[0]).toMatchObject({ commit: merged, what: 'it joins 2 histories, which Flotilla never does' });
});

test('no branch is said, with what makes one', async () => {
  using repository = temporaryRepository();
  repository.commit({ a: 'b' });
  await expect(verifyHistory(await gitStore({ root: repository.root }))).rejects.toThrow('no state branch');
  const world = await gitHubWorld();
  onTestFinished(world.close);
  await expect(verifyHistory(world.open())).rejects.toThrow('no state branch');
});

describe('signatures on GitHub', () => {
  async function recorded() {
    const world = await gitHubWorld();
    onTestFinished(world.close);
    const store = world.open();
    const api = step('service/api');
    const run = await openRun({ store, steps: [api] });
    await run.begin([api]);
    await run.finish([succeeded(api)], 'succeeded');
    return { world, store };
  }

  test('those of the workflow pass, the first commit of the branch among them', async () => {
    const { store } = await recorded();
    expect(await verifyHistory(store)).toMatchObject({ commits: 2, signatures: 'checked', violations: [] });
  });

  test('a commit that was forged is named, whoever it says that it is by', async () => {
    const { world, store } = await recorded();
    const { git } = world.sandbox.state.repositories.get(world.fullName) as Repository;
    const { head } = await verifyHistory(store);
    const last = (await git.commit(head)) as CommitObject;
    // By the workflow's bot through GitHub, it says, and it has the signature of the commit before.
    const forged = git.writeCommit({ ...last, parents: [head], message: '[skip ci] production: apply succeeded' });
    await git.refs.update([{ ref: 'refs/heads/flotilla', to: forged }]);
    expect((await verifyHistory(store)).violations).toEqual([
      { commit: forged, file: null, line: null, what: 'it is not signed by GitHub: its signature is invalid' },
    ]);
    await world.sandbox.push(world.fullName, { branch: 'flotilla', files: { 'production/x': 'x' }, message: 'pushed' });
    expect((await verifyHistory(store)).violations.map(({ what }) => what)).toEqual([
      'it is not signed by GitHub: its signature is unsigned',
      'it is not signed by GitHub: its signature is invalid',
    ]);
  });

  test('a commit that GitHub signed for somebody else is named, unless they are expected', async () => {
    const { world, store } = await recorded();
    const { token } = world.sandbox.createUser('acme-admin');
    world.sandbox.setPermission(world.fullName, 'acme-admin', 'write');
    await write(world.open(world.connect(token)), 'production/note.txt', 'x');
    expect((await verifyHistory(store)).violations.map(({ what }) => what)).toEqual([
      'GitHub signed it for acme-admin, who is not expected to write here',
    ]);
    const actors = ['github-actions[bot]', 'acme-admin'];
    expect((await verifyHistory(store, { actors })).violations).toEqual([]);
  });

  test('nobody signs for GitHub but GitHub', () => {
    const by = (signature: StateCommit['signature']) =>
      unsigned(
        [{ id: 'c', parents: [], environments: [], journals: new Map(), signature: signature as never }],
        actors,
      );
    const actors = new Set(['github-actions[bot]', 'ada']);
    const [author, committer] = ['github-actions[bot]', 'noreply@github.com'];
    expect(by({ verified: true, reason: 'valid', author, committer })).toEqual([]);
    expect(by({ verified: true, reason: 'valid', author, committer: author })).toEqual([]);
    expect(by({ verified: true, reason: 'valid', author, committer: 'eve' })).toHaveLength(1);
    expect(by({ verified: true, reason: 'valid', author: 'ada', committer: 'ada' })).toHaveLength(1);
    expect(by({ verified: true, reason: 'expired_key', author, committer })).toHaveLength(1);
    expect(by({ verified: true, reason: 'valid', author: null, committer })).toHaveLength(1);
  });

  test('it takes two requests a hundred commits and one a journal, whatever was written', async () => {
    const { world, store } = await recorded();
    const { git } = world.sandbox.state.repositories.get(world.fullName) as Repository;
    let { head } = await verifyHistory(store);
    const last = (await git.commit(head)) as CommitObject;
    for (let index = 0; index < 118; index += 1)
      head = git.writeCommit({ ...last, parents: [head], message: `the same again, ${index}` });
    await git.refs.update([{ ref: 'refs/heads/flotilla', to: head }]);
    const before = world.sandbox.traffic.length;
    expect((await verifyHistory(world.open())).commits).toBe(120);
    const sent = world.sandbox.traffic.slice(before).map(({ route, operationName }) => operationName ?? route);
    const count = (name: RegExp) => sent.filter((one) => name.test(one ?? '')).length;
    // The first page is asked for twice: only then is it known which environments there are.
    expect([count(/Journals/), count(/\/commits$/), count(/blobs/), count(/State/), sent.length]).toEqual([
      3, 2, 1, 1, 8,
    ]);
  });
});

describe('growth', () => {
  const ref = (text: string) => ({ id: blobId(Buffer.from(text), 40), size: Buffer.byteLength(text) });

  test('what a parent held is told from the child by its id, without being read', () => {
    const child = new Map([
      ['e/events/2026-11.001.ndjson', Buffer.from('a\nb\n')],
      ['e/events/2026-11.ndjson', Buffer.from('c\n')],
    ]);
    const refs = new Map([...child].map(([path, bytes]) => [path, ref(bytes.toString())]));
    const parent = new Map([['e/events/2026-11.ndjson', ref('a\n')]]);
    const { contents, unexplained } = shrink(parent, { refs, contents: child });
    expect(unexplained).toEqual([]);
    expect(contents.get('e/events/2026-11.ndjson')?.toString()).toBe('a\n');
    expect(shrink(new Map([['e/events/2026-11.ndjson', ref('x\n')]]), { refs, contents: child }).unexplained).toEqual([
      'e/events/2026-11.ndjson',
    ]);
  });

  test('a file of the same length with another start is no growth, in a repository of SHA-256 neither', () => {
    const path = 'e/events/2026-11.ndjson';
    const before = { id: blobId(Buffer.from('a\n'), 64), size: 2 };
    const after = new Map([[path, Buffer.from('b\nc\n')]]);
    const refs = new Map([[path, { id: blobId(Buffer.from('b\nc\n'), 64), size: 4 }]]);
    expect(shrink(new Map([[path, before]]), { refs, contents: after }).unexplained).toEqual([path]);
    expect(losses(path, Buffer.from('a\n'), new Map([[path, before]]), after)).toEqual([
      { file: path, line: 1, what: 'the event here was lost' },
    ]);
  });
});
