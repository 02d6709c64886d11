import { describe, expect, test } from 'vitest';
import { createVault } from '../../src/secrets/vault.ts';

const createMask = (values: string[]) => {
  const { learn, mask } = createVault(() => undefined);
  values.forEach(learn);
  return mask;
};

const SECRET = 'p@ss "wörd"/+?&=';

describe('mask', () => {
  const mask = createMask([SECRET]);

  test.each([
    ['plain', SECRET],
    ['URL-encoded', encodeURIComponent(SECRET)],
    ['form-encoded', new URLSearchParams({ v: SECRET }).toString().slice(2)],
    ['in a URL', new URL(`https://h/?q=${encodeURIComponent(SECRET)}`).search.slice(3)],
    ['URL-encoded in small letters', encodeURIComponent(SECRET).replace(/%../g, (code) => code.toLowerCase())],
    ['JSON as PHP writes it', JSON.stringify(SECRET).slice(1, -1).replaceAll('/', '\\/')],
    ['JSON as Go writes it', JSON.stringify(SECRET).slice(1, -1).replaceAll('&', '\\u0026')],
    ['JSON', JSON.stringify(SECRET).slice(1, -1)],
    ['JSON in JSON', JSON.stringify(JSON.stringify(SECRET)).slice(3, -3)],
    ['JSON with nothing but ASCII', 'p@ss \\"w\\u00f6rd\\"/+?&='],
    ['JSON for a page, with its slashes escaped', 'p@ss \\u0022w\\u00F6rd\\u0022\\/\\u002b?\\u0026\\u003d'],
    ['URL-encoded in lower case', encodeURIComponent(SECRET).toLowerCase()],
    ['URL-encoded twice', encodeURIComponent(encodeURIComponent(SECRET))],
    ['URL-encoded in JSON in a URL', encodeURIComponent(JSON.stringify(encodeURIComponent(SECRET)).slice(1, -1))],
    ['in part', 'p@ss%20"wörd"/+?&amp;='],
    ['HTML', 'p@ss &quot;w&#246;rd&#x22;/+?&amp;='],
    ['hexadecimal', Buffer.from(SECRET).toString('hex')],
    ['hexadecimal in capitals', Buffer.from(SECRET).toString('hex').toUpperCase()],
    ['in base64 with its slashes escaped', Buffer.from(SECRET).toString('base64').replaceAll('/', '\\/')],
  ])('%s', (_, form) => {
    expect(mask(`before ${form} after`)).toMatch(/^before \*\*\*(?:=|[A-Za-z0-9]=|[A-Za-z0-9]==)? after$/);
  });

  test('what stands around it stays as it was', () => {
    const text = (what: string) => `100%25 \\" &amp; a+b ${what} c\\\\d %7B&lt;`;
    for (const form of [SECRET, encodeURIComponent(SECRET), JSON.stringify(SECRET).slice(1, -1)])
      expect(mask(text(form))).toBe(text('***'));
  });

  test.each([0, 1, 2, 3, 4, 5])('base64 with %i bytes before it', (before) => {
    for (const encoding of ['base64', 'base64url'] as const) {
      for (const after of ['', 'x', 'xy', 'xyz']) {
        const text = Buffer.from('u'.repeat(before) + SECRET + after).toString(encoding);
        const masked = mask(text);
        expect(masked).toContain('***');
        // At the edges a character may hold bits of a neighbour; no more than that is left.
        expect(Buffer.from(masked.split('***')[1] ?? '', 'base64').toString()).not.toContain('&=');
        expect(masked.replace('***', '').length).toBeLessThanOrEqual(Math.ceil(((before + after.length) * 8) / 6) + 4);
      }
    }
  });
});

test('values of several lines are hidden line by line too', () => {
  const key = '-----BEGIN KEY-----\nMIIabc\r\n  defghi\n-----END KEY-----\n';
  const mask = createMask([key]);
  expect(mask(key)).not.toMatch(/MIIabc|defghi/);
  expect(mask('> MIIabc')).toBe('> ***');
  expect(mask('defghi')).toBe('***');
});

test('packed twice, by whatever and between whatever else', () => {
  const { stringify } = JSON;
  const page = (text: string) => text.replace(/[&"'<>]/g, (char) => `&#${char.charCodeAt(0)};`);
  const ways = [
    encodeURIComponent,
    page,
    (text: string) => stringify(text).slice(1, -1),
    (text: string) => text.replaceAll("'", `'"'"'`),
  ];
  const value = `a "s3cret" that's & so on`;
  const hide = createMask([value]);
  for (const first of ways)
    for (const second of ways) {
      const said = hide(`'"'"' %41 &amp; a+b \\" \n <${second(first(value))}>`);
      expect(said).toBe(`'"'"' %41 &amp; a+b \\" \n <***>`);
    }
});

test('base64 that is broken into lines is hidden line by line', () => {
  const value = 'v3ry l0ng '.repeat(20);
  const mask = createMask([value]);
  const encoded = Buffer.from(value).toString('base64');
  for (const width of [64, 76])
    for (const line of encoded.match(new RegExp(`.{${width}}`, 'g')) ?? []) expect(mask(`| ${line}`)).toBe('| ***');
});

test.each([`it'\\''s a s3cret`, `it'"'"'s a s3cret`, String.raw`it\'s\ a\ s3cret`])(
  'as a shell writes it: %s',
  (text) => {
    expect(createMask(["it's a s3cret"])(`+ KEY='${text}'`)).toBe("+ KEY='***'");
  },
);

test('what goes on from one line of a log to the next is hidden in each', () => {
  const { learn, maskDeep } = createVault(() => undefined);
  learn('w1th a "quote" and mor3');
  learn('one\ntwo\nthree');
  const lines =
    Buffer.from(`env: w1th a "quote" and mor3;${'.'.repeat(60)}`)
      .toString('base64')
      .match(/.{1,20}/g) ?? [];
  expect(maskDeep(['first', ...lines, 'one', 'two', 'three', 'last'])).toEqual([
    'first',
    expect.stringMatching(/^ZW52Oi.?\*\*\*$/),
    expect.stringMatching(/^\*\*\*/),
    ...lines.slice(2),
    '***',
    '***',
    '***',
    'last',
  ]);
  expect(maskDeep(['a', 'b'])).toEqual(['a', 'b']);
});

test('a secret that is too large for a pattern is hidden, and no error shows it', () => {
  const value = Buffer.alloc(1_500_000, 'no pattern holds this. ').toString('base64');
  expect(createMask([value])(`<${value}>`)).toBe('<***>');
});

test.each([
  [
    'the password of an address',
    'postgres://ada:p4ssw0rd%21xyz@db.example:5432/main',
    ['p4ssw0rd%21xyz', 'p4ssw0rd!xyz'],
  ],
  [
    'the key of a service account',
    JSON.stringify({ type: 'service_account', private_key: '-----BEGIN KEY-----\nMIIabcdefgh\n-----END KEY-----\n' }),
    ['MIIabcdefgh'],
  ],
  [
    'the password of a login',
    JSON.stringify({ auths: { 'ghcr.io': { auth: Buffer.from('ada:p4ssw0rdxyz').toString('base64') } } }),
    ['p4ssw0rdxyz'],
  ],
])('%s is a secret of its own', (_, value, parts) => {
  const mask = createMask([value]);
  for (const part of parts) expect(mask(`it is ${part}.`)).toBe('it is ***.');
  expect(mask('type service_account of ada at db.example in ghcr.io')).not.toContain('*');
});

test('a short password of an address is none: it may be a word', () => {
  expect(createMask(['postgres://postgres:postgres@db/main'])('a postgres database')).toBe('a postgres database');
});

test('thousands of values that begin alike take no longer than the text is', () => {
  const vault = createVault(() => undefined);
  for (let index = 0; index < 5_000; index += 1)
    vault.learn(`postgres://app:${index}xxxxxxxx@db-${index}.example/main`);
  expect(vault.mask('postgres:// '.repeat(20_000))).not.toContain('*');
  expect(vault.mask('at postgres://app:1999xxxxxxxx@db-1999.example/main.')).toBe('at ***.');
});

test('a value within another is hidden with it', () => {
  expect(createMask(['abcd', 'abcdefgh'])('abcdefgh abcd')).toBe('*** ***');
});

test('short and empty values hide nothing', () => {
  const text = 'a b c true';
  expect(createMask(['', 'a', 'b c'])(text)).toBe(text);
  expect(createMask([])(text)).toBe(text);
});

test('patterns in values are words', () => {
  expect(createMask(['.*+?^${}()|[]\\-'])('abc .*+?^${}()|[]\\- d')).toBe('abc *** d');
});

describe('a vault that learns while it masks', () => {
  const values = Array.from({ length: 50 }, (_, n) => `secret-${n}-${'x'.repeat(n % 7)}`);

  test('hides as one that knew everything from the start', () => {
    const [early, late] = [createVault(() => undefined), createVault(() => undefined)];
    for (const value of values) late.learn(value);
    for (const value of values) {
      early.learn(value);
      expect(early.mask(`is ${value}.`)).toBe('is ***.');
    }
    const text = values
      .map((value) => `${value} ${encodeURIComponent(value)} ${JSON.stringify({ value })}`)
      .join(' and ');
    expect(early.mask(text)).toBe(late.mask(text));
    expect(early.mask(text)).not.toContain('secret');
  });

  test.each([
    ['abcd', 'abcdefghij'],
    ['abcdefghij', 'efgh'],
    ['abcdef', 'efghij'],
  ])('%s and then %s leave nothing of either', (first, second) => {
    const vault = createVault(() => undefined);
    for (const filler of ['some-filler', 'more-filler', 'last-filler']) vault.learn(filler);
    vault.learn(first);
    vault.mask('now it looks');
    vault.learn(second);
    expect(vault.mask('<abcdefghij>')).toBe('<***>');
  });
});
