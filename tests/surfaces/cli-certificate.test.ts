/** `flotilla certificate` in a real process: what it writes is what an engine and a plan need, and no key is ever shown. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueNode } from '../../src/certificates/change-register.ts';
import { registerText } from '../../src/certificates/register.ts';
import { startEngine, type NodeFiles } from '../certificates/engines.ts';
import { Workplace, type Ended } from './cli-fixture.ts';

const config = (port: string) => `fleet: harbour
providers:
  box: { type: docker, engine: 'tcp://127.0.0.1:${port}' }
services:
  api: { source: { image: nginx }, port: 8080, place: { on: [box] } }
`;
const DAY = 24 * 3600_000;

let place: Workplace;
let issued: Ended;
beforeAll(async () => {
  place = new Workplace({ 'flotilla.yml': config('2376') });
  await place.run('secret', 'init');
  issued = await place.run('certificate', 'issue', 'box', '--host', 'Box.example', '--host', '127.0.0.1');
});
afterAll(() => place[Symbol.asyncDispose]());

const folder = () => join(place.base, '.config/flotilla/certificates/harbour/box');
const file = (name: string, base = folder()) => readFileSync(join(base, name), 'utf8');
const nodeFiles = (base = folder()): NodeFiles => ({
  ca: file('ca.pem', base),
  cert: file('server-cert.pem', base),
  key: file('server-key.pem', base),
});
/** Lines of a private key, of which none may be seen anywhere. */
const keyLines = () =>
  file('server-key.pem')
    .split('\n')
    .filter((line) => line.length > 40);

test('issue writes what the node needs, for nobody else to read, and says what to do with it', () => {
  expect(issued).toMatchObject({ code: 0, stdout: '' });
  expect(issued.stderr).toContain('box.example, 127.0.0.1');
  expect(issued.stderr).toContain(folder());
  expect(issued.stderr).toContain('dockerd --tlsverify --tlscacert=/etc/docker/tls/ca.pem --tlscert=');
  expect(issued.stderr).toContain('Commit both');
  expect(readdirSync(folder()).toSorted()).toEqual(['ca.pem', 'server-cert.pem', 'server-key.pem']);
  expect(statSync(folder()).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(folder())) expect(statSync(join(folder(), name)).mode & 0o777).toBe(0o600);
});

test('keys are sealed, and nowhere in the open', () => {
  const sealed = file('flotilla.secrets.yml', place.root);
  for (const name of ['DOCKER_CA', 'DOCKER_CA_KEY', 'DOCKER_CERT', 'DOCKER_KEY'])
    expect(sealed).toMatch(new RegExp(`^${name}: ENC\\[`, 'm'));
  const shown = `${issued.stderr}${issued.stdout}${sealed}${file('flotilla.certificates.pem', place.root)}`;
  expect(shown).not.toContain('PRIVATE KEY');
  expect(keyLines().length).toBeGreaterThan(0);
  for (const line of keyLines()) expect(shown).not.toContain(line);
});

test('a plan asks the engine with them, and nothing had to be said', async () => {
  const { engine, spoken } = await startEngine(nodeFiles());
  place.write({ 'flotilla.yml': config(new URL(engine).port) });
  const { code, document } = await place.json<{ steps: { action: string }[] }>('plan');
  expect({ code, steps: document.steps.map(({ action }) => action) }).toEqual({ code: 0, steps: ['create'] });
  expect(new Set(spoken)).toEqual(new Set(['TLSv1.3']));
});

test('list needs no key, and exits 3 when one ends within 14 days', async () => {
  const now = new Date(Date.now() - 80 * DAY);
  const old = await issueNode(undefined, 'box', ['box.example'], { fleet: 'harbour', now });
  await using elsewhere = new Workplace({ 'flotilla.certificates.pem': registerText(old.register) });
  expect(await elsewhere.run('certificate', 'list')).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/client +until \S+, [89] days left: flotilla certificate rotate client/),
  });
});

test('a folder in the repository is refused, and nothing is written', async () => {
  const before = file('flotilla.certificates.pem', place.root);
  const refused = await place.run('certificate', 'issue', 'new', '--host', 'x', '--out', 'keys');
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('would lie in the repository') });
  expect(file('flotilla.certificates.pem', place.root)).toBe(before);
  expect(existsSync(join(place.root, 'keys'))).toBe(false);
});

test('revoke replaces everything: an engine with its old files is believed no more', async () => {
  const [old, out] = [nodeFiles(), join(place.base, 'out')];
  const revoked = await place.run('certificate', 'revoke', 'client', '--yes', '--out', out);
  expect(revoked).toMatchObject({ code: 0, stderr: expect.stringContaining('Engines look into no list') });
  const { engine } = await startEngine(old);
  place.write({ 'flotilla.yml': config(new URL(engine).port) });
  const { document } = await place.json<{ unread: unknown }>('plan');
  expect(JSON.stringify(document.unread)).toMatch(
    /we refuse the engine at 127\.0\.0\.1:\d+: its certificate is from an authority that this fleet does not know/,
  );
  const { engine: renewed } = await startEngine(nodeFiles(join(out, 'box')));
  place.write({ 'flotilla.yml': config(new URL(renewed).port) });
  expect((await place.json('plan')).document).toMatchObject({ unread: [] });
});
