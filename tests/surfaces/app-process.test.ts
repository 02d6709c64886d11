import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Exchange, FaultRequest } from '../../src/sandbox/github/index.ts';
import { appWorld, repository, type AppWorld } from './app-fixture.ts';

/** The App as it is run: a process that is started, killed and stopped. */
const MAIN = fileURLToPath(new URL('../../app/main.ts', import.meta.url));

let world: AppWorld;
const children = new Set<ChildProcess>();
beforeEach(async () => {
  world = await appWorld();
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await world.close();
});

interface Running {
  child: ChildProcess;
  url: string;
  /** Lines on stdout and stderr. */
  lines: string[];
  ended: Promise<[number | null, NodeJS.Signals | null]>;
}

async function run(env: Record<string, string> = {}): Promise<Running> {
  const { appId, privateKey, webhookSecret } = world.settings.credentials;
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      APP_ID: String(appId),
      PRIVATE_KEY: privateKey.replaceAll('\n', '\\n'),
      WEBHOOK_SECRET: webhookSecret,
      GITHUB_API_URL: world.github.apiUrl,
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'debug',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  const lines: string[] = [];
  const ended = once(child, 'exit') as Running['ended'];
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
  const output = createInterface({ input: child.stdout });
  const url = new Promise<string>((resolve, reject) => {
    output.on('line', (line) => {
      lines.push(line);
      if (line.includes('"listening"')) resolve((JSON.parse(line) as { url: string }).url);
    });
    void ended.then(() => reject(new Error(`the App ended:\n${lines.join('\n')}`)));
  });
  url.catch(() => {});
  return { child, url: await url, lines, ended };
}

/** Resolves with the next exchange that matches. */
const seen = (match: (exchange: Exchange) => boolean): Promise<Exchange> =>
  new Promise((resolve) => {
    const stop = world.github.onExchange((exchange) => {
      if (!match(exchange)) return;
      stop();
      resolve(exchange);
    });
  });
const posted = (route: string) =>
  seen((one) => one.method === 'POST' && one.route.endsWith(route) && one.status >= 200 && one.status < 300);

/** The read that a plan begins with; a sweep has others. */
const readsConfig = ({ body }: FaultRequest): boolean => /[0-9a-f]{40}:flotilla\.yml/.test(JSON.stringify(body ?? ''));

/** Kills the App when it sends a request that matches, `before` it takes effect (then it never does) or `after`. */
function killAt(app: Running, when: 'before' | 'after', match: (request: FaultRequest) => boolean): void {
  const kill = async (): Promise<void> => {
    app.child.kill('SIGKILL');
    await app.ended;
  };
  world.github.faults.add({ match, times: 1, act: { kind: 'hook', when, run: kill } });
  if (when === 'before') world.github.faults.add({ match, times: 1, act: { kind: 'cut', when } });
}

const comment = (issue: number, body: string) =>
  world
    .as('wendy')
    .request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', { ...repository, issue_number: issue, body });
const dispatched = () => world.runner.asked.filter(({ event }) => event === 'workflow_dispatch');

describe('killed in the middle', () => {
  test.each(['before', 'after'] as const)(
    'of a plan, %s it read the config: the next start makes the check',
    async (when) => {
      const first = await run();
      world.hookTo(first.url);
      killAt(first, when, readsConfig);
      const { sha } = await world.openPull('more', { 'api/a.js': '' });
      await first.ended;
      await world.github.settled();
      expect(world.checks(sha)).toEqual([]);

      const check = posted('/check-runs');
      const second = await run();
      world.hookTo(second.url);
      await check;
      expect(world.checks(sha)).toMatchObject([{ name: 'flotilla / plan (production)', conclusion: 'success' }]);
    },
  );

  test.each([
    ['before it asked for the permission', 'before', /\/permission$/, 'was started on `main`'],
    ['after it was dispatched', 'after', /\/dispatches$/, 'It may have been started'],
    ['before it was answered', 'before', /flotilla:answer/, 'It may have been started'],
  ] as const)('of a rollback, %s: it is done once and answered once', async (_name, when, at, answer) => {
    const first = await run();
    world.hookTo(first.url);
    const check = posted('/check-runs');
    const pull = await world.openPull('more', { 'api/a.js': '' });
    await check;
    killAt(first, when, ({ route, body }) => at.test(route) || at.test(JSON.stringify(body ?? '')));
    await comment(pull.number, '/flotilla rollback service/api');
    await first.ended;
    await world.github.settled();
    expect(world.answers(pull.number)).toEqual([]);

    const answered = posted('/comments');
    const second = await run();
    world.hookTo(second.url);
    await answered;
    expect(world.answers(pull.number)).toMatchObject([expect.stringContaining(answer)]);
    expect(dispatched()).toHaveLength(1);
  });
});

describe('stopped', () => {
  test('it finishes what it has begun and ends with 0', async () => {
    const app = await run();
    world.hookTo(app.url);
    world.github.faults.add({
      match: readsConfig,
      times: 1,
      act: { kind: 'hook', when: 'before', run: () => void app.child.kill('SIGTERM') },
    });
    const check = posted('/check-runs');
    const { sha } = await world.openPull('more', { 'api/a.js': '' });
    await check;
    expect(await app.ended).toEqual([0, null]);
    expect(world.checks(sha)).toHaveLength(1);
    await expect(fetch(`${app.url}/healthz`)).rejects.toThrow();
  });

  test('its log is one JSON object a line, without payloads, tokens or keys', async () => {
    const app = await run();
    world.hookTo(app.url);
    const { number } = await world.openPull('more', { 'api/a.js': 'the-content-of-a-file' });
    await posted('/check-runs');
    await comment(number, '/flotilla help\n\nthe-body-of-a-comment');
    await posted('/comments');
    await world.deliver(app, 'ping', '{"zen":"the-body-of-a-forgery"}', { 'x-hub-signature-256': 'sha256=00' });
    world.github.faults.add({
      match: readsConfig,
      times: 1,
      act: { kind: 'status', status: 401, body: { message: 'Bad credentials', documentation_url: '', status: '401' } },
    });
    const failed = seen(({ status }) => status === 401);
    await world.openPull('other', { 'api/b.js': '' });
    await failed;
    app.child.kill('SIGTERM');
    expect(await app.ended).toEqual([0, null]);
    const text = app.lines.join('\n');
    for (const line of app.lines) expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number) });
    expect(text).toContain('"msg":"planned"');
    expect(text).toContain('"msg":"failed"');
    const tokens = world.github.traffic.filter(({ route }) => route.endsWith('/access_tokens'));
    const secrets = [
      'the-content-of-a-file',
      'the-body-of-',
      'PRIVATE KEY',
      world.settings.credentials.webhookSecret,
      ...tokens.map(({ responseBody }) => (responseBody as { token: string }).token),
    ];
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  });
});

test('a wrong setting ends it with the mend, before it listens', async () => {
  const child = spawn(process.execPath, [MAIN], {
    env: { APP_ID: '1', PORT: 'http' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.add(child);
  let told = '';
  child.stderr.on('data', (chunk) => (told += String(chunk)));
  expect(await once(child, 'exit')).toEqual([1, null]);
  expect(told).toMatch(
    /WEBHOOK_SECRET is missing[\s\S]*PRIVATE_KEY is missing[\s\S]*PORT is "http"[\s\S]*app\/README\.md/,
  );
});

test('a key that GitHub does not know leaves it not ready', async () => {
  const app = await run({ APP_ID: '424242' });
  await seen(({ status }) => status === 401);
  const health = await fetch(`${app.url}/healthz`);
  expect([health.status, await health.json()]).toMatchObject([503, { status: 'starting' }]);
});
