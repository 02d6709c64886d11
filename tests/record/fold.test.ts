import { describe, expect, test } from 'vitest';
import { stateText } from '../../src/model/canonical.ts';
import type { JsonObject } from '../../src/model/resource.ts';
import { foldState } from '../../src/record/fold.ts';
import { foldIncidents } from '../../src/record/fold-health.ts';
import { readRecord } from '../../src/record/read-record.ts';
import { json } from '../../src/record/shape.ts';
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

  test('a file in which anything is of another type is refused, whoever wrote it, and nothing breaks over it', () => {
    const at = '2026-11-20T12:00:00.000Z';
    const full: Record<string, JsonObject> = {
      [ENVIRONMENT]: {
        ...JSON.parse(environment({ commit: 'c', plan: 'p', applied: at, outcome: 'failed', ways: 'w' })),
        approvals: [{ plan: 'p', actor: 'ada', at }],
        lease: { run: 'r', token: 't', actor: 'ada', acquired: at, expires: at, commits: ['c'] },
      },
      [RESOURCE]: JSON.parse(resource({ dependsOn: ['database/main'] })),
      'production/health.json': {
        format: 1,
        checked: at,
        rolledUp: at,
        instances: {
          'service/api@local': {
            status: 'up',
            since: at,
            failures: 0,
            successes: 2,
            failingSince: at,
            turns: [at],
            latency: 7,
            last: {
              at,
              ok: true,
              milliseconds: 7,
              tries: 1,
              problem: 'x',
            },
          },
        },
        beats: { 'job/nightly': at },
        breakers: { local: { failures: 3, until: at } },
        avoid: { 'service/api': [{ provider: 'local', since: at, because: 'x', incident: 'i', back: 'auto' }] },
        prefer: { 'service/api': 'local' },
        heals: [{ at, resource: 'service/api', action: 'move', from: 'local', incident: 'i' }],
        quiet: { every: 5, instances: ['service/api@local'], runs: [[1, 2]] },
      },
      'production/incidents/open/i.json': {
        format: 1,
        id: 'i',
        environment: 'production',
        kind: 'down',
        subject: 'service/api',
        title: 'x',
        cause: 'x',
        began: at,
        opened: at,
        recovered: at,
        closed: at,
        resources: ['service/api'],
        dependants: ['site/web'],
        timeline: [
          {
            at,
            text: 'x',
          },
        ],
        position: {
          file: 'x',
          line: 1,
        },
        failedProbes: 1,
        muted: 'x',
        issue: 7,
        publisher: {
          run: 'r',
          until: at,
        },
        told: 'x',
      },
    };
    const texts = (change: Record<string, unknown> = {}) =>
      new Map(Object.entries({ ...full, ...change }).map(([path, file]) => [path, JSON.stringify(file)]));
    const read = (files: Map<string, string>) => [foldState(files, 'production'), foldIncidents(files, 'production')];
    expect(() => read(texts())).not.toThrow();
    const [letBe, broken]: [string[], unknown[]] = [[], []];
    for (const [path, file] of Object.entries(full))
      for (const { where, changed } of otherTypes(file))
        try {
          read(texts({ [path]: changed }));
          letBe.push(where);
        } catch (error) {
          if ((error as { tag?: string }).tag !== 'config') broken.push([path, where, error]);
        }
    expect(broken).toEqual([]);
    // What an apply wrote for a provider has the shape that the provider gave it; the rest is for people.
    const loose = /^(fleet|environment)$|\.spec\.|\.last\.tries$|\.line$/;
    expect(letBe.filter((where) => !loose.test(where))).toEqual([]);
  });

  test('older formats are brought forward, one step after the other', () => {
    const migrations = [
      (file: JsonObject): JsonObject => ({ ...file, steps: ['one'] }),
      (file: JsonObject): JsonObject => ({ ...file, steps: [...(file['steps'] as string[]), 'two'] }),
    ];
    expect(readRecord('x', '{"format":1}', json, migrations)).toEqual({ format: 3, steps: ['one', 'two'] });
    expect(readRecord('x', '{"format":2,"steps":[]}', json, migrations)).toEqual({ format: 3, steps: ['two'] });
  });
});

/** The value with each part of it in turn replaced by one of every other type. */
function* otherTypes(value: unknown, where = ''): Generator<{ where: string; changed: unknown }> {
  const typeOf = (one: unknown): string => (Array.isArray(one) ? 'list' : one === null ? 'null' : typeof one);
  for (const other of [7, 'x', [], {}, true]) if (typeOf(other) !== typeOf(value)) yield { where, changed: other };
  if (value === null || typeof value !== 'object') return;
  for (const [key, item] of Object.entries(value))
    for (const { where: within, changed } of otherTypes(item, where ? `${where}.${key}` : key)) {
      const copy = structuredClone(value) as Record<string, unknown>;
      copy[key] = changed;
      yield { where: within, changed: copy };
    }
}
