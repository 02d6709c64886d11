import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { JsonObject } from '../../src/model/resource.ts';
import { buildSite, digestsOf } from '../../src/provider-kit/build-site.ts';
import { targetOf } from '../../src/provider-kit/identity.ts';
import type { Desired } from '../../src/provider-kit/provider.ts';

type Fill = (folder: string) => Promise<unknown>;

function desired(fill: Fill, spec: JsonObject = {}): Desired {
  const base = { dir: 'web', env: {}, redirects: [], headers: [], domains: [] };
  const source = { dir: 'web', tree: 't', materialise: async (into: string) => void (await fill(into)) };
  return {
    ...targetOf('acme', 'production', 'site/web'),
    spec: { ...base, ...spec },
    hash: 'h',
    replicas: 1,
    commit: null,
    source,
  };
}

function running() {
  const stop = new AbortController();
  return { stop, run: { progress: () => {}, signal: stop.signal } };
}

const write = (folder: string, name: string, text = name) => writeFile(join(folder, name), text);
const refused = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it should have failed'),
    (error: Error) => error,
  );

test('the files of the output, sorted, and gone with the folder', async () => {
  const wanted = desired(
    async (at) => {
      await mkdir(join(at, 'out/.well-known'), { recursive: true });
      await mkdir(join(at, 'out/node_modules'));
      await write(at, 'out/b.html');
      await write(at, 'out/.well-known/a');
      await write(at, 'out/node_modules/left-out.js');
      await write(at, 'source.md');
    },
    { output: 'out' },
  );
  const built = await buildSite(wanted, running().run, { restored: false });
  expect(built.files.map(({ path, size }) => [path, size])).toEqual([
    ['/.well-known/a', 17],
    ['/b.html', 10],
  ]);
  const digests = await digestsOf(built.files, built.folder, 'sha1');
  expect(digests.get('/b.html')).toMatch(/^[0-9a-f]{40}$/);
  await built.discard();
  expect(existsSync(built.folder)).toBe(false);
});

test('links that lead out of the source are not served, and rules are never written through one', async () => {
  const secret = join(tmpdir(), `flotilla-secret-${process.pid}`);
  await writeFile(secret, 'of this machine');
  onTestFinished(async () => (await import('node:fs/promises')).rm(secret));
  const wanted = desired(
    async (at) => {
      await write(at, 'index.html');
      await symlink('index.html', join(at, 'same.html'));
      await symlink(secret, join(at, 'passwords.txt'));
      await symlink(tmpdir(), join(at, 'all'));
      await symlink('.', join(at, 'loop'));
      await symlink('.', join(at, 'another'));
      await symlink(secret, join(at, '_headers'));
    },
    { headers: [{ for: '/*', values: { A: 'b' } }] },
  );
  const built = await buildSite(wanted, running().run, { restored: false, rules: 'files' });
  onTestFinished(() => built.discard());
  expect(built.files.map(({ path }) => path)).toEqual(['/_headers', '/index.html', '/same.html']);
  expect((await (await import('node:fs/promises')).readFile(secret)).toString()).toBe('of this machine');
});

test('a build sees its own env and none of Flotilla’s', async () => {
  vi.stubEnv('FLOTILLA_TEST_TOKEN', 'not-for-builds');
  onTestFinished(() => void vi.unstubAllEnvs());
  const build = 'printf "%s|%s|%s" "$MINE" "$FLOTILLA_TEST_TOKEN" "${PATH:+path}" > index.html';
  const wanted = desired(async () => {}, { build, env: { MINE: 'mine' } });
  const built = await buildSite(wanted, running().run, { restored: false });
  onTestFinished(() => built.discard());
  expect((await built.files[0]!.bytes()).toString()).toBe('mine||path');
});

test('an interrupted build ends with what it started, and leaves no folder', async () => {
  const { stop, run } = running();
  let folder = '';
  const fill = async (at: string) => {
    folder = at;
    setTimeout(() => stop.abort(new Error('enough')), 50);
  };
  const error = await refused(buildSite(desired(fill, { build: 'sleep 1000 & wait' }), run, { restored: false }));
  expect(error.message).toBe('enough');
  expect(existsSync(folder)).toBe(false);
});

test('a build that fails leaves no folder', async () => {
  let folder = '';
  const wanted = desired(async (at) => void (folder = at), { build: 'echo why >&2; exit 7' });
  const error = await refused(buildSite(wanted, running().run, { restored: true }));
  expect(error).toMatchObject({ tag: 'deploy', log: ['why'], restored: true });
  expect(error.message).toContain('exit code 7');
  expect(existsSync(folder)).toBe(false);
});

test('what a build leaves running holds nothing up, and of much output the end is told', async () => {
  const left = desired((at) => write(at, 'index.html'), { build: 'sleep 600 & echo $! > pid' });
  const built = await buildSite(left, running().run, { restored: false });
  onTestFinished(() => built.discard());
  process.kill(Number(await readFile(join(built.folder, 'pid'), 'utf8')));
  const talks = desired((at) => write(at, 'index.html'), { build: 'seq 100000; exit 3' });
  expect(await refused(buildSite(talks, running().run, { restored: false }))).toMatchObject({
    message: 'the build `seq 100000; exit 3` ended with exit code 3',
    log: Array.from({ length: 50 }, (_, index) => String(99_951 + index)),
  });
});
