import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { tagOf, type TransientError } from '../../src/model/errors.ts';
import { createHttp, everyPage, isNotFound, path, statusOf, type HttpOptions } from '../../src/provider-kit/http.ts';

type Handle = (request: IncomingMessage, response: ServerResponse, body: string) => void;
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function serve(handle: Handle): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => handle(request, response, body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function client(handle: Handle, options: Partial<HttpOptions> = {}) {
  const baseUrl = `${await serve(handle)}/v1/`;
  const headers = { authorization: 'Bearer tok-1234567890' };
  return createHttp({ name: 'Cloud', baseUrl, headers, signal: new AbortController().signal, ...options });
}

const json = (response: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
const same = (value: unknown) => value;
const caught = (work: Promise<unknown>): Promise<any> =>
  work.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );

const answer = (value: unknown) => client((_, response) => json(response, 200, value));

describe('requests', () => {
  test('path, query, headers and body arrive as they are meant', async () => {
    const { writer } = await client((request, response, body) =>
      json(response, 200, { url: request.url, method: request.method, auth: request.headers.authorization, body }),
    );
    const query = { limit: 5, label: ['a b', 'c'], none: undefined };
    const got = await writer.get(path`/things/${'a/../b?c'}/logs`, { query, parse: same });
    expect(got).toMatchObject({
      url: '/v1/things/a%2F..%2Fb%3Fc/logs?limit=5&label=a+b&label=c',
      method: 'GET',
      auth: 'Bearer tok-1234567890',
    });
    const sent = await writer.post('/things', { json: { name: 'é' }, parse: same });
    expect(sent).toMatchObject({ method: 'POST', body: '{"name":"é"}' });
  });

  test('lines are heard while the answer comes, wherever it is cut, and the parser gets them all', async () => {
    const heard: string[] = [];
    const first = Promise.withResolvers<void>();
    const { writer } = await client((_, response) => {
      response.write('one\r\ntw');
      // The rest is not sent before the first line was heard.
      void first.promise.then(() => {
        response.write(Buffer.from('o ä').subarray(0, 3));
        response.end(Buffer.concat([Buffer.from('ä').subarray(1), Buffer.from('\nthree')]));
      });
    });
    const whole = await writer.post('/build', {
      as: 'text',
      parse: same,
      heard: (line) => (heard.push(line), first.resolve()),
    });
    expect(heard).toEqual(['one', 'two ä']);
    expect(whole).toBe('one\r\ntwo ä\nthree');
  });

  test('an id that is no segment is refused', () => {
    for (const id of ['', '.', '..']) expect(() => path`/things/${id}`).toThrow('no id');
  });

  test('a reader has no way to write', async () => {
    const { reader } = await client((_, response) => json(response, 200, {}));
    expect(Object.keys(reader).toSorted()).toEqual(['find', 'get', 'query']);
  });

  test('a token with a line break is refused without being shown', async () => {
    const headers = { authorization: 'Bearer se\ncret' };
    const error = await caught(client(() => {}, { headers }));
    expect(error.message).toMatch(/character that no token has/);
    expect(error.message).not.toContain('cret');
  });
});

describe('answers', () => {
  const cases: [status: number, tag: string][] = [
    [400, 'unsupported'],
    [401, 'credential'],
    [402, 'unsupported'],
    [403, 'credential'],
    [404, 'conflict'],
    [408, 'transient'],
    [409, 'conflict'],
    [422, 'unsupported'],
    [425, 'transient'],
    [429, 'transient'],
    [500, 'transient'],
    [501, 'unsupported'],
    [503, 'transient'],
  ];
  test.each(cases)('%i is a %s error', async (status, tag) => {
    const { reader } = await client((_, response) =>
      json(response, status, { error: { message: 'no\u001B[31m more\nplease' } }),
    );
    const error = await caught(reader.get('/x', { parse: same }));
    expect(tagOf(error)).toBe(tag);
    expect(statusOf(error)).toBe(status);
    expect(error.message).toBe(`Cloud: GET /x answered ${status}: no more please`);
  });

  test("only a 404 in the API's own words is an absence", async () => {
    const { reader, writer } = await client((request, response) => {
      if (request.url === '/v1/json') json(response, 404, { message: 'no such thing' });
      else if (request.url === '/v1/gone') response.writeHead(410).end();
      else if (request.url === '/v1/page')
        response.writeHead(404, { 'content-type': 'text/html' }).end('<html>nginx</html>');
      else json(response, 403, { message: 'forbidden' });
    });
    expect(await reader.find('/json', { parse: same })).toBeUndefined();
    expect(await reader.find('/gone', { parse: same })).toBeUndefined();
    expect(await writer.delete('/json')).toBe(false);
    const page = await caught(reader.find('/page', { parse: same }));
    expect([tagOf(page), isNotFound(page)]).toEqual(['unsupported', false]);
    expect(tagOf(await caught(reader.find('/forbidden', { parse: same })))).toBe('credential');
    expect(tagOf(await caught(writer.delete('/forbidden')))).toBe('credential');
  });

  const date = 'Fri, 20 Nov 2026 12:00:00 GMT';
  const waits: [headers: Record<string, string>, seconds: number | undefined][] = [
    [{ 'retry-after': '7' }, 7],
    [{ 'retry-after': 'Fri, 20 Nov 2026 12:01:30 GMT', date }, 90],
    [{ 'retry-after': 'Fri, 20 Nov 2026 11:00:00 GMT', date }, 0],
    [{ 'ratelimit-reset': '12' }, 12],
    [{ 'x-ratelimit-reset': String(Date.parse(date) / 1000 + 30), date }, 30],
    [{ 'x-ratelimit-reset': String(Date.parse(date) + 45_000), date }, 45],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ];
  test.each(waits)('429 with %o asks for %s seconds', async (headers, seconds) => {
    const { reader } = await client((_, response) => json(response, 429, {}, headers));
    const error: TransientError = await caught(reader.get('/x', { parse: same }));
    expect(error.retryAfter).toBe(seconds);
  });

  test('a 403 that is a rate limit is transient', async () => {
    const { reader } = await client((_, response) => json(response, 403, {}, { 'retry-after': '3' }));
    expect(await caught(reader.get('/x', { parse: same }))).toMatchObject({ tag: 'transient', retryAfter: 3 });
  });

  test('secrets are masked where the provider repeats them', async () => {
    const { writer } = await client((_, response) =>
      json(response, 422, { message: 'bad token tok-1234567890, bad value hunter2hunter2' }),
    );
    const error = await caught(writer.post('/x', { json: {}, mask: ['hunter2hunter2', 'a'] }));
    expect(error.message).toBe('Cloud: POST /x answered 422: bad token ***, bad value ***');
  });

  test('so are those of a header that one call alone has, in any spelling', async () => {
    const login = Buffer.from('{"password":"hunter2hunter2"}').toString('base64url');
    const { writer } = await client((request, response) =>
      json(response, 500, { message: `not ${request.headers['x-registry-auth']}, ${encodeURIComponent(login)}=` }),
    );
    const error = await caught(writer.post('/x', { headers: { 'x-registry-auth': login } }));
    expect(error.message).toBe('Cloud: POST /x answered 500: not ***, ***=');
  });

  test('cut connections, refused ones, time-outs and interruptions are transient', async () => {
    const cut = await client((_, response) => response.destroy());
    expect(tagOf(await caught(cut.reader.get('/x', { parse: same })))).toBe('transient');
    const half = await client(
      (_, response) => (response.writeHead(200, { 'content-length': '100' }).write('{'), response.destroy()),
    );
    expect(tagOf(await caught(half.reader.get('/x', { parse: same })))).toBe('transient');
    const nobody = createHttp({ name: 'Cloud', baseUrl: 'http://127.0.0.1:1', signal: new AbortController().signal });
    expect(tagOf(await caught(nobody.reader.get('/x', { parse: same })))).toBe('transient');
    const slow = await client(() => {}, { timeoutSeconds: 0.01 });
    expect((await caught(slow.reader.get('/x', { parse: same }))).message).toContain('did not answer in time');
    const stop = new AbortController();
    const stopped = await client(() => stop.abort(), { signal: stop.signal });
    expect(await caught(stopped.reader.get('/x', { parse: same }))).toMatchObject({
      tag: 'transient',
      message: 'Cloud: GET /x was interrupted',
    });
  });

  test('size and depth are bounded, and what is not JSON is transient', async () => {
    const bodies: Record<string, string> = {
      '/v1/big': JSON.stringify('x'.repeat(2000)),
      '/v1/deep': `${'['.repeat(5000)}${']'.repeat(5000)}`,
      '/v1/brackets': JSON.stringify({ text: `${'\\"['.repeat(500)}` }),
      '/v1/page': '<html>maintenance</html>',
    };
    const { reader } = await client((request, response) => response.end(bodies[request.url as string]), {
      maxBytes: 12_000,
    });
    const small = await client((request, response) => response.end(bodies[request.url as string]), { maxBytes: 1000 });
    expect(await caught(small.reader.get('/big', { parse: same }))).toMatchObject({
      tag: 'unsupported',
      message: expect.stringContaining('more than 0.001 MB'),
    });
    expect(await caught(reader.get('/deep', { parse: same }))).toMatchObject({
      tag: 'unsupported',
      message: expect.stringContaining('levels deep'),
    });
    expect(await reader.get('/brackets', { parse: same })).toEqual({ text: '\\"['.repeat(500) });
    expect(tagOf(await caught(reader.get('/page', { parse: same })))).toBe('transient');
    expect(await reader.get('/page', { as: 'text', parse: same })).toBe('<html>maintenance</html>');
  });

  test('an answer of another shape names what was not understood', async () => {
    const { reader } = await client((_, response) => json(response, 200, {}));
    const issues = [{ path: ['things', 0, 'id'], message: 'expected string' }];
    const parse = () => {
      throw Object.assign(new Error('long'), { issues });
    };
    expect(await caught(reader.get('/x', { parse }))).toMatchObject({
      tag: 'unsupported',
      message: expect.stringContaining('things.0.id: expected string'),
    });
  });
});

describe('redirects', () => {
  test('followed on the same origin for reads, never elsewhere, never for writes', async () => {
    const seen: string[] = [];
    const other = await serve(
      (request, response) => (seen.push(request.headers.authorization ?? 'none'), json(response, 200, {})),
    );
    const { reader, writer } = await client((request, response) => {
      if (request.url === '/v1/end') return json(response, 200, 'end');
      const location = { '/v1/same': '/v1/end', '/v1/other': `${other}/x`, '/v1/round': '/v1/round' }[
        request.url as string
      ];
      return response.writeHead(307, { location }).end();
    });
    expect(await reader.get('/same', { parse: same })).toBe('end');
    expect(await caught(reader.get('/other', { parse: same }))).toMatchObject({
      tag: 'unsupported',
      message: expect.stringContaining('credentials are not sent'),
    });
    expect(tagOf(await caught(reader.get('/round', { parse: same })))).toBe('unsupported');
    expect(tagOf(await caught(writer.post('/same', { json: {} })))).toBe('unsupported');
    expect(seen).toEqual([]);
  });
});

describe('GraphQL', () => {
  test('data comes back, a reader refuses mutations', async () => {
    const { reader, writer } = await answer({ data: { a: 1 } });
    expect(await reader.query('/graphql', 'query { mutation(id: 1) { a } } # mutation', { parse: same })).toEqual({
      a: 1,
    });
    await expect(reader.query('/graphql', 'fragment F on A { b } mutation M { c }', { parse: same })).rejects.toThrow(
      'not only queries',
    );
    expect(await writer.mutate('/graphql', 'mutation { c }', { parse: same })).toEqual({ a: 1 });
  });
  test.each([
    ['Not Authorized', undefined, 'credential'],
    ['slow down', 'RATE_LIMITED', 'transient'],
    ['Service not found', undefined, 'conflict'],
    ['Field x is unknown', 'BAD_USER_INPUT', 'unsupported'],
  ])('%s (%s) is a %s error, also beside data', async (message, code, tag) => {
    const { reader } = await answer({ data: { a: 1 }, errors: [{ message, extensions: { code } }] });
    expect(tagOf(await caught(reader.query('/graphql', '{ a }', { parse: same })))).toBe(tag);
  });
});

test('everyPage joins pages and stops at a cursor that comes again', async () => {
  const pages: Record<string, { items: number[]; next?: string }> = {
    '': { items: [1], next: 'b' },
    b: { items: [2, 3], next: 'c' },
    c: { items: [] },
  };
  expect(await everyPage(async (cursor = '') => pages[cursor]!)).toEqual([1, 2, 3]);
  await expect(everyPage(async () => ({ items: [1], next: 'a' }))).rejects.toThrow('does not end');
});

test('a refusal that tells what to do becomes a value, however long; any other stays an error', async () => {
  const missing = Array.from({ length: 5000 }, (_, index) => `${index}`.padStart(40, '0'));
  let status = 400;
  const { writer } = await client((_, response) => json(response, status, { message: 'lacking', missing }));
  const refused = (code: number, body: unknown) =>
    code === 400 ? (body as { missing: string[] }).missing.length : undefined;
  expect(await writer.post<number>('/things', { json: {}, refused })).toBe(5000);
  status = 422;
  expect(await caught(writer.post<number>('/things', { json: {}, refused }))).toMatchObject({
    tag: 'unsupported',
    message: 'Cloud: POST /things answered 422: lacking',
  });
});

test('a refusal that names fields says which and why', async () => {
  const { writer } = await client((_, response) => json(response, 422, { errors: { name: ['is taken', 'is short'] } }));
  expect((await caught(writer.post('/things', { json: {} }))).message).toContain('422: name is taken; is short');
});
