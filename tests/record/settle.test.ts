import { expect, test } from 'vitest';
import { isSettled, settle } from '../../src/record/record-steps.ts';
import { applied, graphOf, resource } from '../flow/fleet.ts';

const web = resource('site/web');
const facts = (protect: boolean) => new Map([['site/web' as const, { protect, dependsOn: [] }]]);
const environment = {
  format: 1,
  fleet: 'acme',
  environment: 'production',
  serial: 1,
  commit: null,
  plan: null,
  applied: null,
  lease: null,
};

test('the record is behind when the last apply failed, an error is left, or the config says another thing besides', () => {
  const { recorded } = applied(graphOf(web));
  const state = (outcome: 'succeeded' | 'failed' | null) => ({ ...recorded, environment: { ...environment, outcome } });
  expect(isSettled(state('succeeded'), facts(false))).toBe(true);
  expect(isSettled(state(null), facts(false))).toBe(true);
  expect(isSettled(state('failed'), facts(false))).toBe(false);
  expect(isSettled(state('succeeded'), facts(true))).toBe(false);
  Object.assign(recorded.resources.get('site/web')?.instances['one'] ?? {}, { error: 'it did not start' });
  expect(isSettled(state('succeeded'), facts(false))).toBe(false);
  expect([...settle(recorded.resources, facts(false))]).toEqual(['site/web']);
  expect(isSettled(state('succeeded'), facts(false))).toBe(true);
});
