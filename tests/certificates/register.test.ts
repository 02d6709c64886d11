/** What is issued, and the file that has it: held to openssl's own judgement, and to what may have become of the file. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { factsOf } from '../../src/certificates/certificate-facts.ts';
import { certificateSecrets } from '../../src/certificates/certificate-secrets.ts';
import {
  checkHeld,
  finishRotation,
  issueNode,
  revoke,
  rotateAuthority,
  rotateClient,
  rotateNode,
  type Held,
} from '../../src/certificates/change-register.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { ownCertificates } from '../../src/watch/own-certificates.ts';
import { parseRegister, registerText } from '../../src/certificates/register.ts';
import { hasOpenssl } from '../providers/strict-tls-server.ts';

const NOW = new Date('2026-11-21T10:00:00.750Z');
const issuing = { fleet: 'acme', now: NOW };
const first = await issueNode(undefined, 'box', ['box.example', '10.0.0.7', 'fd00::7'], issuing);
const two = await issueNode(first, 'arm', ['arm.example'], issuing);
const replacing = await rotateAuthority(two, issuing);
const later = (days: number) => new Date(NOW.getTime() + days * 24 * 3600_000);
const serials = (held: Held) => factsOf(held.register, NOW).map(({ serial }) => serial);

if (!hasOpenssl) console.log('certificates: not looked at with openssl, because there is none');

describe.skipIf(!hasOpenssl)('as openssl sees it', () => {
  const [newest, before] = replacing.register.authorities.map(String) as [string, string];
  const box = String(first.register.nodes.get('box'));

  function openssl(files: Record<string, string>, ...words: string[]): string {
    const cwd = mkdtempSync(join(tmpdir(), 'flotilla-openssl-'));
    onTestFinished(() => rmSync(cwd, { recursive: true }));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
    return execFileSync('openssl', words, { cwd, encoding: 'utf8', stdio: 'pipe' });
  }
  const verify = (files: Record<string, string>, ...words: string[]) =>
    openssl(files, 'verify', '-x509_strict', '-attime', String(Math.ceil(NOW.getTime() / 1000)), ...words);

  test('chains are strict ones, each for its purpose alone', () => {
    const client = String(first.register.client);
    const files = { ca: before, box, client };
    expect(verify(files, '-CAfile', 'ca', '-purpose', 'sslserver', '-verify_hostname', 'box.example', 'box')).toContain(
      'OK',
    );
    expect(verify(files, '-CAfile', 'ca', '-purpose', 'sslserver', '-verify_ip', 'fd00::7', 'box')).toContain('OK');
    expect(verify(files, '-CAfile', 'ca', '-purpose', 'sslclient', 'client')).toContain('OK');
    expect(() => verify(files, '-CAfile', 'ca', '-purpose', 'sslclient', 'box')).toThrow();
    expect(() => verify(files, '-CAfile', 'ca', '-purpose', 'sslserver', 'client')).toThrow();
    expect(() => verify(files, '-CAfile', 'ca', '-verify_hostname', 'arm.example', 'box')).toThrow();
    expect(() => verify({ ...files, ca: newest }, '-CAfile', 'ca', 'box')).toThrow();
  });

  test('the bridge leads from the authority before to what the newest issues, and no further', () => {
    const files = {
      before,
      newest,
      bridge: String(replacing.register.bridge),
      client: String(replacing.register.client),
    };
    expect(verify(files, '-CAfile', 'newest', 'client')).toContain('OK');
    expect(verify(files, '-CAfile', 'before', '-untrusted', 'bridge', 'client')).toContain('OK');
    expect(() => verify(files, '-CAfile', 'before', 'client')).toThrow();
    expect(openssl(files, 'x509', '-in', 'bridge', '-noout', '-ext', 'basicConstraints')).toContain(
      'CA:TRUE, pathlen:0',
    );
  });

  test('keys, names and uses', () => {
    const text = openssl({ box }, 'x509', '-in', 'box', '-noout', '-text');
    for (const part of [
      'ASN1 OID: prime256v1',
      'Signature Algorithm: ecdsa-with-SHA256',
      'X509v3 Key Usage: critical\n                Digital Signature\n',
      'X509v3 Extended Key Usage: \n                TLS Web Server Authentication\n',
      'X509v3 Basic Constraints: critical\n                CA:FALSE',
      'DNS:box.example, IP Address:10.0.0.7, IP Address:FD00:0:0:0:0:0:0:7',
    ])
      expect(text).toContain(part);
    expect(text).not.toContain('Client Authentication');
  });
});

test('how long each lasts, and that nothing outlasts its authority', async () => {
  expect(factsOf(two.register, NOW)).toMatchObject([
    { name: 'authority', kind: 'authority', until: '2036-11-18T10:00:00Z', state: 'good' },
    { name: 'client', kind: 'client', until: '2027-02-19T10:00:00Z', daysLeft: 89 },
    { name: 'arm', kind: 'node', hosts: ['arm.example'] },
    {
      name: 'box',
      kind: 'node',
      until: '2027-11-21T10:00:00Z',
      hosts: ['box.example', '10.0.0.7', 'fd00:0:0:0:0:0:0:7'],
    },
  ]);
  expect(new Set(serials(two)).size).toBe(4);
  const states = (days: number) => factsOf(two.register, later(days)).map(({ state }) => state);
  expect(states(75)[1]).toBe('good');
  expect(states(77)[1]).toBe('ending');
  expect(states(90)[1]).toBe('ended');
  const late = await rotateNode(two, 'box', [], { fleet: 'acme', now: later(3600) });
  expect(factsOf(late.register, NOW).at(-1)?.until).toBe('2036-11-18T10:00:00Z');
});

test('what is issued anew, and what stays', async () => {
  const [authority, client, arm, box] = serials(two);
  expect(serials(await rotateClient(two, issuing))).toEqual([authority, expect.not.stringMatching(client!), arm, box]);
  const moved = await rotateNode(two, 'box', ['new.example'], issuing);
  expect(serials(moved)).toEqual([authority, client, arm, expect.not.stringMatching(box!)]);
  expect(factsOf(moved.register, NOW).at(-1)?.hosts).toEqual(['new.example']);
  expect([...replacing.issued.keys()]).toEqual(['arm', 'box']);
  expect(factsOf(replacing.register, NOW).map(({ name }) => name)).toEqual([
    'authority',
    'earlier-authority',
    'client',
    'arm',
    'box',
  ]);
  expect(certificateSecrets(replacing).get('DOCKER_CERT')?.match(/BEGIN/g)).toHaveLength(2);
  const finished = finishRotation(replacing);
  expect(certificateSecrets(finished).get('DOCKER_CERT')).toBe(String(replacing.register.client));
  expect(certificateSecrets(finished).get('DOCKER_CA')).toBe(String(replacing.register.authorities[0]));
  const revoked = await revoke(replacing, 'arm', issuing);
  expect([...revoked.register.nodes.keys()]).toEqual(['box']);
  expect(serials(revoked).filter((serial) => serials(replacing).includes(serial))).toEqual([]);
});

test('what cannot be issued says why', async () => {
  const refusal = (work: Promise<unknown>) => expect(work).rejects;
  await refusal(issueNode(two, 'box', ['x'], issuing)).toMatchObject({
    tag: 'unsupported',
    mend: expect.stringContaining('rotate box'),
  });
  for (const name of ['client', 'authority', '../x', 'Box', '', 'a\nb'])
    await refusal(issueNode(two, name, ['x'], issuing)).toMatchObject({ tag: 'unsupported' });
  for (const host of ['', 'tcp://box', 'box:2376', '10.0.0.300', '*.example', 'a,DNS:b', '-x', 'a..b'])
    await refusal(issueNode(two, 'new', [host], issuing)).toMatchObject({ tag: 'unsupported' });
  await refusal(issueNode(two, 'new', [], issuing)).toMatchObject({ message: 'nothing says where new is' });
  await refusal(rotateNode(two, 'nix', [], issuing)).toMatchObject({
    mend: 'it is client, authority or one of arm, box',
  });
  await refusal(revoke(two, 'nix', issuing)).toMatchObject({ tag: 'unsupported' });
  await refusal(rotateAuthority(replacing, issuing)).toMatchObject({ mend: expect.stringContaining('--finish') });
  expect(() => finishRotation(two)).toThrow('no authority is being replaced');
});

const stranger = (await issueNode(undefined, 'box', ['x'], issuing)).register;

test('health runs of one environment are told of them', async () => {
  const config = await readConfig(
    new Map([['flotilla.yml', 'fleet: acme\nenvironments: { staging: {}, production: {} }\n']]),
  );
  const look = (environment: string, text: string | undefined, notes: string[] = []) =>
    ownCertificates({ environment, config, text, now: NOW }, notes);
  expect(look('production', registerText(replacing.register))).toMatchObject([
    { name: 'authority', of: 'the fleet’s authority', mend: 'flotilla certificate rotate authority' },
    { name: 'earlier-authority', mend: 'flotilla certificate rotate authority --finish' },
    { name: 'client', expires: '2027-02-19T10:00:00Z', mend: 'flotilla certificate rotate client' },
    { name: 'arm', of: 'node arm' },
    { name: 'box', mend: 'flotilla certificate rotate box' },
  ]);
  expect(look('production', '')).toEqual([]);
  expect(look('staging', registerText(two.register))).toBeUndefined();
  expect(look('production', undefined)).toBeUndefined();
  const notes: string[] = [];
  expect(look('production', 'cut off', notes)).toBeUndefined();
  expect(notes).toEqual([expect.stringMatching(/^certificates are not watched: .*is damaged/)]);
});

describe('the file', () => {
  test.each([
    ['two nodes', two],
    ['an authority that is being replaced', replacing],
  ])('is read as it was written: %s', (_, held) => {
    const text = registerText(held.register);
    expect(registerText(parseRegister(text))).toBe(text);
    expect(text).not.toContain('PRIVATE');
    expect(() => checkHeld({ ...held, register: parseRegister(text) })).not.toThrow();
  });

  test('keys of another commit are found out', () => {
    expect(() => checkHeld({ register: replacing.register, keys: two.keys })).toThrow(
      /are not those of flotilla\.certificates\.pem/,
    );
    expect(() => checkHeld({ register: two.register, keys: { ...two.keys, client: replacing.keys.client } })).toThrow();
  });

  const text = registerText(two.register);
  test.each<[string, string]>([
    ['empty', ''],
    ['without the client', registerText({ ...two.register, client: two.register.authorities[0]! })],
    ['with a node of somebody else', text + String(stranger.nodes.get('box'))],
    ['with another client', registerText({ ...two.register, client: stranger.client })],
    ['with a bridge to nowhere', text + String(replacing.register.bridge)],
    ['cut', text.replace(/MII[^]{100}/, 'MII')],
    ['huge', text.padEnd(2 ** 21)],
  ])('%s is an error that names it', (_, damaged) => {
    expect(() => parseRegister(damaged)).toThrow(
      /flotilla\.certificates\.pem:1:1 this register of certificates is damaged/,
    );
  });
});
