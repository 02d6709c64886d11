import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createPlainServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { probeMany } from '../../src/health/probe-many.ts';
import type { Prober } from '../../src/health/probe.ts';
import type { ProbeTarget, Sample } from '../../src/model/health.ts';
import type { HttpCheck } from '../../src/model/watch.ts';
import { makeCertificate, type Certificate } from './certificate.ts';
import { http, target, testProber } from './prober.ts';

const servers: { close(): unknown; closeAllConnections?(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections?.();
    server.close();
  }
});

const portOf = (server: Pick<Server, 'address'>): number => (server.address() as AddressInfo).port;

/** A server on loopback; its port. */
async function serve(listener: RequestListener, host = '127.0.0.1'): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return portOf(server);
}

async function serveSecurely(certificate: Certificate): Promise<number> {
  const server = createSecureServer(certificate, (_, answer) => answer.end('ok'));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return portOf(server);
}

async function ask(check: HttpCheck, given: Partial<ProbeTarget> = {}, prober: Prober = testProber()): Promise<Sample> {
  const [sample] = await probeMany([target(check, given)], prober);
  return sample as Sample;
}

describe('answers', () => {
  test('a good one is a sample with its time and one try', async () => {
    const port = await serve((_, answer) => answer.end('ok'));
    const prober = testProber();
    expect(await ask(http(`http://127.0.0.1:${port}/`), {}, prober)).toEqual({
      instance: 'service/x@local',
      at: '2026-11-21T00:00:00.000Z',
      ok: true,
      milliseconds: expect.any(Number),
      tries: 1,
    });
    expect(prober.waited).toEqual([]);
  });

  test('method, headers and path are sent as the check says', async () => {
    const seen: unknown[] = [];
    const port = await serve(({ method, url, headers }, answer) => {
      seen.push([method, url, headers['x-probe'], headers['user-agent']]);
      answer.end();
    });
    await ask(
      http(`http://127.0.0.1:${port}/up?a=1`, { method: 'POST', headers: { 'X-Probe': 'b', 'User-Agent': 'me' } }),
    );
    expect(seen).toEqual([['POST', '/up?a=1', 'b', 'me']]);
  });

  test.each<[name: string, check: Partial<HttpCheck>, status: number, body: string, problem: string | undefined]>([
    ['a status out of range', {}, 503, '', 'expected status 200-299, found 503'],
    [
      'a status that is listed',
      {
        status: [
          [200, 299],
          [401, 401],
        ],
      },
      401,
      '',
      undefined,
    ],
    [
      'one that is not',
      {
        status: [
          [200, 299],
          [401, 401],
        ],
      },
      403,
      '',
      'expected status 200-299 or 401, found 403',
    ],
    ['text that is there', { contains: 'well' }, 200, 'all is well', undefined],
    [
      'text that is not',
      { contains: 'well' },
      200,
      'all is bad',
      'expected "well" in the answer, found 10 bytes without it',
    ],
    ['an empty body', { contains: 'well' }, 200, '', 'expected "well" in the answer, found an empty one'],
    ['text in the first megabyte', { contains: 'well' }, 200, `${'x'.repeat(2 ** 20 - 4)}well`, undefined],
    [
      'text behind it',
      { contains: 'well' },
      200,
      `${'x'.repeat(2 ** 20 - 3)}well`,
      'expected "well" in the answer, found a megabyte without it',
    ],
    ['text over two chunks', { contains: 'é' }, 200, 'aéa', undefined],
  ])('%s', async (_, check, status, body, problem) => {
    const bytes = Buffer.from(body);
    const port = await serve((__, answer) => {
      answer.writeHead(status).write(bytes.subarray(0, 2));
      answer.end(bytes.subarray(2));
    });
    const sample = await ask(http(`http://127.0.0.1:${port}/`, check));
    expect(sample.problem).toBe(problem);
    expect(sample.ok).toBe(problem === undefined);
  });

  test('a body without an end is not waited for', async () => {
    let sent = 0;
    const port = await serve((_, answer) => {
      const more = (): void => {
        if (answer.destroyed) return;
        sent += 65_536;
        if (answer.write(Buffer.alloc(65_536))) setImmediate(more);
        else answer.once('drain', more);
      };
      more();
    });
    const sample = await ask(http(`http://127.0.0.1:${port}/`, { timeout: 10_000 }));
    expect(sample).toMatchObject({ ok: true, tries: 1 });
    expect(sent).toBeLessThan(64 * 2 ** 20);
  });

  test('one that takes longer than it may', async () => {
    const port = await serve((_, answer) => setTimeout(() => answer.end('ok'), 30));
    const sample = await ask(http(`http://127.0.0.1:${port}/`, { maxResponse: 5 }));
    expect(sample.problem).toMatch(/^expected an answer within 5 ms, it took [\d.]+ m?s$/);
    expect(sample.milliseconds).toBeGreaterThan(5);
  });

  test('none, or only half of one', async () => {
    const silent = await serve(() => {});
    const half = await serve((_, answer) => answer.writeHead(200, { 'content-length': 10 }).write('half'));
    const cut = await serve((_, answer) =>
      answer.writeHead(200, { 'content-length': 10 }).write('half', () => answer.destroy()),
    );
    const words = createPlainServer((socket) => socket.end('220 mail.example.com ESMTP\r\n'));
    servers.push(words);
    await new Promise<void>((resolve) => words.listen(0, '127.0.0.1', resolve));
    const check = (port: number, timeout: number) => target(http(`http://127.0.0.1:${port}/`, { timeout }));
    const samples = await probeMany(
      [check(silent, 60), check(half, 60), check(cut, 5000), check(portOf(words), 5000)],
      testProber(),
    );
    expect(samples.map(({ problem, milliseconds }) => [problem, milliseconds])).toEqual([
      ['no complete answer within 60 ms', null],
      ['no complete answer within 60 ms', null],
      ['the connection was cut before the answer was complete', null],
      [expect.stringMatching(/^what answers does not speak HTTP \(HPE_/), null],
    ]);
  });

  test('over IPv6, and by a name of both families of which one is deaf', async () => {
    const port = await serve((_, answer) => answer.end(), '::1');
    const both = [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ];
    const prober = testProber({ network: { lookup: (_, __, done) => done(null, both) } });
    expect(await ask(http(`http://[::1]:${port}/`))).toMatchObject({ ok: true });
    expect(await ask(http(`http://a.example:${port}/`), {}, prober)).toMatchObject({ ok: true, tries: 1 });
  });

  test('a problem is one line without anything unseen, however hostile what answers is', async () => {
    const port = await serve((_, answer) => {
      answer.writeHead(302, { location: `ftp://${'x'.repeat(4000)}\u00ad` }).end();
    });
    const contains = `a\n\u202eb${'c'.repeat(900)}`;
    const other = await serve((_, answer) => answer.end('no'));
    for (const sample of [
      await ask(http(`http://127.0.0.1:${port}/`)),
      await ask(http(`http://127.0.0.1:${other}/`, { contains })),
    ]) {
      expect(sample.problem?.length).toBeLessThanOrEqual(300);
      expect(sample.problem).not.toMatch(/[\p{C}\u2028]/u);
    }
  });

  test('a header that cannot be sent is told without its value', async () => {
    const port = await serve((_, answer) => answer.end());
    const sample = await ask(http(`http://127.0.0.1:${port}/`, { headers: { A: 'se\ncret' } }));
    expect(sample.problem).toBe('a header of the check has a character that cannot be sent');
  });
});

describe('redirects', () => {
  /** A server whose path is how many redirects are left before it answers. */
  const countdown: RequestListener = ({ url = '' }, answer) => {
    const left = Number(url.slice(1));
    if (left > 0) answer.writeHead(302, { location: `/${left - 1}` }).end();
    else answer.end('here');
  };

  test('as many as may be are followed', async () => {
    const port = await serve(countdown);
    const at = (left: number, redirects: number) =>
      ask(http(`http://127.0.0.1:${port}/${left}`, { redirects, contains: 'here' }));
    expect(await at(3, 3)).toMatchObject({ ok: true, tries: 1 });
    expect((await at(4, 3)).problem).toBe('expected at most 3 redirects, found more');
    expect((await at(1, 0)).problem).toBe('expected status 200-299, found 302');
    const itself = http(`http://127.0.0.1:${port}/1`, { redirects: 0, status: [[302, 302]] });
    expect(await ask(itself)).toMatchObject({ ok: true });
  });

  test('no other host gets the headers, and neither does an unsecured one', async () => {
    const seen: [string, string | undefined][] = [];
    const other = await serve(({ headers }, answer) => {
      seen.push(['other', headers.authorization]);
      answer.end();
    });
    const first = await serve(({ headers, url }, answer) => {
      seen.push(['first', headers.authorization]);
      if (url === '/') answer.writeHead(307, { location: '/next' }).end();
      else answer.writeHead(301, { location: `http://127.0.0.1:${other}/` }).end();
    });
    const sample = await ask(http(`http://127.0.0.1:${first}/`, { headers: { Authorization: 'secret' } }));
    expect(sample).toMatchObject({ ok: true });
    expect(seen).toEqual([
      ['first', 'secret'],
      ['first', 'secret'],
      ['other', undefined],
    ]);
  });

  test('a failure behind one names the host', async () => {
    const other = await serve((_, answer) => answer.writeHead(500).end());
    const port = await serve((_, answer) => answer.writeHead(301, { location: `http://127.0.0.1:${other}/` }).end());
    expect((await ask(http(`http://127.0.0.1:${port}/`))).problem).toBe(
      `redirected to 127.0.0.1:${other}: expected status 200-299, found 500`,
    );
  });

  test('a POST goes on as GET, but for 307 and 308', async () => {
    const methods: (string | undefined)[] = [];
    const port = await serve(({ method, url }, answer) => {
      methods.push(method);
      if (url === '/307') answer.writeHead(307, { location: '/303' }).end();
      else if (url === '/303') answer.writeHead(303, { location: '/' }).end();
      else answer.end();
    });
    await ask(http(`http://127.0.0.1:${port}/307`, { method: 'POST' }));
    expect(methods).toEqual(['POST', 'POST', 'GET']);
  });
});

describe('TLS', () => {
  const year = 365 * 86_400_000;
  const now = Date.now();
  const to = new Date(Math.floor((now + year) / 1000) * 1000);
  const good = makeCertificate('127.0.0.1', new Date(now - year), to);

  test('a good certificate tells when it ends, on a kept connection too', async () => {
    const port = await serveSecurely(good);
    const check = http(`https://127.0.0.1:${port}/`);
    const prober = testProber({ network: { ca: good.ca } });
    const samples = await probeMany(
      Array.from({ length: 9 }, () => target(check)),
      prober,
    );
    for (const sample of samples) expect(sample).toMatchObject({ ok: true, certificateExpires: to.toISOString() });
  });

  test.each([
    [
      'one that has ended',
      makeCertificate('127.0.0.1', new Date(now - year), new Date(now - 1000)),
      'its certificate has expired',
    ],
    [
      'one that is not valid yet',
      makeCertificate('127.0.0.1', new Date(now + 86_400_000), to),
      'its certificate is not valid yet',
    ],
    [
      'one for another host',
      makeCertificate('a.example', new Date(now - year), to),
      'its certificate is for another host name',
    ],
  ])('%s is a failure', async (_, certificate, problem) => {
    const port = await serveSecurely(certificate);
    const prober = testProber({ network: { ca: certificate.ca } });
    expect((await ask(http(`https://127.0.0.1:${port}/`), {}, prober)).problem).toBe(problem);
  });

  test('one by an unknown authority is a failure, and so is none', async () => {
    const port = await serveSecurely(good);
    expect((await ask(http(`https://127.0.0.1:${port}/`))).problem).toBe(
      'its certificate is signed by an authority that is not known',
    );
    const plain = await serve((_, answer) => answer.end());
    expect((await ask(http(`https://127.0.0.1:${plain}/`))).problem).toMatch(/^no TLS could be agreed on/);
  });
});
