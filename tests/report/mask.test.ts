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
  ])('%s', (_, form) => {
    expect(mask(`before ${form} after`)).toBe('before *** after');
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

test.each([76, 64])('base64 in lines of %i characters', (width) => {
  const key = `-----BEGIN KEY-----${'MIIabc+/'.repeat(40)}`;
  const lines =
    Buffer.from(key)
      .toString('base64')
      .match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
  const masked = createMask([key])(lines.join('\n')).split('\n');
  expect(masked.slice(0, -1)).toEqual(lines.slice(1).map(() => '***'));
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
