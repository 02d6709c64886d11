/** What others make of a sealed file: SOPS's rules, npm's reader of SOPS files, and the `age` program. */
import { execFileSync } from 'node:child_process';
import { createDecipheriv, createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { decryptSops } from 'sops-age';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSealed, type OpenedFile } from '../../src/secrets/open-sealed.ts';
import { changeSecrets } from '../../src/secrets/seal-file.ts';
import { parseSealed } from '../../src/secrets/sealed-file.ts';
import { keyringOf, PATH, person, sealedFile, textOf, THEN, type Person } from './sealing.ts';

const PLAIN = { API_KEY: 'sk_live_0123456789', MANY_LINES: 'first\nsecond: "third"\n', SNOW: '☃ and 🧊' };

let ada: Person;
let sealed: OpenedFile;
beforeAll(async () => {
  ada = await person('x25519');
  sealed = changeSecrets(await sealedFile(PLAIN, [ada]), new Map([['API_KEY', { rotate: '30d' }]]), THEN);
});

test('sops-age reads it', async () => {
  const read = await decryptSops(textOf(sealed), { secretKey: ada.identity, fileType: 'yaml' });
  expect(read).toEqual({ ...PLAIN, flotilla_unencrypted: expect.objectContaining({ format: 1 }) });
});

/** Every leaf in the order of the file, as SOPS walks a tree: below a key with the suffix as it stands, else opened with its path. */
function walk(tree: unknown, path: string[], key: Buffer): string[] {
  if (typeof tree === 'object' && tree !== null)
    return Object.entries(tree).flatMap(([name, value]) =>
      path.length === 0 && name === 'sops' ? [] : walk(value, [...path, name], key),
    );
  const plain = path.some((part) => part.endsWith('_unencrypted'));
  return [plain ? String(tree) : opened(String(tree), key, `${path.join(':')}:`)];
}

function opened(text: string, key: Buffer, context: string): string {
  const [data, iv, tag] = /data:(.+),iv:(.+),tag:(.+),type:str/
    .exec(text)!
    .slice(1)
    .map((part) => Buffer.from(part, 'base64'));
  const decipher = createDecipheriv('aes-256-gcm', key, iv!).setAuthTag(tag!).setAAD(Buffer.from(context));
  return Buffer.concat([decipher.update(data!), decipher.final()]).toString();
}

interface Sops {
  sops: { age: { enc: string }[]; mac: string; lastmodified: string };
}

test('its MAC is what SOPS makes of such a tree', () => {
  const tree = load(textOf(sealed)) as Sops;
  const key = Buffer.from(sealed.key);
  const sum = createHash('sha512')
    .update(walk(tree, [], key).join(''))
    .digest('hex')
    .toUpperCase();
  expect(opened(tree.sops.mac, key, tree.sops.lastmodified)).toBe(sum);
});

const version = (program: string): string | undefined => {
  try {
    return execFileSync(program, ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
};
const age = version('age');
if (age === undefined) console.warn('skipped: no `age` on this machine (Debian: apt-get install age)');

const folder = mkdtempSync(join(tmpdir(), 'flotilla-age-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.skipIf(age === undefined)('the age program unwraps the data key, and its identities open the file', async () => {
  const identity = join(folder, 'identity');
  writeFileSync(identity, `${ada.identity}\n`, { mode: 0o600 });
  const { sops } = load(textOf(sealed)) as Sops;
  const key = execFileSync('age', ['--decrypt', '--identity', identity], { input: sops.age[0]!.enc });
  expect(key).toEqual(Buffer.from(sealed.key));

  const made = join(folder, 'made');
  execFileSync('age-keygen', ['--output', made], { stdio: 'ignore' });
  const recipient = execFileSync('age-keygen', ['-y', made], { encoding: 'utf8' }).trim();
  const file = await sealedFile(PLAIN, [{ ...ada, recipient }]);
  const { values } = await openSealed(parseSealed(PATH, textOf(file)), keyringOf({ FLOTILLA_IDENTITY_FILE: made }));
  expect(Object.fromEntries(values)).toEqual(Object.fromEntries(file.values));
});
