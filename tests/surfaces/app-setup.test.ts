import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSettings } from '../../app/settings.ts';
import { startSetup, type Setup } from '../../app/setup/start-setup.ts';
import { startGitHub, type SandboxGitHub } from '../../src/sandbox/github/index.ts';

let github: SandboxGitHub;
let folder: string;
let setup: Setup;
const told: string[] = [];

beforeEach(async () => {
  github = await startGitHub();
  folder = await mkdtemp(join(tmpdir(), 'flotilla-setup-'));
  const settings = readSettings({
    GITHUB_API_URL: github.apiUrl,
    HOST: '127.0.0.1',
    PORT: '0',
    PUBLIC_URL: 'https://flotilla.example/',
    GITHUB_ORGANIZATION: 'acme',
  });
  setup = await startSetup(settings, { file: join(folder, '.env'), tell: (message) => told.push(message) });
});
afterEach(async () => {
  await setup.close();
  await github.close();
  await rm(folder, { recursive: true });
});

const unescape = (text: string) => text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));

test('the page registers the App, and what comes back starts it', async () => {
  const page = await (await fetch(setup.url)).text();
  const action = new URL(unescape(/action="([^"]+)"/.exec(page)?.[1] ?? ''));
  const manifest = JSON.parse(unescape(/name="manifest" value="([^"]+)"/.exec(page)?.[1] ?? '')) as Record<
    string,
    never
  >;
  expect(`${action.origin}${action.pathname}`).toBe(`${github.url}/organizations/acme/settings/apps/new`);
  expect(manifest).toMatchObject({
    hook_attributes: { url: 'https://flotilla.example/api/github/webhooks', active: true },
    redirect_url: 'https://flotilla.example/setup',
    public: false,
  });

  const file = join(folder, '.env');
  await writeFile(file, 'SWEEP_MINUTES=7');
  // GitHub shows the manifest, and sends the browser back with a code.
  const back = new URL('/setup', setup.url);
  back.searchParams.set('code', github.offerManifest(manifest));
  back.searchParams.set('state', action.searchParams.get('state') ?? '');
  const done = await fetch(back);
  expect([done.status, await done.text()]).toMatchObject([200, expect.stringContaining('is registered')]);

  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const { credentials, sweepEvery } = readSettings(parseEnv(await readFile(file, 'utf8')) as Record<string, string>);
  const app = github.state.apps.get(credentials?.appId ?? 0);
  expect(app).toMatchObject({ name: 'Flotilla', webhookSecret: credentials?.webhookSecret });
  expect(credentials?.privateKey).toBe(app?.privateKey.trim());
  expect(sweepEvery).toBe(7);
  // Loaded again, it only says so.
  expect((await fetch(back)).status).toBe(200);
});

test.each(['/', `/?key=${'é'.repeat(40)}`, '/?key=guessed', '/setup?code=abc', '/setup?code=abc&state=guessed'])(
  '%s is for nobody',
  async (path) => {
    expect((await fetch(new URL(path, setup.url))).status).toBe(403);
    expect(github.traffic).toEqual([]);
  },
);

test('it is not ready for webhooks', async () => {
  expect((await fetch(new URL('/healthz', setup.url))).status).toBe(503);
  expect((await fetch(new URL('/api/github/webhooks', setup.url), { method: 'POST' })).status).toBe(404);
});
