import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { gitStore } from '../../src/record/git-store.ts';
import { storeSuite } from './store-suite.ts';
import { temporaryRepository } from './temporary-repository.ts';

storeSuite('git', async () => {
  const repository = temporaryRepository();
  return {
    open: () => gitStore({ root: repository.root }),
    commitConfig: async (files) => repository.commit(files),
    close: async () => repository[Symbol.dispose](),
  };
});

const write = (expectedHead: string | null) => ({
  expectedHead,
  headline: 'a write',
  body: '',
  additions: new Map([['a/x', '1']]),
  deletions: [],
});

describe('git store', () => {
  test('reads the work tree when no commit is named', async () => {
    using repository = temporaryRepository();
    const head = repository.commit({ 'flotilla.yml': 'fleet: acme\n', 'web/a.txt': 'a', '.gitignore': 'ignored\n' });
    repository.write({ ignored: 'x' });
    const store = await gitStore({ root: join(repository.root, 'web') });
    expect((await store.read({ commit: null, environment: 'a' })).commit).toBe(head);
    const clean = await store.tree(null);
    expect(clean.get('web')).toBe(repository.git('rev-parse', 'HEAD:web'));

    repository.write({ 'web/b.txt': 'b', 'flotilla.yml': Uint8Array.of(0xff, 0xfe) });
    const indexBefore = readFileSync(join(repository.root, '.git/index'));
    const dirty = await store.read({ commit: null, environment: 'a' });
    const tree = await store.tree(null);
    expect(dirty.commit).toBeNull();
    expect(dirty.config.get('flotilla.yml')).toEqual(Buffer.from([0xff, 0xfe]));
    expect([...tree.keys()].toSorted()).toEqual(['', '.gitignore', 'flotilla.yml', 'web', 'web/a.txt', 'web/b.txt']);
    expect(tree.get('web')).not.toBe(clean.get('web'));
    expect(readFileSync(join(repository.root, '.git/index'))).toEqual(indexBefore);
  });

  test('works before the first commit', async () => {
    using repository = temporaryRepository();
    repository.write({ 'flotilla.yml': 'fleet: acme\n', 'web/a.txt': 'a' });
    const store = await gitStore({ root: repository.root });
    const snapshot = await store.read({ commit: null, environment: 'a' });
    expect(snapshot.commit).toBeNull();
    expect(snapshot.config.size).toBe(1);
    expect((await store.tree(null)).has('web/a.txt')).toBe(true);
    expect(await store.commit(write(null))).toHaveProperty('head');
    expect(repository.git('status', '--porcelain', '--branch')).toContain('No commits yet on main');
  });

  test('an edit of the same length in the same second is seen', async () => {
    using repository = temporaryRepository();
    repository.commit({ 'web/a.txt': 'one' });
    repository.write({ 'web/a.txt': 'two', 'new.txt': 'x' });
    const tree = await (await gitStore({ root: repository.root })).tree(null);
    expect(repository.git('cat-file', '-p', tree.get('web/a.txt') ?? '')).toBe('two');
  });

  test('leaves HEAD, index and work tree alone, runs no hook, and makes no stray refs', async () => {
    using repository = temporaryRepository();
    repository.commit({ 'flotilla.yml': 'fleet: acme\n' });
    repository.git('config', 'core.hooksPath', 'hooks');
    repository.git('config', 'commit.gpgSign', 'true');
    repository.write({ 'hooks/reference-transaction': '#!/bin/sh\ntouch "$(dirname "$0")/ran"\n' });
    chmodSync(join(repository.root, 'hooks/reference-transaction'), 0o755);
    const index = readFileSync(join(repository.root, '.git/index'));
    const store = await gitStore({ root: repository.root });
    await store.read({ commit: null, environment: 'a' });
    expect(await store.commit(write(null))).toHaveProperty('head');
    expect(existsSync(join(repository.root, 'hooks/ran'))).toBe(false);
    expect(readFileSync(join(repository.root, '.git/index'))).toEqual(index);
    expect(repository.git('status', '--porcelain', '--branch')).toBe('## main\n?? hooks/');
    expect(repository.git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/flotilla\nrefs/heads/main');
    expect(repository.git('log', '-1', '--format=%an <%ae> %s', 'flotilla')).toBe(
      'Ada <ada@acme.dev> [skip ci] a write',
    );
    expect((await readdir(join(repository.root, '.git'))).filter((name) => name.startsWith('fast_import'))).toEqual([]);
  });

  test('signs as Flotilla when git knows no user', async () => {
    using repository = temporaryRepository({ user: false });
    const home = process.env['HOME'];
    process.env['HOME'] = repository.root;
    try {
      await (await gitStore({ root: repository.root })).commit(write(null));
    } finally {
      process.env['HOME'] = home;
    }
    expect(repository.git('log', '-1', '--format=%an <%ae>', 'flotilla')).toBe('Flotilla <flotilla@localhost>');
  });

  test('says so outside a repository, for an unknown commit, and when a branch stands in the way', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'flotilla-outside-'));
    await expect(gitStore({ root: outside })).rejects.toMatchObject({
      tag: 'unsupported',
      mend: expect.stringContaining('git init'),
    });
    rmSync(outside, { recursive: true });
    using repository = temporaryRepository();
    repository.commit({ 'flotilla.yml': '' });
    const store = await gitStore({ root: repository.root });
    for (const commit of ['0'.repeat(40), '--upload-pack=x', 'HEAD\nHEAD'])
      await expect(store.read({ commit, environment: 'a' })).rejects.toMatchObject({ tag: 'unsupported' });
    repository.git('branch', 'flotilla/x');
    await expect(store.commit(write(null))).rejects.toThrow('cannot be made');
  });

  test('materialises a source folder, also from a shallow clone', async () => {
    using repository = temporaryRepository();
    repository.commit({ 'web/old.txt': 'old' });
    repository.commit({ 'web/a.txt': 'a', 'web/deep/b.txt': 'b', 'c.txt': 'c' });
    using clone = temporaryRepository();
    clone.git('fetch', '-q', '--depth=1', `file://${repository.root}`, 'main');
    clone.git('reset', '-q', '--hard', 'FETCH_HEAD');
    const store = await gitStore({ root: clone.root });
    const tree = (await store.tree(null)).get('web') ?? '';
    const into = await mkdtemp(join(tmpdir(), 'flotilla-into-'));
    await store.sourceFolder('web', tree).materialise(into);
    expect((await readdir(into, { recursive: true })).toSorted()).toEqual(['a.txt', 'deep', 'deep/b.txt', 'old.txt']);
    await rm(into, { recursive: true });
    await expect(store.sourceFolder('web', '1'.repeat(40)).materialise(into)).rejects.toMatchObject({
      tag: 'unsupported',
    });
  });

  test('an interrupt of the whole process group, as by Ctrl-C, does not keep a commit from landing', async () => {
    using repository = temporaryRepository();
    const script = fileURLToPath(new URL('./commit-while-interrupted.ts', import.meta.url));
    const child = spawn(process.execPath, [script, repository.root, '20'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // It says when it has started, and then each time a commit is about to be made.
    child.stdout.on('data', () => process.kill(-(child.pid as number), 'SIGINT'));
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(0);
    expect(repository.git('rev-list', '--count', 'flotilla')).toBe('20');
  });
});
