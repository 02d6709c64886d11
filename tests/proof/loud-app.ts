/** The App as a process that says all that it can, and what it is heard to say. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { parse } from 'yaml';
import type { ActionWorld } from './action-world.ts';
import { carelessApi, spelledOut } from './careless.ts';
import { canary } from './secrets.ts';

const APP = join(import.meta.dirname, '../../app');
const FULL_NAME = 'ada/proof';

export interface LoudApp {
  /** Its own secrets, and those that GitHub gave it. */
  secrets: string[];
  /** What was taken in is done. */
  idle(): Promise<void>;
  /** Asks it over HTTP, makes it fail, and gives all that it said, by where. */
  askAndEnd(): Promise<[string, string][]>;
}

/** Starts it with every setting that is a secret, for the repository of a world. */
export async function startLoudApp(
  { github }: ActionWorld,
  { crash, words }: { crash: string; words: string },
): Promise<LoudApp> {
  const manifest = parse(readFileSync(join(APP, 'app.yml'), 'utf8'));
  const { id, privateKey, webhookSecret } = github.createApp({
    name: 'Flotilla',
    permissions: manifest.default_permissions,
    events: manifest.default_events,
    webhookUrl: 'http://127.0.0.1:1/nobody',
  });
  github.install(id, [FULL_NAME]);
  await github.settled();
  writeFileSync(`${words}.how`, 'signal');
  const login = await carelessApi();
  const [apiToken, clientSecret] = [canary('token of the API'), canary('secret of the client')];
  const child = spawn(process.execPath, [join(APP, 'main.ts')], {
    env: {
      PATH: process.env['PATH'],
      APP_ID: String(id),
      PRIVATE_KEY: privateKey.replaceAll('\n', '\\n'),
      WEBHOOK_SECRET: webhookSecret,
      FLOTILLA_API_TOKEN: apiToken,
      CLIENT_ID: 'Iv23liFlotilla',
      CLIENT_SECRET: clientSecret,
      PUBLIC_URL: 'https://flotilla.example',
      GITHUB_API_URL: github.apiUrl,
      GITHUB_SERVER_URL: login.url,
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'trace',
      FLOTILLA_HEARTBEAT_SECONDS: '0',
      CRASH_WORDS: words,
      NODE_OPTIONS: `--import=${crash}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said: [string, string][] = [];
  createInterface({ input: child.stderr }).on('line', (line) => void said.push(['stderr of the App', line]));
  const output = createInterface({ input: child.stdout });
  const url = await new Promise<string>((resolve, reject) => {
    output.on('line', (line) => {
      said.push(['stdout of the App', line]);
      if (line.includes('"listening"')) resolve((JSON.parse(line) as { url: string }).url);
    });
    child.once('exit', () => reject(new Error(`the App ended:\n${said.join('\n')}`)));
  });
  const registered = github.state.apps.get(id);
  if (registered) registered.webhookUrl = `${url}/api/github/webhooks`;
  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${url}${path}`, { redirect: 'manual', ...init });
    said.push([`the App's ${path}`, `${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`]);
    return answer;
  };

  // The modulus, which the public key has too, is in the first lines.
  const secrets = [privateKey.split('\n').slice(14, -2).join('\n'), webhookSecret, apiToken, clientSecret];
  return {
    secrets,
    async idle() {
      for (;;) {
        const { running, waiting } = (await (await fetch(`${url}/healthz`)).json()) as {
          running: number;
          waiting: number;
        };
        if (!running && !waiting) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async askAndEnd() {
      const authorization = `Bearer ${apiToken}`;
      for (const path of [
        '/',
        '/healthz',
        '/metrics',
        '/v1/cluster',
        `/v1/cluster/${FULL_NAME}`,
        `/v1/cluster/${FULL_NAME}/production/events`,
      ])
        await ask(path, { headers: { authorization } });
      await ask('/v1/cluster', { headers: { authorization: `Bearer ${apiToken}x` } });
      await ask('/api/github/webhooks', {
        method: 'POST',
        body: '{}',
        headers: { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` },
      });
      const begun = await ask('/v1/login');
      const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state');
      await ask(`/v1/login/callback?code=good&state=${state}`, {
        headers: {
          cookie: begun.headers
            .getSetCookie()
            .map((one) => one.split(';')[0])
            .join('; '),
        },
      });
      writeFileSync(words, [privateKey, ...secrets].flatMap(spelledOut).join('\n'));
      const ended = once(child, 'exit');
      child.kill('SIGUSR2');
      await ended;
      return said;
    },
  };
}

/** Who is told of incidents. Where they are told is a secret, and so is what signs it: both are for the receiver alone. */
export async function hookReceiver(): Promise<{ url: string; told: string[] }> {
  const told: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request
      .on('data', (chunk: Buffer) => (body += chunk.toString()))
      .on('end', () => {
        told.push(`${JSON.stringify(request.headers)} ${body}`);
        response.end();
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, told };
}
