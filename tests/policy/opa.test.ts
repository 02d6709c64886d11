/** Policies in Rego: archives and results that nobody can trust, and threads that end. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { evaluateBundle, type Limits } from '../../src/opa/evaluate-bundle.ts';
import { memoryOf } from '../../src/opa/memory-of.ts';
import { readBundle } from '../../src/opa/read-bundle.ts';
import { readResult } from '../../src/opa/read-result.ts';
import { bundlesFor, withFacts } from '../../src/policy/evaluate.ts';
import { errors, read } from '../config/reading.ts';
import { archive, assemble, opaBundle, policy, tar, type Behaviour } from './opa-bundle.ts';

const wasm = policy({ 'flotilla/deny': { says: [] } });
const { signal } = new AbortController();

describe('the rule', () => {
  const rule = (opa: string) =>
    `fleet: acme\nservices: { a: { source: x } }\npolicy: { production: { opa: ${opa} } }\n`;

  test('has a bundle beside the config, an entrypoint, and facts', async () => {
    const { policy: rules } = await read(
      rule('[{ bundle: .flotilla/p.tar.gz, entrypoint: a/deny, facts: [permission, team:a/b] }]'),
    );
    expect(rules?.['production']?.opa).toEqual([
      { bundle: '.flotilla/p.tar.gz', entrypoint: 'a/deny', facts: ['permission', 'team:a/b'] },
    ]);
  });

  test.each([
    ['bundle: policy.tar.gz, entrypoint: a', 'a .tar.gz file in the folder .flotilla'],
    ['bundle: .flotilla/../policy.tar.gz, entrypoint: a', 'a .tar.gz file in the folder .flotilla'],
    ['bundle: .flotilla/a/policy.tar.gz, entrypoint: a', 'a .tar.gz file in the folder .flotilla'],
    ['bundle: https://x/policy.tar.gz, entrypoint: a', 'a .tar.gz file in the folder .flotilla'],
    ['bundle: .flotilla/policy.tar.gz', 'entrypoint'],
    ['bundle: .flotilla/policy.tar.gz, entrypoint: "a b"', 'an entrypoint such as'],
    ['bundle: .flotilla/policy.tar.gz, entrypoint: a, facts: [email]', 'permission, or team:'],
    ['bundle: .flotilla/policy.tar.gz, entrypont: a', 'did you mean'],
  ])('{ %s } is refused', async (given, why) => {
    expect((await errors(rule(`[{ ${given} }]`))).join('\n')).toMatch(new RegExp(`^flotilla.yml:3:.*${why}`, 'm'));
  });

  test('of an environment comes before that for all, and asks about people what it needs', async () => {
    const one = '[{ bundle: .flotilla/p.tar.gz, entrypoint: a/deny, facts: [team:a/b] }]';
    const { policy: rules = {} } = await read(rule(`[] }, '*': { opa: ${one}`));
    expect(bundlesFor({ policy: rules, environment: 'production' })).toEqual({
      path: 'policy.production.opa',
      value: [],
    });
    expect(bundlesFor({ policy: rules, environment: 'staging' })?.path).toBe('policy.*.opa');
    const asks = withFacts({ permission: false, teams: new Set() }, { policy: rules, environment: 'staging' });
    expect(asks).toEqual({ permission: false, teams: new Set(['a/b']) });
  });
});

describe('a result', () => {
  test.each<[entrypoint: string, result: unknown, denials: string[], warnings: string[]]>([
    ['flotilla/deny', [], [], []],
    ['flotilla/deny', ['no', { msg: 'never', code: 7 }, 'no'], ['no', 'never'], []],
    ['flotilla/deny', false, [], []],
    ['flotilla/deny', true, ['deny is true'], []],
    ['flotilla/violation_size', [''], ['it does not say why'], []],
    ['flotilla/warn', ['careful'], [], ['careful']],
    ['flotilla/allow', true, [], []],
    ['allow', false, ['allow is false'], []],
    [
      'flotilla',
      { deny: ['a'], deny_more: ['b'], violation: [{ msg: 'c' }], warn_x: ['d'], helper: 7 },
      ['a', 'b', 'c'],
      ['d'],
    ],
    ['flotilla', { allow: false, deny: [] }, ['allow is false'], []],
    ['flotilla', { allow: true, deny: ['no'] }, ['no'], []],
  ])('%s: %j', (entrypoint, result, denials, warnings) => {
    expect(readResult(entrypoint, result)).toEqual({ denials, warnings });
  });

  test.each<[entrypoint: string, result: unknown, why: string]>([
    ['flotilla/deny', undefined, 'is undefined'],
    ['flotilla/allow', undefined, 'is undefined'],
    ['flotilla/deny', null, 'not a set'],
    ['flotilla/deny', {}, 'not a set'],
    ['flotilla/deny', 'no', 'not a set'],
    ['flotilla/deny', ['no', 7], 'neither a text'],
    ['flotilla/deny', [{ message: 'no' }], 'neither a text'],
    ['flotilla/deny', [{ msg: null }], 'neither a text'],
    ['flotilla/warn', true, 'not a set'],
    ['flotilla/allow', 'true', 'neither true nor false'],
    ['flotilla/allow', [], 'neither true nor false'],
    ['flotilla/main', ['no'], 'nor a package'],
    ['flotilla/main', true, 'nor a package'],
    ['flotilla', {}, 'has neither deny'],
    ['flotilla', { warn: [] }, 'has neither deny'],
    ['flotilla', { denied: ['x'] }, 'has neither deny'],
    ['flotilla', { allow: true, deny: 7 }, 'deny is not a set'],
  ])('%s: %j is never a yes', (entrypoint, result, why) => {
    expect(readResult(entrypoint, result)).toContain(why);
  });

  test('hostile text comes out on one line, short, and not too often', () => {
    const deny = [
      `a\n::error::b\u001b[31m\u202ec\u0000`,
      'x'.repeat(5000),
      ...Array.from({ length: 40 }, (_, i) => `n${i}`),
    ];
    const { denials } = readResult('deny', deny) as { denials: string[] };
    expect(denials[0]).toBe('a ::error::b [31m c');
    expect(denials[1]).toHaveLength(501);
    expect(denials).toHaveLength(21);
    expect(denials.at(-1)).toBe('and 22 more');
  });
});

describe('a bundle', () => {
  test.each(['policy.wasm', '/policy.wasm', './policy.wasm'])('is read with %s and without the rest', async (name) => {
    const bytes = archive({ '/flotilla.rego': 'package flotilla', '../data.json': '{"a":1}', [name]: wasm });
    expect(await readBundle(bytes)).toEqual({ wasm: Buffer.from(wasm), data: {} });
    expect((await readBundle(opaBundle({}, { teams: ['ops'] }))).data).toEqual({ teams: ['ops'] });
  });

  const cut = tar([{ name: 'policy.wasm', content: wasm }]);
  const wrongSum = Buffer.from(cut).fill('x', 0, 1);
  test.each<[what: string, bytes: Uint8Array, why: string]>([
    ['nothing', Buffer.alloc(0), 'it is not a gzip file'],
    ['no gzip', Buffer.from('hello'), 'it is not a gzip file'],
    ['a gzip that is cut off', gzipSync(cut).subarray(0, 60), 'it is not a gzip file'],
    ['an empty one', gzipSync(''), 'it is empty'],
    ['no tar', gzipSync('x'.repeat(2000)), 'has no number'],
    ['a changed header', gzipSync(wrongSum), 'not what its sum says'],
    ['one without its end', gzipSync(cut.subarray(0, 600)), 'it ends in the middle'],
    ['one without end blocks', gzipSync(cut.subarray(0, -1024)), 'it ends in the middle'],
    ['a size that is not so', gzipSync(tar([{ name: 'x', content: '', size: 8 ** 11 - 1 }])), 'it ends in the middle'],
    ['no policy', archive({ '/data.json': '{}' }), 'it has no /policy.wasm'],
    ['a policy in a folder', archive({ 'a/policy.wasm': wasm }), 'it has no /policy.wasm'],
    ['a link', gzipSync(tar([{ name: '/policy.wasm', content: '', type: '2' }])), 'policy.wasm in it is not a file'],
    ['a folder', gzipSync(tar([{ name: 'data.json', content: '', type: '5' }])), 'data.json in it is not a file'],
    ['two', archive({ 'policy.wasm': wasm, '/policy.wasm': wasm }), 'policy.wasm is in it twice'],
    ['broken data', archive({ '/policy.wasm': wasm, '/data.json': '{' }), '/data.json in it is not JSON'],
    ['data that is no object', archive({ '/policy.wasm': wasm, '/data.json': '[1]' }), 'not a JSON object'],
    ['far too much in little', gzipSync(Buffer.alloc(33 * 1024 * 1024)), 'unpacked it has more than 33554432 bytes'],
  ])('with %s is refused', async (_, bytes, why) => {
    await expect(readBundle(bytes)).rejects.toMatchObject({
      tag: 'unsupported',
      message: expect.stringContaining(why),
    });
  });

  test('a policy gets its memory from us', () => {
    expect(memoryOf(wasm)).toBe(2);
    const imports =
      '(import "a" "t" (table 1 9 funcref)) (import "a" "g" (global i32)) (import "env" "memory" (memory 300 400))';
    expect(memoryOf(assemble(`(module ${imports})`))).toBe(300);
    expect(() => memoryOf(assemble('(module (memory 1))'))).toThrow('makes memory of its own');
    expect(() => memoryOf(assemble('(module)'))).toThrow('takes no memory');
    expect(() => memoryOf(Buffer.from('#!/bin/sh\n'))).toThrow('is not WebAssembly');
    for (let length = 0; length < 60; length++)
      expect(() => memoryOf(wasm.slice(0, length))).toThrow(/^\/policy\.wasm/);
  });
});

describe('a thread', () => {
  const ask = async (behaviour: Behaviour, limits: Partial<Limits> = {}, input: object = {}) =>
    evaluateBundle(
      await readBundle(opaBundle({ 'flotilla/other': 'fails', 'flotilla/deny': behaviour })),
      { entrypoint: 'flotilla/deny', input },
      signal,
      { time: 20_000, pages: 64, result: 1000, ...limits },
    );

  test('gives what the policy says of the input', async () => {
    const behaviour = { having: '"purpose":"destroy"', says: ['no'], otherwise: [] };
    expect(await ask(behaviour, {}, { purpose: 'destroy' })).toEqual(['no']);
    expect(await ask(behaviour, {}, { purpose: 'apply', padding: 'x'.repeat(500_000) })).toEqual([]);
    expect(await ask('is undefined')).toBeUndefined();
  });

  test.each<[behaviour: Behaviour, limits: Partial<Limits>, why: string]>([
    ['loops for ever', { time: 300 }, 'it took longer than 0.3 s and was stopped'],
    ['takes all memory', {}, 'unreachable'],
    ['fails', {}, 'unreachable'],
    [{ calls: 'http.send' }, {}, 'not implemented: built-in function 0: http.send'],
    [{ says: ['that is long'] }, { result: 20 }, 'at most 20 are read'],
    [{ says: [] }, { pages: 1 }, 'it wants 2 pages of memory; it may have 1'],
  ])('that %j is ended, and never says yes', async (behaviour, limits, why) => {
    await expect(ask(behaviour, limits)).rejects.toMatchObject({
      tag: 'unsupported',
      message: expect.stringContaining(why),
    });
  });

  test('names the entrypoints that there are, and takes nothing from the host but what the ABI gives', async () => {
    const at = (bytes: Uint8Array, entrypoint: string) =>
      evaluateBundle({ wasm: bytes, data: {} }, { entrypoint, input: {} }, signal);
    await expect(at(wasm, 'flotilla/allow')).rejects.toThrow(
      'it has no entrypoint flotilla/allow; it has flotilla/deny',
    );
    const asking = '(module (import "env" "memory" (memory 1)) (import "env" "fetch" (func)))';
    await expect(at(assemble(asking), 'x')).rejects.toThrow(/env.*fetch/);
    await expect(at(assemble('(module (import "env" "memory" (memory 1)))'), 'x')).rejects.toMatchObject({
      tag: 'unsupported',
    });
  });

  test('ends with the run', async () => {
    const run = new AbortController();
    const bundle = await readBundle(opaBundle({ x: 'loops for ever' }));
    const asked = evaluateBundle(bundle, { entrypoint: 'x', input: {} }, run.signal);
    run.abort(new Error('interrupted'));
    await expect(asked).rejects.toThrow('interrupted');
  });
});
