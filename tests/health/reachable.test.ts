import { lookup as systemLookup } from 'node:dns';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeMany } from '../../src/health/probe-many.ts';
import {
  reachableLookup,
  refusal,
  requireReachable,
  UnreachableError,
  type Lookup,
} from '../../src/health/reachable.ts';
import { http, target, testProber } from './prober.ts';

const PUBLIC = [
  '8.8.8.8',
  '1.1.1.1',
  '172.15.255.255',
  '172.32.0.1',
  '100.128.0.1',
  '2606:4700::1111',
  '64:ff9b::8.8.8.8',
];
/** Asked only where that is allowed. */
const PRIVATE = [
  '127.0.0.1',
  '127.255.255.254',
  '10.0.0.1',
  '10.255.255.255',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '100.64.0.1',
  '100.127.255.255',
  '198.18.0.1',
  '::1',
  '[::1]',
  '0:0:0:0:0:0:0:1',
  'fc00::1',
  'fdff:ffff::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::FFFF:10.0.0.1',
  '0:0:0:0:0:ffff:c0a8:1',
  '::ffff:0:127.0.0.1',
  '::127.0.0.1',
  '64:ff9b::10.0.0.1',
  '64:ff9b:1::192.168.0.1',
  // The same by another layout, of which the end says nothing.
  '64:ff9b:1:a9fe:a9:fe00:808:808',
  '3fff::1',
  '2002:7f00:1::',
  '2002:c0a8:1::1',
];
const NEVER = [
  '0.0.0.0',
  '0.1.2.3',
  '169.254.169.254',
  '169.254.0.1',
  '168.63.129.16',
  '192.0.0.192',
  '100.100.100.200',
  '224.0.0.1',
  '239.255.255.255',
  '255.255.255.255',
  '::',
  'fe80::1',
  'fe80::1%eth0',
  'febf::1',
  'fd00:ec2::254',
  'ff02::1',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '::169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  '2002:a9fe:a9fe::',
  '2001:0:1::1',
];

describe('an address', () => {
  test.each(PUBLIC)('%s is public', (address) => {
    expect(refusal(address, false)).toBeUndefined();
  });
  test.each(PRIVATE)('%s is private', (address) => {
    expect(refusal(address, false)).toMatch(/is not a public address/);
    expect(refusal(address, true)).toBeUndefined();
  });
  test.each(NEVER)('%s is nobody’s to ask', (address) => {
    expect(refusal(address, false)).toBeDefined();
    expect(refusal(address, true)).toMatch(/nobody may ask/);
  });
  test('what is none is refused', () => {
    for (const text of ['', 'localhost', '1.2.3', '999.1.1.1', ':::'])
      expect(refusal(text, true)).toMatch(/is no IP address/);
  });
});

describe('a look-up', () => {
  const answering =
    (...addresses: string[]): Lookup =>
    (_, __, done) =>
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
  const look = (lookup: Lookup, all = true, allowPrivate = false) =>
    new Promise<unknown>((resolve) => {
      const done = (error: Error | null, found: unknown): void => resolve(error ?? found);
      reachableLookup(allowPrivate, lookup)('a.example', { all }, done as never);
    });

  test('gives only what may be asked', async () => {
    expect(await look(answering('10.0.0.1', '8.8.8.8', '::1'))).toEqual([{ address: '8.8.8.8', family: 4 }]);
    expect(await look(answering('10.0.0.1', '8.8.8.8'), false)).toBe('8.8.8.8');
    expect(await look(answering('10.0.0.1'), true, true)).toEqual([{ address: '10.0.0.1', family: 4 }]);
  });

  test('fails where there is nothing, and passes failures on', async () => {
    expect(await look(answering('127.0.0.1', '169.254.169.254'))).toBeInstanceOf(UnreachableError);
    expect(await look(answering('169.254.169.254'), false, true)).toBeInstanceOf(UnreachableError);
    expect(await look(answering())).toBeInstanceOf(UnreachableError);
    const failure = new Error('ENOTFOUND');
    expect(await look((_, __, done) => done(failure, []))).toBe(failure);
  });

  test('Node asks it for every host that is no address, and the hosts that are one are looked at before', () => {
    expect(() => requireReachable('127.0.0.1', false)).toThrow(UnreachableError);
    expect(() => requireReachable('[::1]', false)).toThrow(UnreachableError);
    expect(() => requireReachable('a.example', false)).not.toThrow();
    // The spellings that only the system reads as addresses are looked up.
    for (const host of ['0x7f.1', '2130706433', '0177.1', '127.1'])
      expect(() => requireReachable(host, false)).not.toThrow();
  });
});

describe('a probe', () => {
  let asked = 0;
  const server = createServer((_, answer) => {
    asked += 1;
    answer.end();
  });
  let port = 0;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => server.close());

  const hosts = [
    '127.0.0.1',
    '127.1',
    '0x7f.0.0.1',
    '0x7f000001',
    '2130706433',
    '017700000001',
    '0177.0.0.1',
    '127.0.0.1.',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:0:0:1]',
    'localhost',
    'LOCALHOST',
    'a.localhost',
    '①27.0.0.1',
    '0.0.0.0',
    '0',
    '[::]',
  ];

  test('gets to this machine by no spelling of its address', async () => {
    const targets = hosts.flatMap((host) => [
      target(http(`http://${host}:${port}/`), { private: false }),
      target({ kind: 'tcp', host: host.replace(/^\[|\]$/g, ''), port, timeout: 1000 }, { private: false }),
    ]);
    const lookup: Lookup = (host, options, done) =>
      host.endsWith('.localhost') ? done(null, [{ address: '::1', family: 6 }]) : systemLookup(host, options, done);
    const samples = await probeMany(targets, testProber({ network: { lookup } }));
    expect(samples.filter(({ ok }) => ok)).toEqual([]);
    expect(samples[0]?.problem).toBe(
      '127.0.0.1 is not a public address, which incidents.allow_private would have to allow',
    );
    expect(asked).toBe(0);
  });

  test('does not get there by a name that resolves to something else the second time', async () => {
    let times = 0;
    const lookup: Lookup = (_, __, done) =>
      done(null, [{ address: times++ === 0 ? '192.0.2.1' : '127.0.0.1', family: 4 }]);
    const check = http(`http://a.example:${port}/`, { timeout: 100 });
    const [sample] = await probeMany([target(check, { private: false })], testProber({ network: { lookup } }));
    expect(sample).toMatchObject({ ok: false, tries: 3 });
    expect(times).toBe(3);
    expect(asked).toBe(0);
  });

  test('does not get there by a connection that was kept for one that may', async () => {
    const before = asked;
    const check = http(`http://localhost:${port}/`, { timeout: 5000 });
    // Four go to a host at once; those after them would find a connection that is open.
    const targets = Array.from({ length: 8 }, (_, index) => target(check, { private: index < 4 }));
    const samples = await probeMany(targets, testProber());
    expect(samples.map(({ ok }) => ok)).toEqual([true, true, true, true, false, false, false, false]);
    expect(asked).toBe(before + 4);
  });

  test('gets there where it may, and even then not where nobody may', async () => {
    const [here] = await probeMany([target(http(`http://127.0.0.1:${port}/`))], testProber());
    expect(here).toMatchObject({ ok: true });
    const metadata = createServer((_, answer) =>
      answer.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
    );
    await new Promise<void>((resolve) => metadata.listen(0, '127.0.0.1', resolve));
    const from = `http://127.0.0.1:${(metadata.address() as AddressInfo).port}/`;
    const [there] = await probeMany([target(http(from))], testProber());
    metadata.close();
    expect(there?.problem).toBe('redirected to 169.254.169.254: 169.254.169.254 is an address that nobody may ask');
  });

  test('is what the platform does: `lookup` is called for each connection', async () => {
    const lookup: Lookup = (_, __, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);
    const refused = await new Promise<unknown>((resolve) => {
      connect({ host: 'a.example', port, lookup: reachableLookup(false, lookup) }).on('error', resolve);
    });
    expect(refused).toBeInstanceOf(UnreachableError);
  });
});
