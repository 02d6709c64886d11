import { sign } from '@octokit/webhooks-methods';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBody } from '../../app/read-body.ts';
import type { RunningApp } from '../../app/start-app.ts';
import { appWorld, type AppWorld } from './app-fixture.ts';

const examples = createRequire(import.meta.url)('@octokit/webhooks-examples') as {
  name: string;
  examples: object[];
}[];

let world: AppWorld;
let app: RunningApp;

beforeAll(async () => {
  world = await appWorld();
  app = await world.start();
});
afterAll(() => world.close());

const post = (body: string, headers: Record<string, string>) =>
  fetch(`${app.url}${world.settings.webhookPath}`, { method: 'POST', body, headers });

const deliver = (event: string, payload: unknown, headers?: Record<string, string>) =>
  world.deliver(app, event, payload, headers);

test('every example payload that GitHub publishes is taken in, and the App lives on', async () => {
  const all = examples.flatMap(({ name, examples: payloads }) => payloads.map((payload) => ({ name, payload })));
  expect(all.length).toBeGreaterThan(300);
  const refused: string[] = [];
  for (let at = 0; at < all.length; at += 20)
    await Promise.all(
      all.slice(at, at + 20).map(async ({ name, payload }) => {
        const { status } = await deliver(name, payload);
        if (status !== 202) refused.push(`${name}: ${status}`);
      }),
    );
  expect(refused).toEqual([]);
  // Nor does work on them: for installations that are not ours it fails one by one.
  await app.idle();
  const health = await fetch(`${app.url}/healthz`);
  expect(await health.json()).toEqual({ status: 'ready', version: '0.0.0', waiting: 0, running: 0 });
});

describe('refused', () => {
  const ping = '{"zen":"Keep it logically awesome."}';
  test('another secret', async () => {
    const signature = { 'x-hub-signature-256': await sign('guessed', ping) };
    expect((await deliver('ping', ping, signature)).status).toBe(401);
  });
  test('a signature of something else', async () => {
    const signature = { 'x-hub-signature-256': await sign(world.settings.credentials.webhookSecret, `${ping} `) };
    expect((await deliver('ping', ping, signature)).status).toBe(401);
  });
  test.each(['', 'sha256=', 'sha256=zz', 'sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709'])(
    'the signature "%s"',
    async (signature) => {
      expect((await deliver('ping', ping, { 'x-hub-signature-256': signature })).status).toBe(401);
    },
  );
  test('no signature', async () => {
    const headers = { 'content-type': 'application/json', 'x-github-event': 'ping', 'x-github-delivery': randomUUID() };
    expect((await post(ping, headers)).status).toBe(401);
  });
  test.each(['not json', ' ', '[]', '"text"', 'null', '{"open":'])('the body %j', async (body) => {
    expect((await deliver('ping', body)).status).toBe(400);
  });
  test('a form', async () => {
    expect((await deliver('ping', ping, { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(400);
  });
  test('a delivery without an event', async () => {
    const headers = {
      'content-type': 'application/json',
      'x-hub-signature-256': await sign(world.settings.credentials.webhookSecret, ping),
    };
    expect((await post(ping, headers)).status).toBe(400);
  });
  test('a body that says it is too large, before it is sent', async () => {
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname);
    socket.write(`POST ${world.settings.webhookPath} HTTP/1.1\r\nhost: app\r\ncontent-length: 26214401\r\n\r\n`);
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });
  test('a body that turns out too large', async () => {
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    socket.write(`POST ${world.settings.webhookPath} HTTP/1.1\r\nhost: app\r\ntransfer-encoding: chunked\r\n\r\n`);
    const megabyte = `100000\r\n${'x'.repeat(0x100000)}\r\n`;
    for (let sent = 0; sent < 26; sent++) socket.write(megabyte);
    const answer = await new Promise((resolve) => socket.once('data', (data) => resolve(String(data))));
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });
  test('what comes while others take up all the room, which is then free again', async () => {
    const room = { left: 10 };
    const held = new PassThrough();
    const send = (stream: PassThrough) => readBody(Object.assign(stream, { headers: {} }) as never, 100, room);
    const first = send(held);
    held.write('12345678');
    const second = new PassThrough();
    second.write('123');
    expect(await send(second)).toBe('no-room');
    held.end();
    expect(await first).toEqual({ text: '12345678' });
    expect(room.left).toBe(10);
    const broken = new PassThrough();
    const third = send(broken);
    broken.write('12345');
    setImmediate(() => broken.destroy());
    expect([await third, room.left]).toEqual(['cut', 10]);
  });
  test.each([
    ['GET', '/api/github/webhooks'],
    ['POST', '/'],
    ['GET', '/probot'],
    ['GET', '/../etc/passwd'],
  ])('%s %s', async (method, path) => {
    expect((await fetch(`${app.url}${path}`, { method })).status).toBe(404);
  });
});

test('a delivery is taken in once', async () => {
  const once = { 'x-github-delivery': randomUUID() };
  const ping = { zen: 'Design for failure.' };
  const answers = await Promise.all([deliver('ping', ping, once), deliver('ping', ping, once)]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 202]);
  expect((await deliver('ping', ping, once)).status).toBe(200);
});
