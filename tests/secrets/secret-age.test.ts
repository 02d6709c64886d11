import { expect, test } from 'vitest';
import { ageOf, isOverdue } from '../../src/secrets/secret-age.ts';

const changed = '2026-11-21T10:00:00Z';
const days = (count: number) => new Date(Date.parse(changed) + count * 86_400_000);

test.each([
  [undefined, 9999, false],
  ['30d', 30, false],
  ['30d', 30.1, true],
  ['2w', 14, false],
  ['2w', 14.1, true],
])('with %s after %s days overdue: %s', (rotate, age, overdue) => {
  expect(isOverdue({ changed, ...(rotate ? { rotate } : {}) }, days(age))).toBe(overdue);
});

test('what was changed by a clock that is ahead is not younger than new', () => {
  expect(ageOf({ changed }, days(-1))).toBe(0);
  expect(ageOf({ changed }, days(1))).toBe(86_400);
});
