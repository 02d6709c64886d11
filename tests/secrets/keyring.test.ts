/** Where identities come from, and the one that a passphrase opens. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { native, portable } from '../../src/secrets/argon2.ts';
import { createKeyring } from '../../src/secrets/keyring.ts';
import { openSealed } from '../../src/secrets/open-sealed.ts';
import { lockIdentity, unlockIdentity } from '../../src/secrets/passphrase.ts';
import { createSealed } from '../../src/secrets/seal-file.ts';
import { parseSealed } from '../../src/secrets/sealed-file.ts';
import { keyringOf, PATH, person, sealedFile, textOf, THEN, type Person } from './sealing.ts';

const folder = mkdtempSync(join(tmpdir(), 'flotilla-identity-'));
afterAll(() => rmSync(folder, { recursive: true }));

let ada: Person;
let bob: Person;
beforeAll(async () => {
  [ada, bob] = await Promise.all([person(), person()]);
});

test('the variable comes before the file that it may name, and both before the one at home', async () => {
  const files = { named: join(folder, 'named'), home: join(folder, 'home') };
  writeFileSync(files.named, `# created: today\n# public key: ${bob.recipient}\n${bob.identity}\n`, { mode: 0o600 });
  writeFileSync(files.home, ada.identity, { mode: 0o600 });
  const learned: string[] = [];
  const keyring = (env: Record<string, string>) =>
    createKeyring({ env, identityFile: files.home, learn: (value) => learned.push(value) });
  const both = { FLOTILLA_IDENTITY: ada.identity, FLOTILLA_IDENTITY_FILE: files.named };
  expect(await keyring(both).recipients()).toEqual([ada.recipient]);
  expect(await keyring({ FLOTILLA_IDENTITY_FILE: files.named }).recipients()).toEqual([bob.recipient]);
  expect(await keyring({ FLOTILLA_IDENTITY: '' }).recipients()).toEqual([ada.recipient]);
  expect(learned).toEqual([ada.identity, bob.identity, ada.identity]);

  const nobody = createKeyring({ env: {}, identityFile: join(folder, 'none'), learn: () => {} });
  expect(await nobody.isThere()).toBe(false);
});

test('a file that others can read is refused', async () => {
  const file = join(folder, 'open');
  writeFileSync(file, ada.identity);
  chmodSync(file, 0o640);
  const keyring = createKeyring({ env: {}, identityFile: file, learn: () => {} });
  await expect(keyring.isThere()).rejects.toMatchObject({ tag: 'credential', mend: `chmod 600 ${file}` });
});

test('several identities are tried', async () => {
  const { file } = await sealedFile({ KEY: 'value' }, [bob]);
  const keyring = keyringOf({ FLOTILLA_IDENTITY: `${ada.identity}\n${bob.identity}` });
  expect((await openSealed(file, keyring)).values.get('KEY')).toBe('value');
});

test('a passphrase and the file are enough', async () => {
  const passphrase = 'correct horse battery';
  const lock = await lockIdentity(ada.identity, passphrase);
  expect(lock).toMatchObject({ memory: 65_536, passes: 3 });
  const { file } = await createSealed(PATH, [ada.recipient], THEN, lock);
  const text = textOf({ file, key: new Uint8Array(), values: new Map() });
  expect(text).not.toContain(ada.identity);
  const read = parseSealed(PATH, text);
  await expect(openSealed(read, keyringOf({ FLOTILLA_PASSPHRASE: passphrase }))).resolves.toBeDefined();
  await expect(openSealed(read, keyringOf({ FLOTILLA_PASSPHRASE: 'wrong' }))).rejects.toMatchObject({
    tag: 'credential',
    message: 'FLOTILLA_PASSPHRASE is not the one of flotilla.secrets.yml',
  });
  // Who can write to the repository can neither weaken it nor make it take all memory.
  for (const cost of [{ memory: 8 }, { memory: 99_999_999 }, { passes: 1 }, { passes: 999 }])
    await expect(unlockIdentity({ ...lock, ...cost }, passphrase)).rejects.toMatchObject({ tag: 'unsupported' });
});

test('an older Node stretches a passphrase to the same key', async () => {
  const [message, salt] = [Buffer.from('correct horse battery'), Buffer.alloc(16, 7)];
  const cost = { memory: 256, passes: 2, lanes: 4 };
  expect(Buffer.from(await portable(message, salt, cost))).toEqual(Buffer.from(await native(message, salt, cost)));
});
