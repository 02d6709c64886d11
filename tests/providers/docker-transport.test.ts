import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { JsonObject } from '../../src/model/resource.ts';
import type { Account } from '../../src/provider-kit/provider.ts';
import { connect } from '../../src/providers/docker/api.ts';
import { checkEngine } from '../../src/providers/docker/engine-address.ts';
import { startFakeEngine, type FakeEngineOptions } from '../../src/providers/docker/fake.ts';
import { hasOpenssl, strictServer } from './strict-tls-server.ts';

function account(options: JsonObject, credentials: Record<string, string> = {}): Account {
  return {
    name: 'docker',
    options,
    credentials,
    home: '',
    signal: AbortSignal.timeout(20_000),
    delay: async () => undefined,
  };
}

async function fake(options: FakeEngineOptions = {}) {
  const engine = await startFakeEngine(options);
  onTestFinished(() => engine.stop());
  return { engine, port: Number(new URL(engine.url).port) };
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'flotilla-docker-test-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

const containers = async (given: Account) => (await connect(given).reader.read()).containers();
function refusalOf(given: Account): Error {
  try {
    connect(given);
  } catch (caught) {
    return caught as Error;
  }
  return expect.unreachable();
}

const pem = (folder: string, file: string): string => readFileSync(join(folder, file), 'utf8');
const failure = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => expect.unreachable(),
    (error: Error) => error,
  );

test('addresses', () => {
  const right = [
    'unix:///var/run/docker.sock',
    'tcp://host:2376',
    'tcp://10.0.0.1',
    'ssh://host',
    'ssh://me@host:2222',
  ];
  expect(right.map(checkEngine)).toEqual(right.map(() => undefined));
  const wrong = [
    'unix://docker.sock',
    'http://host',
    'ssh://-oProxyCommand=x',
    'ssh://me:secret@host',
    'tcp://host/path',
    'ssh://',
    7,
  ];
  for (const value of wrong) expect(checkEngine(value), String(value)).toContain('expected');
});

describe('versions of the API', () => {
  test.each([
    [{ newest: '1.41', oldest: '1.24' }, '/v1.41/'],
    [{ newest: '1.60', oldest: '1.44' }, '/v1.51/'],
    [{ newest: '1.70', oldest: '1.60' }, '/v1.60/'],
  ])('an engine of %o is asked in one that it speaks', async (versions, prefix) => {
    const { engine } = await fake({ versions });
    expect(await containers(account({ engine: engine.url.replace('http', 'tcp') }))).toEqual([]);
    expect(engine.calls.at(-1)?.path).toMatch(new RegExp(`^${prefix.replaceAll('.', '\\.')}`));
  });
});

test('a unix socket, also by DOCKER_HOST; one that is not there or not ours says so', async () => {
  const { port } = await fake();
  const path = join(folder(), 'engine.sock');
  const sockets = new Set<Socket>();
  const server = createServer(
    (socket) => void sockets.add(socket).add(socket.pipe(connectTcp(port, '127.0.0.1')).pipe(socket) as Socket),
  );
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  expect(await containers(account({}, { DOCKER_HOST: `unix://${path}` }))).toEqual([]);
  expect(connect(account({ engine: `unix://${path}` })).reader.host).toBe('127.0.0.1');
  expect(await failure(containers(account({ engine: `unix://${path}.none` })))).toMatchObject({
    tag: 'unsupported',
    message: expect.stringContaining('no Docker engine listens'),
  });
});

test('plain TCP to another machine is refused, and half a set of certificates', () => {
  expect(refusalOf(account({ engine: 'tcp://10.0.0.1:2375' }))).toMatchObject({ tag: 'credential' });
  expect(refusalOf(account({ engine: 'tcp://host' }, { DOCKER_CA: 'pem' }))).toMatchObject({ tag: 'credential' });
  expect(refusalOf(account({ engine: 'tcp://host' }, { DOCKER_CERT_PATH: join(tmpdir(), 'none') }))).toMatchObject({
    tag: 'credential',
  });
  expect(refusalOf(account({}, { DOCKER_HOST: 'http://host' }))).toMatchObject({ tag: 'unsupported' });
});

if (!hasOpenssl) console.log('docker: mutual TLS is not tested, because there is no openssl to make certificates with');

test.skipIf(!hasOpenssl)('mutual TLS 1.3: a certificate of the authority gets in, another does not', async () => {
  const { port } = await fake();
  const [ours, theirs] = [certificates(), certificates()];
  const server = createTlsServer(
    {
      ca: pem(ours, 'ca.pem'),
      cert: pem(ours, 'cert.pem'),
      key: pem(ours, 'key.pem'),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (socket) => {
      expect(socket.getProtocol()).toBe('TLSv1.3');
      const inside = connectTcp(port, '127.0.0.1');
      for (const end of [socket, inside]) end.on('error', () => undefined);
      socket.pipe(inside).pipe(socket);
    },
  );
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const engine = `tcp://127.0.0.1:${(server.address() as { port: number }).port}`;
  expect(await containers(account({ engine }, { DOCKER_CERT_PATH: ours }))).toEqual([]);
  const inline = {
    DOCKER_CA: pem(ours, 'ca.pem'),
    DOCKER_CERT: pem(ours, 'cert.pem'),
    DOCKER_KEY: pem(ours, 'key.pem'),
  };
  expect(await containers(account({ engine }, inline))).toEqual([]);
  // The server's certificate is checked as well.
  expect(await failure(containers(account({ engine }, { DOCKER_CERT_PATH: theirs })))).toMatchObject({
    tag: 'unsupported',
  });
  writeFileSync(join(theirs, 'ca.pem'), pem(ours, 'ca.pem'));
  const refusing = `tcp://127.0.0.1:${await strictServer(ours)}`;
  const refusal = await failure(containers(account({ engine: refusing }, { DOCKER_CERT_PATH: theirs })));
  expect(refusal).toMatchObject({
    tag: 'credential',
    message: expect.stringMatching(/refuses us: it does not know the authority of the client certificate/),
  });
});

/** A folder with an authority and one certificate of it for both sides. */
function certificates(): string {
  const cwd = folder();
  writeFileSync(join(cwd, 'extensions'), 'subjectAltName = IP:127.0.0.1\n');
  const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca-key.pem', '-out', 'ca.pem', '-subj', '/CN=authority', '-days', '1');
  openssl('req', ...key, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=engine');
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-extfile', 'extensions', '-days', '1'];
  openssl('x509', '-req', '-in', 'request.pem', '-out', 'cert.pem', ...signed);
  return cwd;
}

/** What stands in for `ssh` and for the machine behind it: it keeps what it was asked, and joins the engine. */
function standIn(script: string): string {
  const bin = folder();
  const file = join(bin, 'ssh');
  writeFileSync(file, `#!${process.execPath}\n${script}`);
  chmodSync(file, 0o700);
  const before = process.env['PATH'];
  process.env['PATH'] = `${bin}${delimiter}${before}`;
  onTestFinished(() => void (process.env['PATH'] = before));
  return bin;
}

describe('ssh', () => {
  test('joins the engine by one process for many calls', async () => {
    const { engine, port } = await fake();
    const bin = standIn(`
      import { appendFileSync } from 'node:fs';
      import { connect } from 'node:net';
      appendFileSync(import.meta.dirname + '/asked', JSON.stringify([process.argv.slice(2), process.env.SSH_AUTH_SOCK, process.env.DOCKER_KEY]) + '\\n');
      const socket = connect(${port}, '127.0.0.1');
      process.stdin.pipe(socket).pipe(process.stdout);
    `);
    const { reader } = connect(account({ engine: 'ssh://me@build.example:2222' }, { SSH_AUTH_SOCK: '/run/agent' }));
    expect(reader.host).toBe('build.example');
    const session = await reader.read();
    for (let call = 0; call < 3; call += 1) expect(await session.containers()).toEqual([]);
    expect(engine.calls).toHaveLength(4);
    const lines = readFileSync(join(bin, 'asked'), 'utf8').trim().split('\n');
    const words =
      '-T -o BatchMode=yes -o ConnectTimeout=15 -p 2222 -l me -- build.example docker system dial-stdio'.split(' ');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([[words, '/run/agent', null]]);
  });

  test.each([
    ['Permission denied (publickey).', 255, 'credential'],
    ['Host key verification failed.', 255, 'credential'],
    ['bash: docker: command not found', 127, 'unsupported'],
    ['connect to host build.example port 22: Connection timed out', 255, 'transient'],
  ])('%s', async (said, code, tag) => {
    standIn(`process.stderr.write(${JSON.stringify(`${said}\n`)}); process.exitCode = ${code};`);
    const error = await failure(containers(account({ engine: 'ssh://build.example' })));
    expect(error).toMatchObject({ tag, message: expect.stringContaining(said) });
  });
});
