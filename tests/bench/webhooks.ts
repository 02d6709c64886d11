import { sign } from '@octokit/webhooks-methods';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { Agent, createServer, request } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { appWorld, type AppWorld } from '../surfaces/app-fixture.ts';
import { milliseconds, table, times, type Row } from './table.ts';

const SECRET = 'it is known';
const PATH = '/api/github/webhooks';
/** Webhooks a round, after as many again in the first one that are not counted; rounds; connections at once. */
const ROUND = 3_000;
const ROUNDS = 7;
const CONNECTIONS = 32;
/** Plans in all, and so many pull requests. */
const PLANS = 200;

interface Hook {
  body: string;
  signature: string;
}

/** Webhooks a second of the App, its handlers enqueueing, beside a bare Probot App whose handler does nothing; and whole plan checks. */
export async function* webhooks(): AsyncGenerator<Row> {
  const world = await appWorld();
  try {
    yield await enqueueing(world);
    yield await planning(world);
  } finally {
    await world.close();
  }
}

async function enqueueing(world: AppWorld): Promise<Row> {
  const example = createRequire(import.meta.url)('@octokit/webhooks-examples') as {
    name: string;
    examples: object[];
  }[];
  const payload = example.find(({ name }) => name === 'pull_request')?.examples[0] as { pull_request: object };
  const hooks = await Promise.all(
    Array.from({ length: 500 }, (_, number) =>
      signed({ ...payload, action: 'opened', number: number + 1, installation: { id: 1 } }),
    ),
  );
  // GitHub never answers here: what is enqueued stays, and its work is not timed.
  const silence = createServer(() => {});
  await new Promise<void>((resolve) => silence.listen(0, '127.0.0.1', resolve));
  const env = environment(world, `http://127.0.0.1:${(silence.address() as AddressInfo).port}`);
  await using bare = await startServer('bare', env);
  await using ours = await startServer('ours', env);
  const servers = [bare, ours];
  const rounds: { rate: number; slow: number }[][] = [[], []];
  for (const server of servers) await send(server.url, hooks, ROUND);
  for (let round = 0; round < ROUNDS; round++)
    for (const [at, server] of servers.entries()) rounds[at]?.push(await send(server.url, hooks, ROUND));
  silence.closeAllConnections();
  silence.close();
  const [theirs, own] = rounds.map((all) => ({
    rate: median(all.map(({ rate }) => rate)),
    slow: median(all.map(({ slow }) => slow)),
  }));
  if (!theirs || !own) throw new Error('nothing was timed');
  const ratio = own.rate / theirs.rate;
  return {
    what: 'App, webhooks enqueued',
    bar: '≥ 0.80× bare Probot',
    measured: times(ratio),
    holds: ratio >= 0.8,
    beside: `${own.rate.toFixed(0)}/s to ${theirs.rate.toFixed(0)}/s; slowest of a hundred ${milliseconds(own.slow)} to ${milliseconds(theirs.slow)}`,
  };
}

async function planning(world: AppWorld): Promise<Row> {
  const { sha } = await world.openPull('more', { 'api/a.js': '' });
  await world.github.settled();
  const delivered = world.github.state.deliveries.findLast(({ event }) => event === 'pull_request');
  const payload = JSON.parse(delivered?.request.payload ?? '') as object;
  const hooks = await Promise.all(
    Array.from({ length: PLANS }, (_, number) => signed({ ...payload, number: number + 1 })),
  );
  await using server = await startServer('ours', environment(world, world.github.apiUrl));
  // GitHub's own limits would be all that is timed.
  const { secondary, perHour } = world.github.limits;
  for (const limits of [secondary, perHour] as Record<string, number>[])
    for (const name of Object.keys(limits)) limits[name] = Infinity;
  const before = world.checks(sha).length;
  const done = new Promise<void>((resolve) => {
    const stop = world.github.onExchange(({ route }) => {
      if (!route.endsWith('/check-runs') || world.checks(sha).length < before + PLANS) return;
      stop();
      resolve();
    });
  });
  const start = performance.now();
  await send(server.url, hooks, PLANS);
  await done;
  const seconds = (performance.now() - start) / 1000;
  return {
    what: 'App, webhooks with the plan check done',
    measured: `${(PLANS / seconds).toFixed(0)}/s`,
    beside: `${PLANS} pull requests, 3 requests each, to the sandbox GitHub on the same two cores`,
  };
}

function environment(world: AppWorld, apiUrl: string): Record<string, string> {
  const { appId, privateKey } = world.settings.credentials;
  return {
    PATH: process.env['PATH'] ?? '',
    NODE_ENV: 'production',
    APP_ID: String(appId),
    PRIVATE_KEY: privateKey,
    WEBHOOK_SECRET: SECRET,
    GITHUB_API_URL: apiUrl,
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'error',
  };
}

async function signed(payload: object): Promise<Hook> {
  const body = JSON.stringify(payload);
  return { body, signature: await sign(SECRET, body) };
}

async function startServer(
  what: 'bare' | 'ours',
  env: Record<string, string>,
): Promise<AsyncDisposable & { url: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'webhook-server.ts'), what], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { value } = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
  return {
    url: String(value),
    async [Symbol.asyncDispose]() {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.end();
      await gone;
    },
  };
}

/** Sends so many webhooks, each under a GUID of its own; gives how many were taken a second, and the 99th percentile in milliseconds. */
async function send(url: string, hooks: readonly Hook[], count: number): Promise<{ rate: number; slow: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const took: number[] = [];
  let next = 0;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (next < count) {
        const began = performance.now();
        await post(url, hooks[next++ % hooks.length] as Hook, agent);
        took.push(performance.now() - began);
      }
    }),
  );
  const rate = (count / (performance.now() - start)) * 1000;
  agent.destroy();
  return { rate, slow: took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.99)] ?? 0 };
}

const post = (url: string, { body, signature }: Hook, agent: Agent): Promise<void> =>
  new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'x-github-event': 'pull_request',
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': signature,
    };
    request(`${url}${PATH}`, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => {
        if (response.statusCode === 200 || response.statusCode === 202) resolve();
        else reject(new Error(`a webhook was answered ${response.statusCode}`));
      });
    })
      .on('error', reject)
      .end(body);
  });

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

if (import.meta.main) {
  const rows: Row[] = [];
  for await (const row of webhooks()) rows.push(row);
  process.stdout.write(table(rows));
}
