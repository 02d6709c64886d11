import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startGitHub } from '../../src/sandbox/github/index.ts';
import type { FaultRequest, SandboxGitHub } from '../../src/sandbox/github/index.ts';
import type { Client } from './github-client.ts';
import { client } from './github-client.ts';

let github: SandboxGitHub;
let now: Date;
let actions: Client;
let user: Client;

beforeEach(async () => {
  now = new Date('2026-11-20T10:00:00Z');
  github = await startGitHub({ clock: () => now });
  await github.createRepository('acme/fleet', { files: { 'flotilla.yml': 'fleet: acme\n' } });
  actions = client(github, github.actionsToken('acme/fleet'));
  user = client(github, github.createUser('alice', 'admin').token);
});
afterEach(() => github.close());

describe('rate limits', () => {
  test('count a repository’s runs together, and start anew after an hour', async () => {
    github.limits.perHour.actions = 2;
    const other = client(github, github.actionsToken('acme/fleet'));
    expect((await actions.rest('GET /repos/acme/fleet')).headers.get('x-ratelimit-remaining')).toBe('1');
    await other.rest('GET /repos/acme/fleet');
    const refused = await actions.rest('GET /repos/acme/fleet');
    expect(refused.status).toBe(403);
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(Number(refused.headers.get('x-ratelimit-reset'))).toBe(now.getTime() / 1000 + 3600);
    now = new Date(now.getTime() + 3_600_001);
    expect((await actions.rest('GET /repos/acme/fleet')).status).toBe(200);
  });

  test('leave an authenticated 304 free', async () => {
    const first = await user.rest('GET /repos/acme/fleet/git/ref/heads/main');
    const used = first.headers.get('x-ratelimit-used');
    const again = await user.rest('GET /repos/acme/fleet/git/ref/heads/main', undefined, {
      'if-none-match': first.headers.get('etag') ?? '',
    });
    expect(again.status).toBe(304);
    expect(again.headers.get('x-ratelimit-used')).toBe(used);
  });

  test('of the second kind count points: five a write', async () => {
    github.limits.secondary.restPoints = 6;
    await user.rest('POST /repos/acme/fleet/labels', { name: 'one' });
    await user.rest('GET /repos/acme/fleet');
    const refused = await user.rest('GET /repos/acme/fleet');
    expect(refused.body.message).toMatch(/secondary rate limit/);
    expect(refused.headers.get('retry-after')).toBe('60');
    now = new Date(now.getTime() + 60_000);
    expect((await user.rest('GET /repos/acme/fleet')).status).toBe(200);
  });
});

const commit = `mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }`;

const head = () => github.state.repositories.get('acme/fleet')!.git.refs.get('refs/heads/main')!;

const write = (path: string) =>
  actions.graphql(commit, {
    input: {
      branch: { repositoryNameWithOwner: 'acme/fleet', branchName: 'main' },
      expectedHeadOid: head(),
      message: { headline: path },
      fileChanges: { additions: [{ path, contents: '' }] },
    },
  });

test('answer for it, as often as they are told', async () => {
  github.faults.add({
    match: ({ route }) => route === '/repos/{owner}/{repo}',
    times: 1,
    act: { kind: 'status', status: 429, headers: { 'retry-after': '3' } },
  });
  const struck = await user.rest('GET /repos/acme/fleet');
  expect([struck.status, struck.headers.get('retry-after')]).toEqual([429, '3']);
  expect((await user.rest('GET /repos/acme/fleet')).status).toBe(200);
});

const commits = ({ operationName }: FaultRequest): boolean => operationName === 'createCommitOnBranch';

describe('faults', () => {
  test('cut the connection after the commit was made, or before', async () => {
    const before = head();
    github.faults.add({ match: commits, times: 1, act: { kind: 'cut', when: 'before' } });
    await expect(write('lost.txt')).rejects.toThrow();
    expect(head()).toBe(before);
    github.faults.add({ match: commits, times: 1, act: { kind: 'cut', when: 'after' } });
    await expect(write('made.txt')).rejects.toThrow();
    expect(head()).not.toBe(before);
    expect(github.traffic.at(-1)).toMatchObject({ status: 0, token: 'actions' });
  });

  test('let reads see what was before the last change', async () => {
    const before = head();
    github.faults.add({
      match: ({ route, body }) => route === 'graphql' && JSON.stringify(body).includes('mutation'),
      times: 1,
      act: { kind: 'stale', forReads: 2 },
    });
    await write('new.txt');
    const read = async () => (await user.rest('GET /repos/acme/fleet/git/ref/heads/main')).body.object.sha;
    const query = '{ repository(owner: "acme", name: "fleet") { defaultBranchRef { target { oid } } } }';
    expect(await read()).toBe(before);
    expect((await user.graphql(query)).body.data.repository.defaultBranchRef.target.oid).toBe(before);
    expect(await read()).toBe(head());
    expect(head()).not.toBe(before);
  });

  test('call back before and after', async () => {
    const seen: string[] = [];
    github.faults.add({ match: commits, act: { kind: 'hook', when: 'before', run: () => void seen.push(head()) } });
    github.faults.add({ match: commits, act: { kind: 'hook', when: 'after', run: () => void seen.push(head()) } });
    await write('x');
    expect(seen[0]).not.toBe(seen[1]);
  });
});
