import { expect, test } from 'vitest';
import { isDue } from '../../src/health/is-due.ts';
import type { HealthState, HealthStatus, ProbeTarget } from '../../src/model/health.ts';

const at = Date.parse('2026-11-20T12:00:00Z');
const now = new Date(at);

function due(minutesAgo: number, status: HealthStatus, sleeps: boolean, ok = true): boolean {
  const last = { at: new Date(at - minutesAgo * 60_000).toISOString(), ok };
  const health = { instances: { 'service/api@render': { status, last } } } as unknown as HealthState;
  return isDue(
    { instance: 'service/api@render', ...(sleeps ? { sleeps } : {}) } as unknown as ProbeTarget,
    health,
    now,
  );
}

test('what may sleep is left to sleep while it is well, and asked once an hour', () => {
  expect(due(5, 'up', true)).toBe(false);
  expect(due(54, 'up', true)).toBe(false);
  expect(due(55, 'up', true)).toBe(true);
});

test('what is not well, not known, or kept awake is asked every time', () => {
  expect(due(5, 'suspect', true)).toBe(true);
  expect(due(5, 'down', true)).toBe(true);
  expect(due(5, 'up', true, false)).toBe(true);
  expect(due(5, 'up', false)).toBe(true);
  expect(isDue({ instance: 'service/api@render', sleeps: true } as unknown as ProbeTarget, undefined, now)).toBe(true);
});
