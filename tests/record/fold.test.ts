import { describe, expect, test } from 'vitest';
import { stateText } from '../../src/model/canonical.ts';
import type { JsonObject } from '../../src/model/resource.ts';
import { foldState } from '../../src/record/fold.ts';
import { readRecord } from '../../src/record/read-record.ts';
import { instance } from './fixtures.ts';

const ENVIRONMENT = 'production/environment.json';
const RESOURCE = 'production/resources/service/api.json';
const environment = (changes: object = {}) =>
  stateText({
    format: 1,
    fleet: 'acme',
    environment: 'production',
    serial: 3,
    commit: null,
    plan: null,
    applied: null,
    outcome: null,
    lease: null,
    ...changes,
  });
const resource = (changes: object = {}) =>
  stateText({
    format: 1,
    address: 'service/api',
    protect: false,
    dependsOn: [],
    instances: { local: instance('a') },
    ...changes,
  });
const fold = (files: Record<string, string>) => foldState(new Map(Object.entries(files)), 'production');

describe('folding the state', () => {
  test('takes the files of one environment', () => {
    const { environment: own, resources } = fold({
      'README.md': '# hi',
      [ENVIRONMENT]: environment(),
      [RESOURCE]: resource(),
      'staging/resources/service/web.json': resource({ address: 'service/web' }),
      'production/events/2026-11.ndjson': '{"id":"x"}\n',
    });
    expect(own?.serial).toBe(3);
    expect([...resources.keys()]).toEqual(['service/api']);
  });

  test('knows nothing of an environment without files', () => {
    expect(fold({})).toEqual({ environment: null, resources: new Map(), secrets: new Map() });
  });

  test.each([
    ['environment', { [ENVIRONMENT]: environment({ format: 2 }) }],
    ['resource', { [RESOURCE]: resource({ format: 99 }) }],
  ])('refuses a newer format of %s and says to update', (_, files) => {
    expect(() => fold(files)).toThrow(
      expect.objectContaining({ tag: 'unsupported', mend: expect.stringContaining('update') }),
    );
  });

  test.each([
    ['cut off', { [RESOURCE]: resource().slice(0, 40) }],
    ['a list', { [RESOURCE]: '[]' }],
    ['null', { [ENVIRONMENT]: 'null' }],
    ['without a format', { [RESOURCE]: '{}' }],
    ['of another resource', { [RESOURCE]: resource({ address: 'service/web' }) }],
    ['without an address', { [RESOURCE]: resource({ address: '../x' }) }],
    ['with an instance that is none', { [RESOURCE]: resource({ instances: { local: 7 } }) }],
    ['without a serial', { [ENVIRONMENT]: environment({ serial: 'x' }) }],
    [
      'with a lease that never expires',
      { [ENVIRONMENT]: environment({ lease: { run: 'r', acquired: 'then', expires: 'never' } }) },
    ],
    ['a merge left half done', { [ENVIRONMENT]: `<<<<<<< ours\n${environment()}` }],
  ])('a file that is %s is an error that names it', (_, files) => {
    const [path] = Object.keys(files) as [string];
    const position = expect.objectContaining({ file: path });
    expect(() => fold(files as never)).toThrow(
      expect.objectContaining({ tag: 'config', problems: [expect.objectContaining({ position })] }),
    );
  });

  test('older formats are brought forward, one step after the other', () => {
    const migrations = [
      (file: JsonObject): JsonObject => ({ ...file, steps: ['one'] }),
      (file: JsonObject): JsonObject => ({ ...file, steps: [...(file['steps'] as string[]), 'two'] }),
    ];
    expect(readRecord('x', '{"format":1}', migrations)).toEqual({ format: 3, steps: ['one', 'two'] });
    expect(readRecord('x', '{"format":2,"steps":[]}', migrations)).toEqual({ format: 3, steps: ['two'] });
  });
});
