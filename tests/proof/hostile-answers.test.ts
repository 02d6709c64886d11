/** A provider that answers with anything at all: an error that says so, or nothing found; never a crash of ours, never a hang. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { tagOf } from '../../src/model/errors.ts';
import type { Kind } from '../../src/model/resource.ts';
import { createHttp } from '../../src/provider-kit/http.ts';
import { oneLine } from '../../src/provider-kit/http-message.ts';
import { harnesses } from '../../src/providers/conformance.gen.ts';
import { settingOf } from '../conformance/setting.ts';

const closing: (() => unknown)[] = [];
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
const polluting = JSON.parse(
  '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"data":{"__proto__":{"polluted":1}}}',
) as unknown;
const ANSWERS: [string, unknown][] = [
  ['null', null],
  ['a number', 7],
  ['text', '\u001b[2J\u202e'],
  ['an empty list', []],
  ['a list of nulls', [null, null]],
  ['an empty object', {}],
  ['polluting keys', polluting],
  ['a list of those', [polluting]],
  ['data that is null', { data: null, result: null, items: null, success: true }],
  ['other types everywhere', { data: [{ id: {}, name: [], status: 7 }], result: [{ id: null }], items: 'many' }],
  ['a deep nest', nested(90)],
];

describe.each(Object.keys(harnesses))('%s', (type) => {
  test('answers of every wrong shape are told as such', async () => {
    const harness = await harnesses[type]!();
    const [kind] = Object.keys(harness.provider.kinds) as Kind[];
    const supported = (Object.keys(harness.provider.handlers) as Kind[])[0] ?? kind;
    const setting = await settingOf(harness, supported as Kind);
    const { server } = setting.world;
    if (!server) return;
    for (const [name, body] of ANSWERS) {
      const undo = server.faults.add({ match: () => true, act: { kind: 'status', status: 200, body } });
      for (const ask of [() => setting.list('api'), () => setting.read('api')]) {
        const tag = await ask().then(
          () => 'nothing found',
          (error: unknown) => (tagOf(error) === 'bug' ? `${name}: ${(error as Error).stack}` : 'told'),
        );
        expect(['nothing found', 'told']).toContain(tag);
      }
      undo();
    }
    expect(server.calls.length).toBeGreaterThanOrEqual(ANSWERS.length);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

async function served(answer: Parameters<typeof createServer>[1]) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function client(answer: Parameters<typeof createServer>[1], timeoutSeconds = 20) {
  const headers = { authorization: 'Bearer tok-1234567890' };
  const baseUrl = await served(answer);
  const { reader } = createHttp({
    name: 'Cloud',
    baseUrl,
    headers,
    timeoutSeconds,
    signal: AbortSignal.timeout(20_000),
  });
  return reader;
}

const caught = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => expect.unreachable('it should have failed'),
    (error: Error) => error,
  );
const same = (value: unknown) => value;

test('an answer that drips is cut when its time is over, however much keeps coming', async () => {
  const reader = await client((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const drip = setInterval(() => response.write(' '), 5);
    response.once('close', () => clearInterval(drip));
  }, 0.2);
  const error = await caught(reader.get('/x', { parse: same }));
  expect([tagOf(error), error.message]).toEqual(['transient', 'Cloud: GET /x did not answer in time']);
});

test('an answer that is packed is not unpacked: there is no bomb to go off', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  const reader = await client((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
  const bytes = await reader.get('/x', { parse: (value) => (value as Buffer).length, as: 'bytes' });
  expect(bytes).toBe(bomb.length);
});

test('no redirect takes a credential to another host, scheme or port', async () => {
  const seen: (string | undefined)[] = [];
  const other = await served((request, response) => {
    seen.push(request.headers.authorization);
    response.end('{}');
  });
  const port = new URL(other).port;
  for (const to of [other, `//127.0.0.1:${port}/`, `http://localhost:${port}/`, 'file:///etc/passwd', 'gopher://x/'])
    for (const status of [301, 302, 303, 307, 308]) {
      const reader = await client((_, response) => response.writeHead(status, { location: to }).end());
      expect((await caught(reader.get('/x', { parse: same }))).message).toContain('where credentials are not sent');
    }
  expect(seen).toEqual([]);
});

test('an error message holds no terminal sequence and nothing that cannot be seen, and is short', async () => {
  const hostile = '\u001b]0;title\u0007\u001b[31mred\u202e\u200b\u2066\r\n::error::x\u{e0041}\u0000'.repeat(2_000);
  const reader = await client((_, response) =>
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ message: hostile })),
  );
  const { message } = await caught(reader.get('/x', { parse: same }));
  expect(message).not.toMatch(/[\p{C}\u2028\u2029]/u);
  expect(message.length).toBeLessThan(400);
});

test('cleaning a message takes time in line with its length, whatever is in it', () => {
  for (const part of ['\u001b]', '\u001b[', '\u001b[0;', '\u202e ', '\u001b]\u001b['])
    expect(oneLine(part.repeat(400_000)).length).toBeLessThanOrEqual(300);
});
