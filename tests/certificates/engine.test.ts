/** The wire between the fleet and an engine, with certificates as `flotilla certificate` makes them: real TLS on loopback. */
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  issueNode,
  revoke,
  rotateAuthority,
  rotateClient,
  rotateNode,
  finishRotation,
} from '../../src/certificates/change-register.ts';
import { startFakeEngine } from '../../src/providers/docker/fake.ts';
import { hasOpenssl } from '../providers/strict-tls-server.ts';
import { ask, filesOf, startEngine, startStrictEngine } from './engines.ts';

const NOW = new Date();
const LONG_AGO = new Date(NOW.getTime() - 400 * 24 * 3600_000);
const issuing = { fleet: 'acme', now: NOW };
const at = (now: Date) => issueNode(undefined, 'box', ['127.0.0.1'], { fleet: 'acme', now });
const ours = await at(NOW);
const theirs = await at(NOW);
const both = await rotateAuthority(ours, issuing);

if (!hasOpenssl) console.log('certificates: why engines refuse is not tested, because there is no openssl to be one');

test('the right client gets in, by TLS 1.3', async () => {
  const { engine, spoken } = await startEngine(filesOf(ours));
  expect(await ask(engine, ours)).toEqual([]);
  expect(new Set(spoken)).toEqual(new Set(['TLSv1.3']));
});

describe('we refuse', () => {
  test('an engine of another authority', async () => {
    const { engine, spoken } = await startEngine({ ...filesOf(theirs), ca: filesOf(ours).ca });
    expect(await ask(engine, ours)).toMatchObject({
      tag: 'unsupported',
      message: expect.stringMatching(/^we refuse the engine at 127\.0\.0\.1:\d+: its certificate is from an authority/),
    });
    expect(spoken).toEqual([]);
  });

  test('an engine of another host', async () => {
    const elsewhere = await rotateNode(ours, 'box', ['box.example'], issuing);
    const { engine } = await startEngine(filesOf(elsewhere));
    expect(await ask(engine, ours)).toMatchObject({
      tag: 'unsupported',
      message: expect.stringContaining('is for another host'),
      mend: expect.stringContaining('rotate NODE --host HOST'),
    });
  });

  test('an engine whose certificate has ended', async () => {
    const old = await rotateNode(ours, 'box', [], { fleet: 'acme', now: LONG_AGO });
    const { engine } = await startEngine(filesOf(old));
    expect(await ask(engine, ours)).toMatchObject({
      tag: 'unsupported',
      message: expect.stringContaining('has ended'),
    });
  });

  test('an engine that shows the client’s certificate', async () => {
    const { engine } = await startEngine({
      ...filesOf(ours),
      cert: String(ours.register.client),
      key: ours.keys.client,
    });
    expect(await ask(engine, ours)).toMatchObject({
      tag: 'unsupported',
      message: expect.stringContaining('is none of a server'),
    });
  });

  test('an engine of TLS 1.2', async () => {
    const { engine, spoken } = await startEngine(filesOf(ours), { maxVersion: 'TLSv1.2' });
    expect(await ask(engine, ours)).toMatchObject({
      tag: 'unsupported',
      message: expect.stringContaining('does not speak TLS 1.3'),
    });
    expect(spoken).toEqual([]);
  });

  test('an engine without TLS', async () => {
    const { url, stop } = await startFakeEngine({});
    onTestFinished(stop);
    expect(await ask(url.replace('http', 'tcp'), ours)).toMatchObject({
      tag: 'unsupported',
      message: expect.stringContaining('does not speak TLS (ERR_SSL_WRONG_VERSION_NUMBER)'),
    });
  });

  test('all of them, whatever Node was told', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const warning = vi.spyOn(process, 'emitWarning').mockReturnValue();
    onTestFinished(() => {
      vi.unstubAllEnvs();
      warning.mockRestore();
    });
    const { engine } = await startEngine(filesOf(theirs));
    expect(await ask(engine, ours)).toMatchObject({ tag: 'unsupported' });
  });
});

describe('an engine refuses', () => {
  test('who shows nothing', async () => {
    const { engine, spoken } = await startEngine(filesOf(ours));
    expect(await ask(engine, undefined)).toBeInstanceOf(Error);
    expect(spoken).toEqual([]);
  });

  test('a client whose certificate has ended, which we can tell even if it only hangs up', async () => {
    const old = await rotateClient(ours, { fleet: 'acme', now: LONG_AGO });
    const { engine, spoken } = await startEngine(filesOf(ours));
    expect(await ask(engine, old)).toMatchObject({
      tag: 'credential',
      message: expect.stringMatching(/refuses us: the client certificate ended on \d{4}-\d\d-\d\d/),
      mend: expect.stringContaining('rotate client'),
    });
    expect(spoken).toEqual([]);
  });

  test('a client of another authority, and one that shows a node’s certificate', async () => {
    const { engine, spoken } = await startEngine(filesOf(ours));
    const client = {
      ...ours,
      register: { ...theirs.register, authorities: ours.register.authorities },
      keys: theirs.keys,
    };
    expect(await ask(engine, client)).toBeInstanceOf(Error);
    const node = {
      ...ours,
      register: { ...ours.register, client: ours.register.nodes.get('box')! },
      keys: { ...ours.keys, client: ours.issued.get('box')! },
    };
    expect(await ask(engine, node)).toBeInstanceOf(Error);
    expect(spoken).toEqual([]);
  });

  test.skipIf(!hasOpenssl)('and what it says is told', async () => {
    const engine = await startStrictEngine(filesOf(ours));
    const client = {
      ...ours,
      register: { ...theirs.register, authorities: ours.register.authorities },
      keys: theirs.keys,
    };
    expect(await ask(engine, client)).toMatchObject({
      tag: 'credential',
      message: expect.stringMatching(/^the engine at \S+ refuses us: it does not know the authority/),
      mend: expect.stringContaining('ca.pem'),
    });
  });
});

describe('a new authority', () => {
  test('nodes go over one after the other, and are reached all the time', async () => {
    const { engine: before } = await startEngine(filesOf(ours));
    const { engine: after } = await startEngine(filesOf(both));
    for (const held of [both, await rotateClient(both, issuing)]) {
      expect(await ask(before, held)).toEqual([]);
      expect(await ask(after, held)).toEqual([]);
    }
  });

  test('once that is finished, what is older is believed no more', async () => {
    const finished = finishRotation(both);
    const { engine: before } = await startEngine(filesOf(ours));
    const { engine: after } = await startEngine(filesOf(both));
    expect(await ask(before, finished)).toMatchObject({
      message: expect.stringContaining('an authority that this fleet does not know'),
    });
    expect(await ask(after, finished)).toEqual([]);
    expect(await ask(after, ours)).toBeInstanceOf(Error);
  });

  test('revoking does so at once, on both sides', async () => {
    const revoked = await revoke(ours, 'client', issuing);
    const { engine: before, spoken } = await startEngine({ ...filesOf(revoked), ca: filesOf(ours).ca });
    const { engine: after } = await startEngine(filesOf(revoked));
    expect(await ask(after, revoked)).toEqual([]);
    // Who stole the key of the client, and knows the new authority.
    const thief = { ...ours, register: { ...ours.register, authorities: revoked.register.authorities } };
    expect(await ask(after, thief)).toBeInstanceOf(Error);
    // No bridge leads from the old authority to the new client.
    expect(await ask(before, revoked)).toBeInstanceOf(Error);
    expect(spoken).toEqual([]);
    // Who stole the key of a node cannot be one any more.
    const { engine: impostor } = await startEngine(filesOf(ours));
    expect(await ask(impostor, revoked)).toMatchObject({ message: expect.stringContaining('we refuse the engine') });
  });
});
