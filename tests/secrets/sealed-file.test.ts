/** What stands in the repository: how it looks, what it hides, and that nobody changes a byte of it unnoticed. */
import { load } from 'js-yaml';
import { beforeAll, describe, expect, test } from 'vitest';
import { openSealed } from '../../src/secrets/open-sealed.ts';
import { addRecipient, changeSecrets, createSealed, renewKey } from '../../src/secrets/seal-file.ts';
import {
  digestOf,
  parseSealed,
  sealedText,
  type SealedFile,
  type SealedSecret,
} from '../../src/secrets/sealed-file.ts';
import { sealValue } from '../../src/secrets/sealed-value.ts';
import { keyringOf, PATH, person, sealedFile, textOf, THEN, type Person } from './sealing.ts';

const VALUES = {
  API_KEY: 'sk_live_0123456789',
  CERTIFICATE: '-----BEGIN X-----\nÄ "quoted": \\ back\n-----END X-----',
  ZULU: 'last one',
};
const LATER = new Date('2026-12-01T12:30:45.678Z');

let ada: Person;
let bob: Person;
beforeAll(async () => {
  [ada, bob] = await Promise.all([person(), person()]);
});

const open = async (text: string, who: Person = ada) => openSealed(parseSealed(PATH, text), who.keyring);

describe('a sealed file', () => {
  test('gives back what was sealed, to each recipient and to nobody else', async () => {
    const eve = await person();
    const text = textOf(await sealedFile(VALUES, [ada, bob]));
    for (const who of [ada, bob]) expect(Object.fromEntries((await open(text, who)).values)).toEqual(VALUES);
    await expect(open(text, eve)).rejects.toMatchObject({
      tag: 'credential',
      message: 'FLOTILLA_IDENTITY is not among the recipients of flotilla.secrets.yml',
      mend: expect.stringContaining('recipients add'),
    });
    for (const value of Object.values(VALUES)) for (const line of value.split('\n')) expect(text).not.toContain(line);
  });

  test('is YAML in the layout of SOPS', async () => {
    const yaml = load(textOf(await sealedFile(VALUES, [ada]))) as Record<string, never>;
    expect(yaml).toEqual({
      API_KEY: expect.stringMatching(/^ENC\[AES256_GCM,data:.+,iv:.{44},tag:.{24},type:str\]$/),
      CERTIFICATE: expect.stringMatching(/^ENC\[/),
      ZULU: expect.stringMatching(/^ENC\[/),
      flotilla_unencrypted: {
        format: 1,
        secrets: Object.fromEntries(
          Object.keys(VALUES).map((name) => [name, { version: 1, changed: '2026-11-21T10:00:00Z' }]),
        ),
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      sops: {
        age: [{ recipient: ada.recipient, enc: expect.stringMatching(/^-----BEGIN AGE ENCRYPTED FILE-----\n/) }],
        lastmodified: '2026-11-21T10:00:00Z',
        mac: expect.stringMatching(/^ENC\[/),
        unencrypted_suffix: '_unencrypted',
        version: '3.9.0',
      },
    });
  });

  test('may be without a secret', async () => {
    const text = sealedText((await createSealed(PATH, [ada.recipient], THEN)).file);
    expect((await open(text)).values.size).toBe(0);
    expect(load(text)).toMatchObject({ flotilla_unencrypted: { format: 1 } });
  });
});

describe('a change', () => {
  /** Lines that are only in the second text. */
  const fresh = (before: string, after: string) =>
    after.split('\n').filter((line) => !before.split('\n').includes(line));

  test('of one value touches its lines, and those that vouch for all', async () => {
    const before = await sealedFile(VALUES, [ada, bob]);
    const after = changeSecrets(before, new Map([['API_KEY', { value: 'another' }]]), LATER);
    expect(fresh(textOf(before), textOf(after)).map((line) => line.trim().split(':')[0])).toEqual([
      'API_KEY',
      'version',
      'changed',
      'digest',
      'lastmodified',
      'mac',
    ]);
    expect(after.file.secrets.get('API_KEY')).toMatchObject({ version: 2, changed: '2026-12-01T12:30:45Z' });
    expect((await open(textOf(after))).values.get('API_KEY')).toBe('another');
  });

  test('to what it was already changes nothing at all', async () => {
    const before = await sealedFile(VALUES, [ada]);
    expect(changeSecrets(before, new Map([['ZULU', { value: VALUES.ZULU }]]), LATER)).toBe(before);
    expect(changeSecrets(before, new Map([['NONE', null]]), LATER)).toBe(before);
  });

  test('of how old a value may become leaves the value and its version', async () => {
    const before = await sealedFile(VALUES, [ada]);
    const after = changeSecrets(before, new Map([['ZULU', { rotate: '30d' }]]), LATER);
    expect(after.file.secrets.get('ZULU')).toEqual({ ...before.file.secrets.get('ZULU'), rotate: '30d' });
    expect(parseSealed(PATH, textOf(after)).secrets.get('ZULU')?.rotate).toBe('30d');
    const never = changeSecrets(after, new Map([['ZULU', { rotate: null }]]), LATER);
    expect(never.file.secrets).toEqual(before.file.secrets);
  });

  test('removes, and adds in order', async () => {
    const before = await sealedFile(VALUES, [ada]);
    const change = new Map([
      ['ZULU', null],
      ['BRAVO', { value: 'second' }],
    ]);
    const { values } = await open(textOf(changeSecrets(before, change, LATER)));
    expect([...values]).toEqual([
      ['API_KEY', VALUES.API_KEY],
      ['BRAVO', 'second'],
      ['CERTIFICATE', VALUES.CERTIFICATE],
    ]);
  });

  test.each([
    ['sops', 'long enough', /cannot be the name/],
    ['NOTE_unencrypted', 'long enough', /cannot be the name/],
    ['FLOTILLA_IDENTITY', 'long enough', /cannot be the name/],
    ['WITH SPACE', 'long enough', /cannot be the name/],
    ['SHORT', 'abc', /shorter than 4/],
    ['NUL', 'abc\0def', /NUL/],
    ['BROKEN', 'abc\ud800', /broken Unicode/],
    ['LONG', 'x'.repeat(65_537), /longer than/],
  ])('to %s is refused, and the value not repeated', async (name, value, message) => {
    const before = await createSealed(PATH, [ada.recipient], THEN);
    const change = () => changeSecrets(before, new Map([[name, { value }]]), THEN);
    expect(change).toThrow(message);
    expect(change).not.toThrow(value);
  });

  test('of the recipients: one more keeps every value as it is sealed, one less seals all anew', async () => {
    const before = await sealedFile(VALUES, [ada]);
    const added = await addRecipient(before, bob.recipient, LATER);
    expect([...added.file.secrets]).toEqual([...before.file.secrets]);
    expect((await open(textOf(added), bob)).values).toEqual(before.values);
    const removed = await renewKey(added, [ada.recipient], LATER);
    expect((await open(textOf(removed))).values).toEqual(before.values);
    await expect(open(textOf(removed), bob)).rejects.toMatchObject({ tag: 'credential' });
    for (const [name, { sealed, ...facts }] of removed.file.secrets) {
      const { sealed: was, ...old } = before.file.secrets.get(name)!;
      expect(sealed).not.toBe(was);
      expect(facts).toEqual(old);
    }
    await expect(open(textOf(await renewKey(before, [ada.recipient], LATER)))).resolves.toBeDefined();
  });
});

describe('who opens it', () => {
  test('post-quantum identities, by default', async () => {
    const quantum = await person('hybrid');
    expect(quantum.recipient).toMatch(/^age1pq1/);
    expect(quantum.identity).toMatch(/^AGE-SECRET-KEY-PQ-1/);
    const text = textOf(await sealedFile(VALUES, [quantum]));
    expect((await open(text, quantum)).values.get('ZULU')).toBe(VALUES.ZULU);
    await expect(sealedFile(VALUES, [quantum, ada])).rejects.toMatchObject({
      tag: 'unsupported',
      message: expect.stringContaining('cannot be in one file'),
    });
    await expect(addRecipient(await sealedFile(VALUES, [quantum]), ada.recipient, THEN)).rejects.toThrow('in one file');
  });

  test.each(['age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t', 'ssh-ed25519 AAAA', ''])(
    'no recipient is "%s"',
    async (recipient) => {
      await expect(createSealed(PATH, [recipient], THEN)).rejects.toMatchObject({ tag: 'unsupported' });
    },
  );

  test.each([
    [{}, 'there is no identity to open flotilla.secrets.yml'],
    [{ FLOTILLA_IDENTITY: '' }, 'there is no identity to open flotilla.secrets.yml'],
    [{ FLOTILLA_IDENTITY: 'hunter2-hunter2' }, 'FLOTILLA_IDENTITY holds no age identity'],
    [
      { FLOTILLA_IDENTITY: 'AGE-SECRET-KEY-1QQQQ' },
      'FLOTILLA_IDENTITY holds what looks like an age identity, and is none',
    ],
    [{ FLOTILLA_IDENTITY_FILE: '/nowhere/identity' }, 'cannot read the identity in /nowhere/identity'],
    [{ FLOTILLA_PASSPHRASE: 'correct horse battery' }, 'flotilla.secrets.yml is not sealed to a passphrase'],
  ])('with %o: %s', async (env: Record<string, string>, message) => {
    const { file } = await sealedFile(VALUES, [ada]);
    const refused = await openSealed(file, keyringOf(env)).catch((error: unknown) => error);
    expect(refused).toMatchObject({ tag: 'credential', message });
    expect(JSON.stringify(refused)).not.toMatch(/hunter2|QQQQ/);
  });
});

describe('tampering', () => {
  test('with any byte is noticed', async () => {
    const text = textOf(await sealedFile({ KEY: 'value', OTHER: 'eulav' }, [ada]));
    await open(text);
    const bytes = Buffer.from(text);
    const unnoticed: number[] = [];
    for (let at = 0; at < bytes.length; at++)
      for (const bit of [0x01, 0x20]) {
        const changed = Buffer.from(bytes);
        changed[at]! ^= bit;
        const noticed = await open(changed.toString('latin1')).then(
          () => false,
          (error: { tag?: string }) => error.tag === 'config' || error.tag === 'credential',
        );
        if (!noticed) unnoticed.push(at);
      }
    expect(unnoticed).toEqual([]);
    expect(bytes.length).toBeGreaterThan(1_200);
  });

  test('by leaving out, adding or repeating a line is noticed', async () => {
    const lines = textOf(await sealedFile(VALUES, [ada, bob])).split('\n');
    for (let at = 0; at < lines.length; at++)
      for (const instead of [[], [lines[at] as string, lines[at] as string], ['', lines[at] as string]])
        await expect(open(lines.toSpliced(at, 1, ...instead).join('\n'))).rejects.toMatchObject({ tag: 'config' });
  });

  /** As somebody does it who knows the layout, but has no key. */
  const forged = (file: SealedFile, change: Partial<SealedFile>): string => {
    const made = { ...file, ...change };
    return sealedText({ ...made, digest: digestOf(made) });
  };
  const withSecrets = (file: SealedFile, change: (secrets: [string, SealedSecret][]) => unknown) => {
    const secrets = [...file.secrets].map(([name, secret]): [string, SealedSecret] => [name, { ...secret }]);
    change(secrets);
    return { secrets: new Map(secrets) };
  };

  test('is noticed where base64 has bits to spare', async () => {
    const text = textOf(await sealedFile(VALUES, [ada]));
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const respelled = text.replace(/(mac: .*tag:\S{21})(.)==/, (_, before: string, last: string) => {
      return `${before}${digits[digits.indexOf(last) + 1]}==`;
    });
    expect(respelled).not.toBe(text);
    await expect(open(respelled)).rejects.toMatchObject({ message: expect.stringContaining('its MAC does not fit') });
  });

  test('with care is noticed too', async () => {
    const { file } = await sealedFile(VALUES, [ada]);
    const other = (await sealedFile({ API_KEY: 'of another file' }, [ada])).file;
    await open(forged(file, {}));
    const forgeries: Record<string, Partial<SealedFile>> = {
      'a secret less': withSecrets(file, (secrets) => secrets.pop()),
      'two values swapped': withSecrets(file, ([first, second]) => {
        [first![1].sealed, second![1].sealed] = [second![1].sealed, first![1].sealed];
      }),
      'a secret renamed': withSecrets(file, (secrets) => (secrets[2]![0] = 'ZZ')),
      'another version': withSecrets(file, (secrets) => (secrets[0]![1].version = 7)),
      'never to rotate': withSecrets(file, (secrets) => (secrets[0]![1].rotate = '99w')),
      'a value of another file': withSecrets(file, (secrets) => {
        secrets[0]![1].sealed = other.secrets.get('API_KEY')!.sealed;
      }),
      'a value under a key of its own': withSecrets(file, (secrets) => {
        secrets[0]![1].sealed = sealValue('mine now', Buffer.alloc(32), 'API_KEY:');
      }),
      'another time': { modified: '2026-11-22T10:00:00Z' },
      'a recipient more': { recipients: [...file.recipients, { ...file.recipients[0]!, recipient: bob.recipient }] },
      'the MAC of another file': { mac: other.mac },
      'the keys of another file': { recipients: other.recipients },
    };
    for (const [what, change] of Object.entries(forgeries))
      await expect(open(forged(file, change)), what).rejects.toMatchObject({ tag: 'config' });
  });

  test.each([
    ['', /:1:1 these sealed secrets are damaged: expected/],
    ['fleet: acme\n', /:1:1 .* expected a sealed value/],
    ['KEY: plain text\n', /:1:1 .* expected a sealed value/],
    ['<<<<<<< HEAD\n', /a merge left both sides here \(take one side whole/],
    ['a'.repeat(4_194_305), /larger than 4 MiB/],
    ['&a [*a, *a]\n', /expected/],
    ['x'.repeat(100_000) + '\n', /expected/],
  ])('file %#', (text, message) => {
    expect(() => parseSealed(PATH, text)).toThrow(message);
  });
});
