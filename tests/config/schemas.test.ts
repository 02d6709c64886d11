import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { CORE_SCHEMA, load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import type * as z from 'zod/mini';
import { configReference } from '../../src/config/config-reference.ts';
import type { event } from '../../src/config/documents/event.ts';
import type { plan } from '../../src/config/documents/plan.ts';
import type { policyInput } from '../../src/config/documents/policy-input.ts';
import type { environmentState, resourceState } from '../../src/config/documents/state.ts';
import { produceSchemas } from '../../src/config/schemas.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { PolicyInput } from '../../src/model/policy-input.ts';
import type { EnvironmentState, Event, ResourceState } from '../../src/model/state.ts';
import { corpus } from '../flow/hostile-corpus.ts';
import { FULL, read } from './reading.ts';

const ROOT = join(import.meta.dirname, '../..');

/** The schemas of documents are the interfaces of the model, both ways; the compiler says so. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
const SAME: {
  plan: Same<z.output<typeof plan>, Plan>;
  policyInput: Same<z.output<typeof policyInput>, PolicyInput>;
  environment: Same<z.output<typeof environmentState>, EnvironmentState>;
  resource: Same<z.output<typeof resourceState>, ResourceState>;
  event: Same<z.output<typeof event>, Event>;
} = { plan: true, policyInput: true, environment: true, resource: true, event: true };

function validator(name: string): ValidateFunction {
  const product = produceSchemas().find(({ path }) => path === `schemas/${name}.schema.json`);
  return new Ajv({ allErrors: true, strict: true, allowUnionTypes: true, validateFormats: true }).compile(
    JSON.parse(product?.text ?? '') as object,
  );
}

describe('generated files', () => {
  test('are not stale', () => {
    for (const { path, text } of produceSchemas()) expect(readFileSync(join(ROOT, path), 'utf8'), path).toBe(text);
  });

  test('the command tells', () => {
    execFileSync(process.execPath, ['src/generate.ts', '--check'], { cwd: ROOT, stdio: 'pipe' });
  });
});

describe('the schema of flotilla.yml', () => {
  const valid = validator('config');

  test('accepts the full example', () => {
    valid(load(FULL, { schema: CORE_SCHEMA }));
    expect(valid.errors ?? []).toEqual([]);
  });

  test('refuses what an editor should mark', () => {
    for (const wrong of [
      {},
      { fleet: 'A' },
      { fleet: 'a', services: { x: {} } },
      { fleet: 'a', services: { x: { source: 'x', prt: 1 } } },
      { fleet: 'a', services: { x: { source: 'x', port: '80' } } },
      { fleet: 'a', services: { X: { source: 'x' } } },
      { fleet: 'a', environments: { e: { services: { x: { prt: 1 } } } } },
      { fleet: 'a', jobs: { x: { command: 'x', every: '5' } } },
    ])
      expect(valid(wrong), JSON.stringify(wrong)).toBe(false);
  });

  test('never marks what the product accepts', { timeout: 120_000 }, async () => {
    let accepted = 0;
    for (const { name, content, mayBeValid } of corpus()) {
      // JSON knows no NaN; in a text it is text.
      if (!mayBeValid || name.endsWith('.nan')) continue;
      const config = await read(content).catch(() => undefined);
      if (!config) continue;
      accepted += 1;
      const value = load(typeof content === 'string' ? content : Buffer.from(content).toString(), {
        schema: CORE_SCHEMA,
      });
      valid(value);
      expect(valid.errors ?? [], name).toEqual([]);
    }
    expect(accepted).toBeGreaterThan(30);
  });

  test('says of every key what it means', () => {
    const bare: string[] = [];
    const visit = (schema: unknown, path: string): void => {
      if (schema === null || typeof schema !== 'object') return;
      const { properties } = schema as { properties?: Record<string, { description?: string; $ref?: string }> };
      for (const [key, value] of Object.entries(properties ?? {}))
        if (!value.description && !value.$ref) bare.push(`${path}.${key}`);
      for (const [key, value] of Object.entries(schema)) visit(value, key === 'properties' ? path : `${path}.${key}`);
    };
    visit(valid.schema, '');
    expect(bare).toEqual([]);
  });
});

describe('the reference', () => {
  test('has a row for every key of the full example', () => {
    const rows = configReference();
    for (const key of [
      'fleet',
      'environments.<name>.ttl',
      'services.<name>.health.fail_after',
      'services.<name>.failover.cool_down',
      'jobs.<name>.health.heartbeat',
      '<kind>.<name>.drift',
      'incidents.webhook.url',
      'maintenance[].from',
      'sites.<name>.redirects[].to',
      'domains.<name>.records[].ttl',
      '<kind>.<name>.place.on',
    ])
      expect(rows).toContain(`| \`${key}\` |`);
    expect(rows).not.toContain('databases.<name>.failover');
  });

  test('is well-formed markdown: four cells a row', () => {
    for (const line of configReference().split('\n').filter(Boolean))
      expect(line.replaceAll('\\|', '').split('|'), line).toHaveLength(6);
  });
});

describe('the schemas of documents', () => {
  test('are the model’s interfaces', () => {
    expect(Object.values(SAME)).toEqual([true, true, true, true, true]);
  });

  test('accept a document and refuse another', () => {
    const document: Plan = {
      format: 1,
      fleet: 'acme',
      environment: 'production',
      commit: null,
      fingerprint: 'f',
      steps: [
        {
          id: 'service/api@local',
          resource: 'service/api',
          provider: 'local',
          action: 'create',
          because: 'it does not exist',
          diff: [{ path: 'port', to: 8080 }],
          after: [],
          position: { file: 'flotilla.yml', line: 3, column: 3 },
        },
      ],
      unchanged: 0,
      placement: { 'service/api': [{ provider: 'local', replicas: 1, because: 'the only one' }] },
      warnings: [],
      blocks: [],
      unread: [],
      basis: 'live',
      hash: 'h',
    };
    const valid = validator('plan');
    valid(document);
    expect(valid.errors ?? []).toEqual([]);
    expect(valid({ ...document, steps: [{ ...document.steps[0], id: 'api' }] })).toBe(false);
    expect(valid({ ...document, extra: 1 })).toBe(false);
  });

  test('state and journal', () => {
    const event: Event = {
      id: '1',
      at: '2026-11-01T00:00:00Z',
      kind: 'apply.started',
      environment: 'p',
      actor: 'a',
      run: 'r',
      commit: null,
    };
    const environment: EnvironmentState = {
      format: 1,
      fleet: 'a',
      environment: 'p',
      serial: 1,
      commit: null,
      plan: null,
      applied: null,
      outcome: null,
      lease: null,
    };
    const resource: ResourceState = { format: 1, address: 'site/web', protect: false, dependsOn: [], instances: {} };
    expect(validator('event')(event)).toBe(true);
    expect(validator('event')({ ...event, kind: 'other' })).toBe(false);
    expect(validator('state')(environment)).toBe(true);
    expect(validator('state')(resource)).toBe(true);
    expect(validator('state')({ ...resource, serial: 1 })).toBe(false);
  });
});
