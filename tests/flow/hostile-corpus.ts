import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file that must not be accepted, or, where `mayBeValid`, that chance may have left valid. */
export interface Hostile {
  name: string;
  content: string | Uint8Array;
  mayBeValid?: boolean;
}

const FULL = readFileSync(join(import.meta.dirname, '../config/full.flotilla.yml'), 'utf8');
const MEGABYTE = 1024 * 1024;

/** Small, fast and always the same (mulberry32); whole numbers below `limit`. */
function seeded(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** Every file of the corpus but the enormous ones, the same in every run. */
export function* corpus(): Generator<Hostile> {
  yield* truncated();
  yield* wrongTypes();
  yield* repeatedLines();
  yield* mistypedKeys();
  yield* badBytes();
  yield* nested();
  yield* aliases();
  yield* oddYaml();
  yield* noise();
}

function* truncated(): Generator<Hostile> {
  for (let at = 3; at < FULL.length; at += 29)
    yield { name: `cut at ${at}`, content: FULL.slice(0, at), mayBeValid: true };
}

/** Each value of the example in turn is replaced by each of these. */
const WRONG = ['{ a: { b: c } }', '[[1], [2]]', '-1.5e300', '~', '"\\u202e\\u0007"', '.nan'];

function* wrongTypes(): Generator<Hostile> {
  const scalars = [...FULL.matchAll(/(?<=[a-z_A-Z]: )[^\s{[,][^,\n}\]]*/g)];
  for (const [index, match] of scalars.entries()) {
    const wrong = WRONG[index % WRONG.length] as string;
    const content = FULL.slice(0, match.index) + wrong + FULL.slice(match.index + match[0].length);
    // Text may be any text, and options are the provider's.
    yield { name: `${match[0]} becomes ${wrong}`, content, mayBeValid: true };
  }
}

function* repeatedLines(): Generator<Hostile> {
  const lines = FULL.split('\n');
  for (const [index, line] of lines.entries()) {
    if (!/^ *[\w.-]+:/.test(line)) continue;
    const twice = [...lines.slice(0, index + 1), ...lines.slice(index)].join('\n');
    yield { name: `line ${index + 1} twice`, content: twice };
    yield {
      name: `line ${index + 1} behind a tab`,
      content: [...lines.slice(0, index), `\t${line}`, ...lines.slice(index + 1)].join('\n'),
      mayBeValid: true,
    };
  }
}

function* mistypedKeys(): Generator<Hostile> {
  for (const match of FULL.matchAll(/(?<=^ *|[{,] )[a-z_]+(?=:)/gm)) {
    const key = match[0];
    for (const typo of [
      `${key}x`,
      `${key.slice(1)}${key[0]}`,
      key.toUpperCase(),
      '"" ',
      '__proto__',
      '<<',
      '[k]',
      '8080',
    ])
      yield {
        name: `${key} becomes ${typo}`,
        content: FULL.slice(0, match.index) + typo + FULL.slice(match.index + key.length),
        // A resource, an environment or a provider may have another name.
        mayBeValid: true,
      };
  }
}

function* badBytes(): Generator<Hostile> {
  const random = seeded(1);
  const bytes = Buffer.from(FULL);
  const BAD: [string, number[]][] = [
    ['NUL', [0]],
    ['0xff', [0xff]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a lone surrogate', [0xed, 0xa0, 0x80]],
    ['half a character', [0xe2, 0x82]],
    ['beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
  ];
  for (const [name, bad] of BAD)
    for (let round = 0; round < 6; round += 1) {
      const at = random(bytes.length);
      yield {
        name: `${name} at ${at}`,
        content: Buffer.concat([bytes.subarray(0, at), Buffer.from(bad), bytes.subarray(at)]),
      };
    }
  for (const encoding of ['utf16le', 'latin1'] as const)
    yield { name: encoding, content: Buffer.from(`\ufeff${FULL}# \u00e9`, encoding) };
  for (const character of ['\u0001', '\u001b[2J', '\u007f', '\u0085', '\u2028', '\u202e', '\ufffe', '\ud800'])
    yield {
      name: `a name with ${character.codePointAt(0)?.toString(16)}`,
      content: `fleet: a\nservices:\n  a${character}b: { source: x }\n`,
    };
}

function* nested(): Generator<Hostile> {
  for (const depth of [70, 500, 10_000, 400_000]) {
    yield { name: `${depth} lists`, content: `fleet: ${'['.repeat(depth)}${']'.repeat(depth)}\n` };
    yield { name: `${depth} open lists`, content: `fleet: ${'['.repeat(depth)}` };
    yield { name: `${depth} maps`, content: `fleet: ${'{a: '.repeat(depth)}1${'}'.repeat(depth)}\n` };
    yield {
      name: `${depth} dashes`,
      content: `fleet: a\nproviders:\n  local:\n    x:\n      ${'- '.repeat(depth)}1\n`,
    };
    yield { name: `${depth} question marks`, content: `${'? '.repeat(depth)}a\n` };
    yield { name: `${depth} anchors`, content: `fleet: ${'&a '.repeat(depth)}a\n` };
    yield { name: `${depth} tags`, content: `fleet: ${'!a '.repeat(depth)}a\n` };
  }
  const deep = Array.from({ length: 1500 }, (_, level) => `${' '.repeat(level)}a:`).join('\n');
  yield { name: '1500 block maps', content: `${deep} 1\n` };
}

function* aliases(): Generator<Hostile> {
  for (const [levels, width] of [
    [9, 9],
    [30, 2],
    [60, 2],
    [4, 40],
  ] as const) {
    const lines = Array.from({ length: levels }, (_, level) => {
      const items = level === 0 ? 'lol' : `*a${level - 1}`;
      return `  a${level}: &a${level} [${Array(width).fill(items).join(', ')}]`;
    });
    yield { name: `${width}^${levels} laughs`, content: `fleet: a\nproviders:\n${lines.join('\n')}\n` };
    const maps = lines.map((line) =>
      line
        .replaceAll('[', '{ ')
        .replaceAll(']', ' }')
        .replace(/(lol|\*a\d+)/g, (item) => item),
    );
    const keyed = maps.map((line) => {
      let count = 0;
      return line.replace(/(?<=[{,] )(lol|\*a\d+)/g, (item) => `k${(count += 1)}: ${item}`);
    });
    yield { name: `${width}^${levels} laughing maps`, content: `fleet: a\nproviders:\n${keyed.join('\n')}\n` };
  }
  const long = 'x'.repeat(MEGABYTE);
  yield {
    name: 'a long text many times',
    content: `fleet: a\nproviders:\n  a: { x: &x ${long}, y: [${Array(5000).fill('*x').join(', ')}] }\n`,
  };
  yield {
    name: 'a long text many times in a key',
    content: `fleet: a\nx: &x ${long}\n? [${Array(5000).fill('*x').join(', ')}]\n: y\n`,
  };
  yield { name: 'a list in itself', content: 'fleet: a\nproviders: { a: { x: &x [1, *x] } }\n' };
  yield { name: 'a map in itself', content: 'fleet: a\nproviders: { a: &x { x: *x } }\n' };
  yield { name: 'the file in itself', content: '&x\nfleet: a\nproviders: *x\n' };
  yield { name: 'an alias to nothing', content: 'fleet: *nothing\n' };
  yield { name: 'an alias as a key', content: 'fleet: &x [a]\n*x : y\n' };
  yield { name: 'an alias with an anchor', content: 'fleet: &x a\nx: &y *x\n' };
}

function* oddYaml(): Generator<Hostile> {
  const texts = {
    empty: '',
    spaces: '   \n\n  ',
    'a byte order mark alone': '\ufeff',
    comments: '# a\n# b\n',
    'three documents': 'fleet: a\n---\nfleet: b\n---\nfleet: c\n',
    'documents without content': '---\n---\n---\n',
    'an end mark and more': 'fleet: a\n...\nfleet: b\n',
    directives: '%YAML 1.2\n%FOO bar\n---\nfleet: A\n',
    'a bad directive': '%YAML 9.9\n---\nfleet: a\n',
    'no document behind a directive': '%YAML 1.2\nfleet: a\n',
    'a merge key': 'fleet: a\nservices: { a: &a { source: x }, b: { <<: *a } }\n',
    'a merge list': 'fleet: a\nservices: { a: &a { source: x }, b: { <<: [*a, *a] } }\n',
    'a custom tag': 'fleet: !ruby/object:Gem a\n',
    'a binary': 'fleet: !!binary aGVsbG8=\n',
    'a function': 'fleet: !!js/function "function () { throw 1 }"\n',
    'a timestamp': 'fleet: 2001-12-14\n',
    'a set': 'fleet: !!set { a, b }\n',
    __proto__: 'fleet: a\n__proto__: { polluted: true }\n',
    '__proto__ deeper': 'fleet: a\nservices: { x: { source: x, env: { __proto__: y } } }\n',
    '__proto__ as a question': 'fleet: a\nservices: { ? __proto__ : { source: x } }\n',
    '__proto__ as a question over two lines': 'fleet: a\npolicy:\n  ? __proto__\n  : { apply: none }\n',
    '__proto__ before a tab': 'fleet: a\nproviders: { render: { "__proto__"\t: { x: y } } }\n',
    '__proto__ without a value': 'fleet: a\npolicy: { __proto__, production: { apply: none } }\n',
    '__proto__ in an overlay': 'fleet: a\nenvironments: { x: { services: { y: { __proto__: { source: z } } } } }\n',
    constructor: 'fleet: a\nservices: { constructor: { source: x } }\n',
    'constructor as a key': 'fleet: a\nconstructor: { prototype: { polluted: true } }\n',
    'toString as a key': 'fleet: a\nservices: { x: { source: x, toString: y } }\n',
    'null as a key': 'fleet: a\n~: b\n',
    'nothing as a key': 'fleet: a\n: b\n',
    'a list as a key': 'fleet: a\n? [a, b]\n: c\n',
    'a map as a key': 'fleet: a\n{ a: b }: c\n',
    'a key without a colon': 'fleet: a\nservices\n',
    'a colon without a space': 'fleet:a\n',
    'an open quote': "fleet: 'a\nservices: {}\n",
    'an open double quote': 'fleet: "a\\"\n',
    'a bad escape': 'fleet: "\\q"\n',
    'a bad code point': 'fleet: "\\UFFFFFFFF"\n',
    'a half escape': 'fleet: "\\u12"\n',
    'a block scalar for a name': 'fleet: |\n  a\n  b\n',
    'a bad block scalar': 'fleet: |99\n  a\n',
    'mixed indentation': 'fleet: a\nservices:\n    a: { source: x }\n  b: { source: y }\n',
    'a list at the wrong place': 'fleet: a\n- b\n',
    'reserved characters': 'fleet: @a\n',
    'a backtick': 'fleet: `a`\n',
    'a percent sign': 'fleet: %a\n',
    'an unclosed map': 'fleet: { a: b\n',
    'too many closings': 'fleet: a }}\nx: ]]\n',
    'a number as the fleet': 'fleet: 1_000\n',
    infinity: 'fleet: a\nservices: { x: { source: x, resources: { cpu: .inf } } }\n',
    'a huge number': `fleet: a\nservices: { x: { source: x, port: ${'9'.repeat(5000)} } }\n`,
    'not a number': 'fleet: a\nservices: { x: { source: x, replicas: .nan } }\n',
    json: '{"fleet": "A"}',
    html: '<!doctype html><html></html>',
    'a shell script': '#!/bin/sh\nrm -rf "$HOME"\n',
    'conflict marks': 'fleet: a\n<<<<<<< HEAD\nservices: {}\n=======\nsites: {}\n>>>>>>> other\n',
    'carriage returns': 'fleet: A\rservices:\r  x: {}\r',
    'old line ends and an error': 'fleet: a\r\nservices:\r\n  x: { port: 0 }\r\n',
  };
  for (const [name, content] of Object.entries(texts)) yield { name, content };
}

/** A unit over and over, to `size` characters. */
function upTo(unit: string, size = 4 * MEGABYTE - 100): string {
  return unit.repeat(Math.floor(size / unit.length));
}

/** Files at the limits, made only when asked for: each is read in a process of its own. */
export const ENORMOUS: [name: string, make: () => string | Uint8Array][] = [
  ['10 MB of text', () => `fleet: ${'a'.repeat(10 * MEGABYTE)}\n`],
  ['10 MB of keys', () => upTo('key: value\n', 10 * MEGABYTE)],
  ['10 MB of NUL', () => new Uint8Array(10 * MEGABYTE)],
  ['10 MB of 0xff', () => new Uint8Array(10 * MEGABYTE).fill(0xff)],
  ['4 MB name', () => `fleet: ${upTo('a')}\n`],
  ['4 MB key', () => `fleet: a\n${upTo('a')}: x\n`],
  ['4 MB number', () => `fleet: ${upTo('9')}\n`],
  ['4 MB of spaces', () => upTo(' ')],
  ['4 MB of line breaks', () => upTo('\n')],
  ['4 MB of tabs', () => upTo('\t')],
  ['4 MB of comments', () => upTo('# a comment\n')],
  [
    '4 MB of unlike keys',
    () => `fleet: a\n${Array.from({ length: 400_000 }, (_, index) => `k${index}: 1`).join('\n')}`,
  ],
  ['4 MB of the same key', () => upTo('k: 1\n')],
  ['4 MB of the same key in one line', () => `{${upTo('k: 1, ')}}`],
  ['4 MB of empty lists', () => `fleet: [${upTo('[], ')}]`],
  ['4 MB of empty maps', () => `fleet: [${upTo('{}, ')}]`],
  ['4 MB of dashes', () => upTo('- \n')],
  ['4 MB of documents', () => upTo('---\n')],
  ['4 MB of directives', () => upTo('%A b\n')],
  ['4 MB of opened quotes', () => `fleet: ${upTo('"')}`],
  ['4 MB of backslashes', () => `fleet: "${upTo('\\')}"`],
  ['4 MB of bad escapes', () => `fleet: "${upTo('\\q')}"`],
  ['4 MB folded', () => `fleet: >\n${upTo('  a\n\n')}`],
  ['4 MB over many lines', () => `fleet: a\n${upTo('  a\n')}`],
  ['4 MB of anchors', () => `fleet: [${upTo('&a x, ')}]`],
  ['4 MB of aliases', () => `fleet: [&a x, ${upTo('*a, ')}]`],
  ['4 MB of tags', () => `fleet: [${upTo('!!str x, ')}]`],
  ['4 MB of colons', () => upTo(':')],
  ['4 MB of colons and spaces', () => upTo(': ')],
  ['4 MB of commas', () => `fleet: [${upTo(',')}]`],
  [
    '4 MB of keys that are not text',
    () => `fleet: {${Array.from({ length: 300_000 }, (_, index) => `${index}: x`).join(', ')}}`,
  ],
  ['4 MB in one list', () => `fleet: a\nsites: { w: { dir: w, domains: [${upTo('a.example, ')}] } }`],
  [
    '4 MB of variables',
    () =>
      `fleet: a\nservices: { x: { source: x, env: {${Array.from({ length: 250_000 }, (_, index) => `V${index}: 0x1`).join(', ')}, "-": 1 } } }`,
  ],
  [
    '20,001 resources',
    () => `fleet: a\nbuckets: {${Array.from({ length: 20_001 }, (_, index) => `b${index}: {}`).join(', ')}}`,
  ],
  [
    '20,000 wrong resources',
    () =>
      `fleet: a\nservices: {${Array.from({ length: 20_000 }, (_, index) => `s${index}: { prt: 1, port: x, env: [] }`).join(', ')}}`,
  ],
  [
    '10,000 wrong overlays',
    () =>
      `fleet: a\nenvironments: { e: { services: {${Array.from({ length: 10_000 }, (_, index) => `s${index}: { prt: 1 }`).join(', ')}} } }`,
  ],
  [
    '15,000 removals of nothing',
    () =>
      `fleet: a\nbuckets: {${Array.from({ length: 15_000 }, (_, index) => `b${index}: {}`).join(', ')}}\nenvironments: { e: { buckets: {${Array.from({ length: 15_000 }, (_, index) => `c${index}: null`).join(', ')}} } }`,
  ],
  ['45 KB of tabs and keys', () => upTo('\ta: [\n', 45_000)],
  ['45 KB of brackets', () => upTo('[{', 45_000)],
  ['45 KB of wrong indentation', () => upTo('  a: b\n c: d\n', 45_000)],
  ['45 KB of keys, then an error', () => `${Array.from({ length: 5000 }, (_, index) => `k${index}: 1`).join('\n')}\n"`],
  [
    '10,000 removals of nothing in one map',
    () =>
      `fleet: a\nservices: { x: { source: x, env: {${Array.from({ length: 10_000 }, (_, index) => `A${index}: x`).join(', ')}} } }\nenvironments: { e: { services: { x: { env: {${Array.from({ length: 10_000 }, (_, index) => `B${index}: null`).join(', ')}} } } } }`,
  ],
];

/** Pieces of YAML thrown together, and bytes. */
function* noise(): Generator<Hostile> {
  const random = seeded(2);
  const PIECES = [
    'fleet: a',
    'services:',
    '\n',
    '\n  ',
    '\n    ',
    '- ',
    '? ',
    ': ',
    '[',
    ']',
    '{',
    '}',
    ', ',
    '&a ',
    '*a',
    '!t ',
    '|',
    '>',
    '"',
    "'",
    '#',
    '%',
    '@',
    '\t',
    '---',
    '...',
    '<<',
    'x',
    '1',
    '~',
    '\\',
  ];
  for (let round = 0; round < 150; round += 1) {
    const pieces = Array.from({ length: 5 + random(60) }, () => PIECES[random(PIECES.length)]);
    yield { name: `pieces ${round}`, content: pieces.join('') };
  }
  for (let round = 0; round < 40; round += 1)
    yield { name: `bytes ${round}`, content: Uint8Array.from({ length: 20 + random(400) }, () => random(256)) };
  for (let round = 0; round < 60; round += 1) {
    const bytes = Buffer.from(FULL);
    for (let change = 0; change < 8; change += 1) bytes[random(bytes.length)] = 32 + random(95);
    yield { name: `changed characters ${round}`, content: bytes, mayBeValid: true };
  }
}
