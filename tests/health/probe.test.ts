import { createSocket } from 'node:dgram';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { probeMany } from '../../src/health/probe-many.ts';
import type { Check } from '../../src/model/watch.ts';
import { everywhereHere, http, target, testProber } from './prober.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A port on which nothing listens. */
async function deafPort(): Promise<number> {
  const port = await serve(() => {});
  await new Promise((resolve) => servers.pop()?.close(resolve));
  return port;
}

describe('confirmation', () => {
  test('a failure counts after retries 2 s and 10 s later', async () => {
    const prober = testProber();
    const [sample] = await probeMany([target(http(`http://127.0.0.1:${await deafPort()}/`))], prober);
    expect(sample).toMatchObject({ ok: false, tries: 3, milliseconds: null, problem: 'the connection was refused' });
    expect(prober.waited).toEqual([2000, 8000]);
  });

  test('one that is good again is good, and says how many tries it took', async () => {
    let asked = 0;
    const port = await serve((_, answer) => answer.writeHead(++asked < 3 ? 500 : 200).end());
    const [sample] = await probeMany([target(http(`http://127.0.0.1:${port}/`))], testProber());
    expect(sample).toMatchObject({ ok: true, tries: 3 });
    expect(sample).not.toHaveProperty('problem');
    expect(sample).not.toHaveProperty('woke');
  });

  test('those that are down wait for each other in nothing', async () => {
    const port = await deafPort();
    const { promise: go, resolve } = Promise.withResolvers<void>();
    const waits: number[] = [];
    const delay = (milliseconds: number): Promise<void> => {
      waits.push(milliseconds);
      // Nobody goes on before all hundred have begun to wait: none may hold a turn meanwhile.
      if (waits.length === 100) resolve();
      return go;
    };
    const targets = Array.from({ length: 100 }, (_, index) =>
      target(http(`http://host-${index % 20}.example:${port}/`)),
    );
    const clock = { now: () => new Date(0), delay };
    const samples = await probeMany(targets, testProber({ clock, network: { lookup: everywhereHere } }));
    expect(samples.every(({ ok, tries }) => !ok && tries === 3)).toBe(true);
    expect(waits.filter((wait) => wait === 2000)).toHaveLength(100);
    expect(waits.filter((wait) => wait === 8000)).toHaveLength(100);
  });
});

describe('at once', () => {
  /** A server that answers nothing until `enough` requests are under way; the most that were, in all and of one host. */
  async function crowd({ hosts, perHost, enough }: { hosts: number; perHost: number; enough: number }) {
    const under = new Map<string, number>();
    let [now, most, mostOfOne, open] = [0, 0, 0, false];
    const held: (() => void)[] = [];
    const port = await serve(({ headers: { host = '' } }, answer) => {
      const ofOne = (under.get(host) ?? 0) + 1;
      under.set(host, ofOne);
      [now, mostOfOne] = [now + 1, Math.max(mostOfOne, ofOne)];
      most = Math.max(most, now);
      held.push(() => {
        under.set(host, (under.get(host) ?? 0) - 1);
        now -= 1;
        answer.end();
      });
      const release = (): void => held.splice(0).forEach((end) => end());
      // One more would come while it still waits.
      if (open) release();
      else if (now === enough)
        setTimeout(() => {
          open = true;
          release();
        }, 30);
    });
    const targets = Array.from({ length: hosts * perHost }, (_, index) =>
      target(http(`http://host-${index % hosts}.example:${port}/`, { timeout: 5000 })),
    );
    const samples = await probeMany(targets, testProber({ network: { lookup: everywhereHere } }));
    expect(samples.every(({ ok, tries }) => ok && tries === 1)).toBe(true);
    return { most, mostOfOne };
  }

  test('no more than four to one host', async () => {
    expect(await crowd({ hosts: 1, perHost: 20, enough: 4 })).toEqual({ most: 4, mostOfOne: 4 });
  });

  test('no more than 64 in all', async () => {
    expect(await crowd({ hosts: 40, perHost: 4, enough: 64 })).toEqual({ most: 64, mostOfOne: expect.any(Number) });
  });

  test('waiting for a turn is not counted as time of the answer', async () => {
    const port = await serve((_, answer) => setTimeout(() => answer.end(), 100));
    const targets = Array.from({ length: 20 }, () => target(http(`http://127.0.0.1:${port}/`, { timeout: 450 })));
    const samples = await probeMany(targets, testProber());
    expect(samples.every(({ ok }) => ok)).toBe(true);
  });
});

describe('sleep', () => {
  test('what answers late and then in time has slept: no failure, and its latency is that of when it is awake', async () => {
    let asked = 0;
    const port = await serve((_, answer) => setTimeout(() => answer.end(), ++asked === 1 ? 450 : 0));
    const check = http(`http://127.0.0.1:${port}/`, { timeout: 300 });
    const prober = testProber();
    const [sample] = await probeMany([target(check, { wake: 5000 })], prober);
    expect(sample).toMatchObject({ ok: true, tries: 2 });
    expect(sample?.woke).toBeGreaterThan(300);
    expect(sample?.milliseconds).toBeLessThanOrEqual(300);
    expect(prober.waited).toEqual([]);
  });

  test('the same is a failure of what is not expected to sleep', async () => {
    let asked = 0;
    const port = await serve((_, answer) => setTimeout(() => answer.end(), ++asked === 1 ? 2000 : 0));
    const [sample] = await probeMany([target(http(`http://127.0.0.1:${port}/`, { timeout: 300 }))], testProber());
    expect(sample).toMatchObject({ ok: true, tries: 2 });
    expect(sample).not.toHaveProperty('woke');
  });

  test('what refuses while it wakes has slept too', async () => {
    let asked = 0;
    const port = await serve((_, answer) => answer.writeHead(++asked === 1 ? 503 : 200).end());
    const [sample] = await probeMany([target(http(`http://127.0.0.1:${port}/`), { wake: 5000 })], testProber());
    expect(sample).toMatchObject({ ok: true, tries: 3, woke: expect.any(Number) });
  });

  test('what is always slow is slow, not asleep', async () => {
    const port = await serve((_, answer) => setTimeout(() => answer.end(), 60));
    const check = http(`http://127.0.0.1:${port}/`, { maxResponse: 20 });
    const [sample] = await probeMany([target(check, { wake: 2000 })], testProber());
    expect(sample).toMatchObject({ ok: false, problem: expect.stringMatching(/^expected an answer within 20 ms/) });
    expect(sample).not.toHaveProperty('woke');
  });

  test('what is down is down', async () => {
    const check = http(`http://127.0.0.1:${await deafPort()}/`);
    const [sample] = await probeMany([target(check, { wake: 5000 })], testProber());
    expect(sample).toMatchObject({ ok: false, tries: 3 });
  });
});

test('an abort ends all of it with its reason, wherever it is', async () => {
  const silent = await serve(() => {});
  const deaf = await deafPort();
  const reason = new Error('stopped');
  for (const when of ['asking', 'waiting', 'before']) {
    const controller = new AbortController();
    if (when === 'before') controller.abort(reason);
    const delay = (): Promise<void> => {
      if (when === 'waiting') controller.abort(reason);
      return new Promise(() => {});
    };
    const prober = testProber({ signal: controller.signal, clock: { now: () => new Date(0), delay } });
    const targets = [silent, silent, deaf].map((port) =>
      target(http(`http://127.0.0.1:${port}/`, { timeout: 60_000 })),
    );
    const running = probeMany(targets, prober);
    if (when === 'asking') setTimeout(() => controller.abort(reason), 10);
    await expect(running).rejects.toBe(reason);
  }
});

test('heartbeats are not asked; samples come in the order of the targets', async () => {
  const port = await serve((_, answer) => answer.end());
  const targets = [
    target(http(`http://127.0.0.1:${port}/`), { instance: 'service/a@local' }),
    target({ kind: 'heartbeat', withinSeconds: 60 }, { instance: 'job/b@local' }),
    target({ kind: 'tcp', host: '127.0.0.1', port, timeout: 1000 }, { instance: 'service/c@local' }),
  ];
  const samples = await probeMany(targets, testProber());
  expect(samples.map(({ instance, ok }) => [instance, ok])).toEqual([
    ['service/a@local', true],
    ['service/c@local', true],
  ]);
});

test('a port that refuses, and one that is silent', async () => {
  const [sample] = await probeMany(
    [target({ kind: 'tcp', host: 'localhost', port: await deafPort(), timeout: 1000 })],
    testProber(),
  );
  expect(sample?.problem).toMatch(/^port \d+: the connection was refused$/);
});

describe('DNS', () => {
  /** A name server that answers every question with these records, or that there is no such name. */
  async function nameServer(records: Buffer[] | undefined, type: number): Promise<{ at: string; close(): void }> {
    const socket = createSocket('udp4');
    socket.on('message', (question, from) => {
      const end = question.indexOf(0, 12) + 5;
      const head = Buffer.from(question.subarray(0, 12));
      head.writeUInt16BE(records ? 0x8180 : 0x8183, 2);
      head.writeUInt16BE(records?.length ?? 0, 6);
      head.writeUInt32BE(0, 8);
      const answers = (records ?? []).map((data) => {
        const record = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length]);
        return Buffer.concat([record, data]);
      });
      socket.send(Buffer.concat([head, question.subarray(12, end), ...answers]), from.port, from.address);
    });
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return { at: `127.0.0.1:${socket.address().port}`, close: () => socket.close() };
  }
  const [A, MX, TXT, AAAA] = [1, 15, 16, 28];
  const label = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
  const mail = Buffer.concat([Buffer.from([0, 10]), label('mail'), label('example'), Buffer.from([0])]);
  const six = Buffer.from('20010db8000000000000000000000001', 'hex');

  test.each<[string, 'A' | 'AAAA' | 'MX' | 'TXT', number, Buffer[] | undefined, string[], string | undefined]>([
    ['any answer', 'A', A, [Buffer.from([192, 0, 2, 1])], [], undefined],
    [
      'the one that is expected',
      'A',
      A,
      [Buffer.from([192, 0, 2, 1]), Buffer.from([192, 0, 2, 2])],
      ['192.0.2.2'],
      undefined,
    ],
    [
      'another',
      'A',
      A,
      [Buffer.from([192, 0, 2, 1])],
      ['192.0.2.2'],
      'A of acme.example: expected 192.0.2.2, found 192.0.2.1',
    ],
    ['another spelling', 'AAAA', AAAA, [six], ['2001:DB8:0::1'], undefined],
    ['an exchange without its priority', 'MX', MX, [mail], ['Mail.example.'], undefined],
    [
      'an exchange with another',
      'MX',
      MX,
      [mail],
      ['20 mail.example'],
      'MX of acme.example: expected 20 mail.example, found 10 mail.example',
    ],
    ['text in parts', 'TXT', TXT, [Buffer.concat([label('ab'), label('c')])], ['abc'], undefined],
    ['no such name', 'A', A, undefined, [], 'A of acme.example: there is no such name'],
    ['no such record', 'A', A, [], [], 'A of acme.example: there is no such record'],
  ])('%s', async (_, type, code, records, expect_, problem) => {
    const server = await nameServer(records, code);
    const check = { kind: 'dns', name: 'acme.example', type, expect: expect_, timeout: 1000 } as const;
    const [sample] = await probeMany([target(check)], testProber({ network: { nameServers: [server.at] } }));
    server.close();
    expect(sample?.problem).toBe(problem);
    expect(sample?.ok).toBe(problem === undefined);
  });

  test('a name server that is silent', async () => {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const check: Check = { kind: 'dns', name: 'acme.example', type: 'A', expect: [], timeout: 40 };
    const network = { nameServers: [`127.0.0.1:${socket.address().port}`] };
    const [sample] = await probeMany([target(check)], testProber({ network }));
    socket.close();
    expect(sample?.problem).toMatch(
      /^A of acme.example: (no answer within 40 ms|its name server did not answer in time)$/,
    );
  });

  test('finds the hosts of probes too, and the system those that it does not know', async () => {
    const server = await nameServer([Buffer.from([127, 0, 0, 1])], A);
    const nothing = await nameServer(undefined, A);
    const port = await serve((_, answer) => answer.end());
    const ask = async (host: string, { at }: { at: string }) =>
      (await probeMany([target(http(`http://${host}:${port}/`))], testProber({ network: { nameServers: [at] } })))[0];
    const tcp = (host: string) => target({ kind: 'tcp', host, port, timeout: 2000 });
    expect(await ask('acme.example', server)).toMatchObject({ ok: true, tries: 1 });
    expect(await ask('localhost', nothing)).toMatchObject({ ok: true, tries: 1 });
    // Only the system reads this as an address.
    const [odd] = await probeMany([tcp('127.0.1')], testProber({ network: { nameServers: [nothing.at] } }));
    expect(odd).toMatchObject({ ok: true, tries: 1 });
    server.close();
    nothing.close();
  });
});
