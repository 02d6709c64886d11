import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGitHub } from '../../src/github/github.ts';
import { LostAnswerError } from '../../src/github/refusal.ts';
import type { FaultAct } from '../../src/sandbox/github/index.ts';
import { gitHubWorld, type GitHubWorld } from '../record/github-world.ts';

const REPOSITORY = 'GET /repos/{owner}/{repo}';
const COMMENT = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
const ISSUE = 'POST /repos/{owner}/{repo}/issues';
const call = { kind: 'test' };

const status = (code: number, headers: Record<string, string> = {}, body: unknown = { message: 'no' }): FaultAct => ({
  kind: 'status',
  status: code,
  headers,
  body,
});

describe('the port to GitHub', () => {
  let world: GitHubWorld;
  beforeEach(async () => {
    world = await gitHubWorld();
  });
  afterEach(() => world.close());

  const fault = (route: string, act: FaultAct, times = 1) =>
    world.sandbox.faults.add({ match: (request) => `${request.method} ${request.route}` === route, times, act });
  test('waits as long as GitHub says, then goes on; every request is counted', async () => {
    fault(REPOSITORY, status(429, { 'retry-after': '3' }));
    fault(REPOSITORY, status(503));
    fault(REPOSITORY, { kind: 'cut', when: 'before' });
    const github = world.connect();
    const { data } = await github.request<{ full_name: string }>(REPOSITORY, world.repository, call);
    expect(data.full_name).toBe(world.fullName);
    expect(github.waits[0]).toBe(3000);
    expect(github.requests.get('test')).toBe(github.waits.length + 1);
  });

  test('what it says of a refusal does not repeat the token, however it is spelled', async () => {
    const { token } = world.sandbox.createUser('tess');
    const echo = `not ${token}, nor ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
    const github = world.connect(token);
    for (const code of [401, 403, 422, 500]) {
      fault(REPOSITORY, status(code, {}, { message: echo, errors: [{ message: echo }] }), 5);
      const error = await github.request(REPOSITORY, world.repository, call).catch((refused: Error) => refused);
      const said = String((error as Error).stack);
      expect(said).toContain('not ***, nor eC1hY2Nlc3MtdG9rZW46***');
      expect(said).not.toContain(token);
      world.sandbox.faults.clear();
    }
    fault('POST graphql', status(200, {}, { data: null, errors: [{ type: 'FORBIDDEN', message: echo }] }));
    await expect(github.graphql('query { viewer { login } }', {}, call)).rejects.toThrow('not ***, nor ');
  });

  test('a password in the address is refused, and not shown', () => {
    const options = { auth: 't', delay: async () => {}, random: Math.random, now: () => new Date() };
    const open = () => createGitHub({ ...options, apiUrl: 'https://ada:n0t-f0r-y0u@github.example/api/v3' });
    expect(open).toThrow("the address of GitHub's API holds a user or a password, which is not sent from there");
  });

  test('a limit that lifts too late is an error that says when', async () => {
    fault(REPOSITORY, status(429, { 'retry-after': '1800' }));
    const github = world.connect();
    await expect(github.request(REPOSITORY, world.repository, call)).rejects.toMatchObject({
      tag: 'transient',
      retryAfter: 1800,
      mend: expect.stringMatching(/after \d{4}-/),
    });
    expect(github.waits).toEqual([]);
  });

  test('gives up after five tries', async () => {
    fault(REPOSITORY, status(502), 100);
    const github = world.connect();
    await expect(github.request(REPOSITORY, world.repository, call)).rejects.toMatchObject({ tag: 'transient' });
    expect(github.requests.get('test')).toBe(5);
  });

  test('a write is repeated only when that is safe', async () => {
    const github = world.connect();
    const issue = { ...world.repository, title: 'x' };
    fault(ISSUE, { kind: 'cut', when: 'after' });
    await expect(github.request(ISSUE, issue, call)).rejects.toBeInstanceOf(LostAnswerError);
    expect(world.sandbox.traffic).toHaveLength(1);
    fault(ISSUE, status(500));
    expect((await github.request(ISSUE, issue, { ...call, repeatable: true })).status).toBe(201);
    // A limit was met before anything was done, so any write may come again.
    fault(ISSUE, status(403, { 'retry-after': '1' }, { message: 'You have exceeded a secondary rate limit' }));
    expect((await github.request(ISSUE, issue, call)).status).toBe(201);
  });

  test('what did not change is not sent again, and costs nothing', async () => {
    const github = world.connect();
    const first = await github.request(REPOSITORY, world.repository, call);
    const second = await github.request(REPOSITORY, world.repository, call);
    expect(world.sandbox.traffic.map((exchange) => exchange.status)).toEqual([200, 304]);
    expect(second).toEqual(first);
  });

  test.each([
    ['a wrong token', 'ghs_wrong', REPOSITORY, 'valid'],
    ['a token without the permission', undefined, ISSUE, 'issues: write'],
  ])('%s is a CredentialError with the mend', async (_, token, route, mend) => {
    const github = world.connect(token ?? world.sandbox.actionsToken(world.fullName, { contents: 'read' }));
    const asked = github.request(route, { ...world.repository, title: 'x' }, { ...call, permission: 'issues: write' });
    await expect(asked).rejects.toMatchObject({ tag: 'credential', mend: expect.stringContaining(mend) });
  });

  test('not found is an error unless the caller understands it', async () => {
    const github = world.connect();
    const nowhere = { ...world.repository, repo: 'nowhere' };
    await expect(github.request(REPOSITORY, nowhere, call)).rejects.toMatchObject({ tag: 'credential' });
    expect((await github.request(REPOSITORY, nowhere, { ...call, allow: [404] })).status).toBe(404);
    await expect(github.request(COMMENT, { ...world.repository, issue_number: 99, body: 'x' }, call)).rejects.toThrow(
      '404',
    );
  });

  test('GraphQL errors are told as what they are', async () => {
    const github = world.connect();
    const query = 'query Q($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { id } }';
    await expect(github.graphql(query, { owner: 'no', repo: 'body' }, call)).rejects.toMatchObject({
      tag: 'credential',
    });
    await expect(github.graphql('query Q { nonsense }', {}, call)).rejects.toMatchObject({ tag: 'unsupported' });
  });

  test('writes keep their distance', async () => {
    const waits: number[] = [];
    const github = createGitHub({
      auth: async () => world.sandbox.actionsToken(world.fullName),
      apiUrl: `${world.sandbox.apiUrl}/`,
      random: () => 0,
      now: () => new Date(),
      delay: async (milliseconds) => void waits.push(milliseconds),
      writeGap: 1000,
    });
    await Promise.all(['a', 'b', 'c'].map((title) => github.request(ISSUE, { ...world.repository, title }, call)));
    expect(waits.filter((wait) => wait === 1000).length).toBeGreaterThanOrEqual(2);
  });

  test('an aborted signal ends it', async () => {
    const controller = new AbortController();
    controller.abort(new Error('interrupted'));
    const github = createGitHub({
      auth: 'x',
      apiUrl: world.sandbox.apiUrl,
      random: () => 0,
      now: () => new Date(),
      delay: async () => {},
      signal: controller.signal,
    });
    await expect(github.request(REPOSITORY, world.repository, call)).rejects.toThrow('interrupted');
    expect(world.sandbox.traffic).toEqual([]);
  });
});
