/** What is thrown where nobody catches it holds what it holds: it is told masked, and with our exit code. */
import { execFileSync, fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const TOKEN = 'canary-token-of-the-run';
/** Loaded into the process: throws once it is told to. */
const THROWS = `process.once('message', () => { process.disconnect(); setImmediate(() => { throw new Error('careless: ${TOKEN}'); }); });`;

test.each([
  ['the Action', 'src/action/main.ts', []],
  ['the command line', 'src/cli/main.ts', ['status', '--github', 'acme/fleet', '--verbose']],
])('what nobody catches is told masked: %s', async (_, entry, args) => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-uncaught-'));
  execFileSync('git', ['init', '-q'], { cwd: folder });
  // GitHub says what the head is, and then no more: by then the token is known.
  const server = createServer((request, response) =>
    request.method === 'GET'
      ? response.writeHead(200, { 'content-type': 'application/json' }).end(`{"sha":"${'a'.repeat(40)}"}`)
      : child.send('now'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const event = join(folder, 'event.json');
  writeFileSync(event, '{}');
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    GITHUB_API_URL: apiUrl,
    GITHUB_TOKEN: TOKEN,
    INPUT_TOKEN: TOKEN,
    GITHUB_REPOSITORY: 'acme/fleet',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_EVENT_PATH: event,
    GITHUB_SHA: 'a',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_RUN_ID: '1',
  };
  const execArgv = ['--import', `data:text/javascript,${encodeURIComponent(THROWS)}`];
  const child = fork(join(root, entry), args, { cwd: folder, env, execArgv, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += String(chunk)));
  const exit = await new Promise((resolve) => child.on('close', resolve));
  expect(said).toContain('careless: ***');
  expect(said).toContain('bug');
  expect(said).not.toContain(TOKEN);
  expect(exit).toBe(70);
});
