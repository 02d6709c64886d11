import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGitHub } from '../../src/sandbox/github/index.ts';
import type { Repository, SandboxGitHub } from '../../src/sandbox/github/index.ts';
import type { Client } from './github-client.ts';
import { client } from './github-client.ts';

const run = promisify(execFile);
let github: SandboxGitHub;
let repository: Repository;
let api: Client;
let token: string;
const files = Object.fromEntries(
  Array.from({ length: 1000 }, (_, at) => [`state/service/s${at}.json`, `{ "at": ${at} }\n`]),
);

beforeAll(async () => {
  github = await startGitHub();
  repository = await github.createRepository('acme/fleet', { files, private: true });
  ({ token } = github.createUser('alice', 'admin'));
  api = client(github, token);
});
afterAll(() => github.close());

const head = (): string => repository.git.refs.get('refs/heads/main')!;
const mutation =
  'mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }';
const commit = (path: string, expectedHeadOid: string, more: Record<string, unknown> = {}) =>
  api.graphql(mutation, {
    input: {
      branch: { repositoryNameWithOwner: 'acme/fleet', branchName: 'main' },
      expectedHeadOid,
      message: { headline: `write ${path}` },
      fileChanges: { additions: [{ path, contents: Buffer.from(path).toString('base64') }] },
      ...more,
    },
  });

describe('one compare-and-swap', () => {
  test('of twenty at once exactly one lands, the others are told so', async () => {
    const expected = head();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => commit(`one/${at}`, expected)));
    const lost = answers.filter(({ body }) => body.errors);
    expect(lost).toHaveLength(19);
    expect(new Set(lost.map(({ body }) => body.errors[0].type))).toEqual(new Set(['STALE_DATA']));
    expect(lost[0]?.body.errors[0].message).toMatch(/^Expected branch to point to/);
    expect((await repository.git.commit(head()))?.parents).toEqual([expected]);
  });

  test('twenty that try again all land, none over another', async () => {
    const write = async (path: string): Promise<void> => {
      const { body } = await commit(path, head());
      if (body.errors?.[0].type === 'STALE_DATA') await write(path);
      else expect(body.errors).toBeUndefined();
    };
    const paths = Array.from({ length: 20 }, (_, at) => `all/${at}`);
    await Promise.all(paths.map(write));
    const tree = (await repository.git.commit(head()))!.tree;
    const found = await repository.git.files(tree);
    expect(paths.filter((path) => !found.has(path))).toEqual([]);
  });

  test('another git’s update is not overwritten', async () => {
    const expected = head();
    const tree = (await repository.git.commit(expected))!.tree;
    const { stdout } = await run('git', [
      '-C',
      repository.git.dir,
      '-c',
      'user.name=x',
      '-c',
      'user.email=x@y',
      'commit-tree',
      '-p',
      expected,
      '-m',
      'other',
      tree,
    ]);
    await run('git', ['-C', repository.git.dir, 'update-ref', 'refs/heads/main', stdout.trim(), expected]);
    expect((await commit('late', expected)).body.errors[0].type).toBe('STALE_DATA');
    expect(head()).toBe(stdout.trim());
  });

  test('a branch that is not there is not made', async () => {
    const branch = { repositoryNameWithOwner: 'acme/fleet', branchName: 'nowhere' };
    expect((await commit('x', head(), { branch })).body.errors[0].type).toBe('NOT_FOUND');
  });

  test('what was written is what git reads, and git finds nothing wrong', async () => {
    await commit('folder/ünï.txt', head());
    await commit('gone', head(), { fileChanges: { deletions: [{ path: 'folder/ünï.txt' }] } });
    const { stderr } = await run('git', ['-C', repository.git.dir, 'fsck', '--strict', '--no-dangling']);
    expect(stderr).not.toMatch(/error|missing|broken/);
    const { stdout } = await run('git', [
      '-C',
      repository.git.dir,
      'ls-tree',
      '-r',
      '--name-only',
      '-z',
      'main',
      'folder',
      'state/service/s999.json',
    ]);
    expect(stdout).toBe('state/service/s999.json\0');
  });

  test('several refs move together or not at all', async () => {
    const [a, b] = ['refs/heads/a', 'refs/heads/b'];
    const update = 'mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }';
    const zero = '0'.repeat(40);
    const { body: found } = await api.graphql('{ repository(owner: "acme", name: "fleet") { id } }');
    const both = (beforeB: string) => ({
      input: {
        repositoryId: found.data.repository.id,
        refUpdates: [
          { name: a, afterOid: head(), beforeOid: zero },
          { name: b, afterOid: head(), beforeOid: beforeB },
        ],
      },
    });
    expect((await api.graphql(update, both(head()))).body.errors[0].type).toBe('STALE_DATA');
    expect(repository.git.refs.get(a!)).toBeUndefined();
    expect((await api.graphql(update, both(zero))).body.errors).toBeUndefined();
    expect(repository.git.refs.get(b!)).toBe(head());
  });
});

const blob = (name: string) =>
  `${name}: object(expression: "main:${name}") { ... on Blob { text isTruncated byteSize } }`;

describe('reading', () => {
  test('a thousand files come in one nested query', async () => {
    const { body } = await api.graphql(
      `{ repository(owner: "acme", name: "fleet") { object(expression: "HEAD:state") { ... on Tree { entries { name object {
        ... on Tree { entries { path object { ... on Blob { text isTruncated } } } } } } } } } }`,
    );
    const [service] = body.data.repository.object.entries;
    expect(service.object.entries).toHaveLength(1000);
    expect(
      service.object.entries.find(({ path }: { path: string }) => path === 'state/service/s7.json').object.text,
    ).toBe(files['state/service/s7.json']);
  });

  test('a large blob has no text', async () => {
    const sizes = { at: 512_000, above: 512_001 };
    await github.push('acme/fleet', {
      branch: 'main',
      files: Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, 'x'.repeat(size)])),
      message: 'large',
    });
    const { body } = await api.graphql(
      `{ repository(owner: "acme", name: "fleet") { ${blob('at')} ${blob('above')} } }`,
    );
    expect(body.data.repository.at).toMatchObject({ isTruncated: false, byteSize: 512_000 });
    expect(body.data.repository.above).toEqual({ isTruncated: true, byteSize: 512_001, text: null });
  });

  test('lists come in pages with links', async () => {
    const first = await api.rest('GET /repos/acme/fleet/commits?per_page=2');
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1];
    expect(first.body).toHaveLength(2);
    const second = await api.rest(`GET ${next?.slice(github.apiUrl.length)}`);
    expect(second.body[0].sha).toBe(first.body[1].parents[0].sha);
    expect(second.headers.get('link')).toContain('rel="prev"');
  });
});

test('git clones and pushes over HTTP, and a push follows its pull request', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-clone-'));
  try {
    const url = `http://x-access-token:${token}@${new URL(github.url).host}/acme/fleet.git`;
    const git = (...args: string[]) =>
      run('git', ['-c', 'user.name=A', '-c', 'user.email=a@b.c', ...args], {
        cwd: folder,
        env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
      });
    await git('clone', '--quiet', url, '.');
    await git('checkout', '--quiet', '-b', 'feature');
    await writeFile(join(folder, 'new.txt'), 'new\n');
    await git('add', '.');
    await git('commit', '--quiet', '-m', 'new');
    await git('push', '--quiet', 'origin', 'feature');
    await github.settled();
    const { body: pull } = await api.rest('POST /repos/acme/fleet/pulls', {
      title: 'New',
      head: 'feature',
      base: 'main',
    });
    expect((await api.rest(`GET /repos/acme/fleet/pulls/${pull.number}/files`)).body).toMatchObject([
      { filename: 'new.txt', status: 'added', patch: '@@ -0,0 +1 @@\n+new' },
    ]);
    await git('commit', '--quiet', '--allow-empty', '-m', 'more');
    await git('push', '--quiet', 'origin', 'feature');
    await github.settled();
    const { stdout } = await git('rev-parse', 'HEAD');
    expect((await api.rest(`GET /repos/acme/fleet/pulls/${pull.number}`)).body.head.sha).toBe(stdout.trim());
    await expect(
      run('git', ['ls-remote', `${github.url}/acme/fleet.git`], {
        env: { ...process.env, GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: 'true' },
      }),
    ).rejects.toThrow();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
