import { describe, expect, test } from 'vitest';
import type { StepOutcome } from '../../src/model/outcome.ts';
import type { Address } from '../../src/model/resource.ts';
import type { InstanceState, ResourceState } from '../../src/model/state.ts';
import { recordFacts, recordIntents, recordOutcomes } from '../../src/record/record-steps.ts';
import { instance, step, succeeded } from './fixtures.ts';

const AT = '2026-11-20T12:00:00.000Z';
const api = step('service/api');
const ended = (result: StepOutcome['result'], more: Partial<StepOutcome> = {}): StepOutcome => ({
  step: api,
  result,
  duration: 1,
  attempts: 1,
  ...more,
});
const local = (resources: Map<Address, ResourceState>): InstanceState | undefined =>
  resources.get('service/api')?.instances['local'];

describe('recording steps', () => {
  test('an intent is open until its outcome', () => {
    const resources = new Map<Address, ResourceState>();
    recordIntents(resources, [api], 'r1', AT);
    expect(local(resources)).toMatchObject({ id: null, hash: null, intent: { action: 'create', run: 'r1', at: AT } });
    recordOutcomes(resources, [succeeded(api)]);
    expect(local(resources)).toEqual(instance('service/api'));
  });

  test('a failure keeps what was known, says why, and success clears that', () => {
    const resources = new Map<Address, ResourceState>();
    recordOutcomes(resources, [succeeded(api)]);
    recordIntents(resources, [step('service/api', 'update')], 'r2', AT);
    recordOutcomes(resources, [
      { outcome: ended('failed', { failure: { tag: 'deploy', message: 'x'.repeat(9000) } }) },
    ]);
    expect(local(resources)).toEqual({ ...instance('service/api'), error: 'x'.repeat(2000) });
    recordOutcomes(resources, [succeeded(api)]);
    expect(local(resources)).not.toHaveProperty('error');
  });

  test("an interrupted step's intent stays open for the next run, also when its instance is told", () => {
    const resources = new Map<Address, ResourceState>();
    recordIntents(resources, [api], 'r1', AT);
    recordOutcomes(resources, [{ outcome: ended('interrupted') }]);
    expect(local(resources)?.intent).toMatchObject({ run: 'r1' });
    recordOutcomes(resources, [{ outcome: ended('interrupted'), instance: instance('a') }]);
    expect(local(resources)).toMatchObject({ id: 'a', intent: { run: 'r1' } });
  });

  test('a resource is forgotten with its last instance, not before', () => {
    const resources = new Map<Address, ResourceState>();
    const elsewhere = step('service/api', 'create', 'render');
    recordOutcomes(resources, [succeeded(api), succeeded(elsewhere)]);
    recordOutcomes(resources, [succeeded(api, null)]);
    expect(Object.keys(resources.get('service/api')?.instances ?? {})).toEqual(['render']);
    expect(recordOutcomes(resources, [succeeded(elsewhere, null)])).toEqual(new Set(['service/api']));
    expect(resources.size).toBe(0);
  });

  test('a skipped step of which nothing is known leaves no trace', () => {
    const resources = new Map<Address, ResourceState>();
    expect(recordOutcomes(resources, [{ outcome: ended('skipped') }]).size).toBe(0);
    expect(resources.size).toBe(0);
  });

  test('facts of the plan go with what is touched', () => {
    const resources = new Map<Address, ResourceState>();
    const touched = recordOutcomes(resources, [succeeded(api)]);
    recordFacts(
      resources,
      touched,
      new Map([['service/api' as Address, { protect: true, dependsOn: ['database/main' as Address] }]]),
    );
    expect(resources.get('service/api')).toMatchObject({ protect: true, dependsOn: ['database/main'] });
  });
});
