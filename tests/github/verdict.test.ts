import { describe, expect, test } from 'vitest';
import type { Answer } from '../../src/github/exchange.ts';
import { verdict } from '../../src/github/verdict.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const seconds = now.getTime() / 1000;
const attempt = { number: 0, repeatable: false, now, random: () => 1 };
const answer = (status: number, headers: Record<string, string> = {}, data: unknown = {}): Answer => ({
  kind: 'answer',
  status,
  headers,
  data,
});
const cut = (reached: boolean): Answer => ({ kind: 'cut', reached, message: 'socket hang up' });
const secondary = { message: 'You have exceeded a secondary rate limit. Please wait a few minutes.' };

describe('verdict', () => {
  test.each([
    ['200', answer(200)],
    ['404', answer(404)],
    [
      '403 without the permission',
      answer(403, { 'x-ratelimit-remaining': '900' }, { message: 'Resource not accessible by integration' }),
    ],
    ['GraphQL errors', answer(200, {}, { errors: [{ type: 'STALE_DATA', message: 'Expected branch to point to' }] })],
  ])('%s is final', (_, given) => expect(verdict(given, attempt)).toEqual({ kind: 'final' }));

  test.each([
    ['429 with retry-after', answer(429, { 'retry-after': '7' }), 7],
    ['403 with retry-after', answer(403, { 'retry-after': '9' }, secondary), 9],
    ['403 secondary, no time named', answer(403, {}, secondary), 60],
    ['primary limit', answer(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(seconds + 30) }), 31],
    [
      'primary limit, 429',
      answer(429, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(seconds + 30) }),
      31,
    ],
    [
      'GraphQL limit',
      answer(200, { 'x-ratelimit-reset': String(seconds + 5) }, { errors: [{ type: 'RATE_LIMITED', message: 'no' }] }),
      6,
    ],
    ['a connection that was never made', cut(false), 0.5],
  ])('%s was not done: wait, also with a write', (_, given, wait) =>
    expect(verdict(given, attempt)).toMatchObject({ kind: 'wait', seconds: wait }),
  );

  test.each([
    ['502', answer(502)],
    ['a cut connection', cut(true)],
    [
      'a GraphQL timeout',
      answer(200, {}, { errors: [{ message: 'Something went wrong while executing your query.' }] }),
    ],
  ])('%s may have been done', (_, given) => {
    expect(verdict(given, attempt)).toMatchObject({ kind: 'lost' });
    expect(verdict(given, { ...attempt, repeatable: true })).toMatchObject({ kind: 'wait', seconds: 0.5 });
    expect(verdict(given, { ...attempt, repeatable: true, number: 3, random: () => 0 })).toMatchObject({ seconds: 2 });
  });
});
