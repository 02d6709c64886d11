/** actions/checkout against a git server over HTTP that asks for the token. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { bareRepository, git, printed, runSteps, temporaryFolder, writeFiles } from './runner-fixture.ts';

const TOKEN = 'ghs_wholetoken';
const BASIC = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');

/** Serves `root` by git's own CGI to who shows the token; answers the address. */
async function gitServer(root: string): Promise<string> {
  const server = createServer((request, response) => {
    if (request.headers.authorization !== `basic ${BASIC}`) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end();
      return;
    }
    const url = new URL(request.url ?? '/', 'http://localhost');
    const child = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env.PATH,
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'],
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
        GIT_PROTOCOL: String(request.headers['git-protocol']),
      },
    });
    request.pipe(child.stdin);
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('close', () => {
      const all = Buffer.concat(chunks);
      const end = all.indexOf('\r\n\r\n');
      for (const line of all.subarray(0, end).toString().split('\r\n')) {
        const [name = '', value = ''] = line.split(': ');
        if (name !== 'Status') response.setHeader(name, value);
      }
      response.end(all.subarray(end + 4));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Three commits on main, a pull request's merge ref on the second. */
async function remote() {
  const root = temporaryFolder();
  const first = bareRepository(root, { 'a.txt': 'one\n' });
  const work = join(root, 'work');
  const commit = (text: string): string => {
    writeFiles(work, { 'a.txt': text });
    git(work, 'commit', '--quiet', '--all', '-m', text.trim());
    git(work, 'push', '--quiet', join(root, 'acme', 'fleet.git'), 'main');
    return git(work, 'rev-parse', 'HEAD');
  };
  const second = commit('two\n');
  const third = commit('three\n');
  git(join(root, 'acme', 'fleet.git'), 'update-ref', 'refs/pull/7/merge', second);
  return { serverUrl: await gitServer(root), first, second, third };
}

const SHOW =
  '- run: cat a.txt; git rev-list --count HEAD; echo "on $(git branch --show-current)"; git config --local --list | grep -c extraheader || true';

test("the run's commit, alone, also when its branch has moved on; the token shows nowhere", async () => {
  const { serverUrl, second } = await remote();
  const job = await runSteps(`- uses: actions/checkout@v5\n${SHOW}\n- run: git config --local --list`, {
    serverUrl,
    sha: second,
  });
  expect(printed(job, 2)).toBe('two\n1\non main\n1\n');
  expect(printed(job, 3)).toContain('extraheader=AUTHORIZATION: basic ***');
  expect(job.steps.map((step) => step.log).join('')).not.toContain(BASIC);
});

test('all history on request, and no credentials left behind', async () => {
  const { serverUrl, third } = await remote();
  const options = 'with: { fetch-depth: 0, persist-credentials: false }';
  const job = await runSteps(`- uses: actions/checkout@v5\n  ${options}\n${SHOW}`, { serverUrl, sha: third });
  expect(printed(job, 2)).toBe('three\n3\non main\n0\n');
});

test("a pull request's merge commit, without a branch", async () => {
  const { serverUrl, second } = await remote();
  const pull = { event: 'pull_request', ref: 'refs/pull/7/merge', sha: second };
  const job = await runSteps(`- uses: actions/checkout@v5\n${SHOW}`, { serverUrl, ...pull });
  expect(printed(job, 2)).toBe('two\n1\non \n1\n');
});

test('another ref, into a folder', async () => {
  const { serverUrl, first, third } = await remote();
  const job = await runSteps(
    `- uses: actions/checkout@v5\n  with: { ref: ${first}, path: old }\n- run: cat old/a.txt && ls`,
    { serverUrl, sha: third },
  );
  expect(printed(job, 2)).toBe('one\nold\n');
});

test('a wrong token fails, without asking anyone for a password', async () => {
  const { serverUrl, third } = await remote();
  const job = await runSteps(`- uses: actions/checkout@v5\n  with: { token: wrong }`, { serverUrl, sha: third });
  expect(job.conclusion).toBe('failure');
  expect(printed(job, 1)).toContain('terminal prompts disabled');
});
