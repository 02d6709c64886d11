import { describe, expect, test } from 'vitest';
import { compose, cut } from '../../src/report/cut.ts';
import { code, fence, htmlCode, inert, link, row } from '../../src/report/markdown.ts';
import { clip, visible } from '../../src/report/visible.ts';
import { HOSTILE } from './sample.ts';

/** Each pattern is something GitHub would act upon. */
const LIVE: [string, RegExp][] = [
  ['mention', /@\w/],
  ['HTML', /<[a-z/!]/i],
  ['emphasis', /\*\*|~~/],
  ['link', /\]\(/],
  ['address', /https?:\/\/|www\./],
  ['issue', /(^|[^&])#\d|GH-\d/],
  ['emoji', /:tada:/],
  ['code', /`/],
  ['cell', /\|/],
  ['line', /[\n\r]/],
  ['math', /\$/],
  // eslint-disable-next-line no-control-regex
  ['control', /[\u0000-\u001f\u202a-\u202e\u2066-\u2069]/],
];

describe('inert', () => {
  test.each(LIVE)('leaves no %s', (_, pattern) => {
    expect(HOSTILE).toMatch(pattern);
    expect(inert(HOSTILE)).not.toMatch(pattern);
  });

  test.each(['# heading', '- item', '> quote', '1. first', '=== x', '+ item'])('%s does not start a block', (text) => {
    expect(inert(text)).not.toMatch(/^\s*(?:[#>+=-]|\d+[.)])/);
  });

  test('leaves ordinary prose alone', () => {
    expect(inert('the source changed in services/api (2 files), 30 % of all; café')).toBe(
      'the source changed in services/api (2 files), 30 % of all; café',
    );
  });
});

describe('code', () => {
  test('ordinary names are plain code', () => {
    expect(code('service/api@local')).toBe('`service/api@local`');
    expect(code('')).toBe('');
  });

  test('what would end the code or the cell becomes entities', () => {
    expect(code('a`b|c')).toBe('<code>a&#96;b&#124;c</code>');
    expect(code('back\\')).toBe('<code>back&#92;</code>');
    expect(code(HOSTILE)).not.toMatch(/[|`\n]|<(?!\/?code>)/);
    expect(htmlCode('</code><b>')).toBe('<code>&#60;/code&#62;&#60;b&#62;</code>');
  });

  test('a row keeps its number of cells', () => {
    expect(row([code(HOSTILE), inert(HOSTILE)]).match(/\|/g)).toHaveLength(3);
  });
});

test('a fence is longer than any run of backticks inside', () => {
  expect(fence(['a ```` b'])).toBe('`````\na ```` b\n`````\n');
  expect(fence(['x\n```\ny'], 'diff')).toBe('````diff\nx\\n```\\ny\n````\n');
});

test('only plain http addresses become links', () => {
  expect(link('x', 'https://a.example/b?c=d')).toBe('[x](https://a.example/b?c=d)');
  expect(link('x', 'javascript:alert(1)')).toBe('`javascript:alert(1)`');
  expect(link('x', 'https://a.example/) [y](https://b.example')).toBe('`https://a.example/) [y](https://b.example`');
  expect(link('x', 'https://user@a.example/')).toBe('`https://user@a.example/`');
});

test('invisible characters are shown', () => {
  expect(visible('a\u202eb\u200bc\ud800d\u001b[1m\u{e0041}\n')).toBe(
    'a\\u{202e}b\\u{200b}c\\u{d800}d\\u{1b}[1m\\u{e0041}\\n',
  );
  expect(visible('ordinary text, 日本語, 🚢')).toBe('ordinary text, 日本語, 🚢');
});

test('clip never leaves half a character', () => {
  expect(clip('ab🚢', 4)).toBe('ab🚢');
  expect(clip('a🚢b', 3)).toBe('a…');
});

describe('cut', () => {
  const rows = Array.from({ length: 100 }, (_, index) => `row ${index} é\n`);

  test('all rows when they fit', () => {
    expect(cut(rows, 10_000)).toBe(rows.join(''));
  });

  test('whole rows and the count of the others, within the limit', () => {
    const text = cut(rows, 300, '[all](https://a.example)');
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(300);
    const shown = text.split('\n').filter((line) => /^row \d+ é$/.test(line)).length;
    expect(shown).toBeGreaterThan(15);
    expect(text).toContain(`\n… and ${100 - shown} more, see [all](https://a.example)\n`);
  });

  test.each([200, 500, 1000, 1500, 5000])(
    'a document of several sections fits %i bytes and keeps each head',
    (limit) => {
      const text = compose([{ head: 'A\n', rows }, { head: 'B\n' }, { head: 'C\n', rows, foot: 'end\n' }], limit);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(limit);
      expect(text).toMatch(/^A\n[^]*^B\n[^]*^C\n[^]*^end\n/m);
      expect(text.match(/more/g)?.length ?? 0).toBe(limit < 1100 ? 2 : limit < 2000 ? 1 : 0);
    },
  );
});
