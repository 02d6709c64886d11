import { describe, expect, test } from 'vitest';
import { nextBreakers, resting } from '../../src/health/next-breakers.ts';

const ACCOUNTS = new Set(['east', 'west']);
const at = (minute: number) => new Date(Date.UTC(2026, 10, 20, 12, minute)).toISOString();
const silent = new Map([['east', false]]);
const there = new Map([['east', true]]);

describe('circuits between runs', () => {
  test('the longer an account does not answer, the longer it is left alone, an hour at most', () => {
    let [breakers, minute] = [{}, 0];
    const rests: number[] = [];
    for (let look = 0; look < 7; look += 1) {
      breakers = nextBreakers(breakers, silent, ACCOUNTS, at(minute));
      const until = resting({ breakers }, at(minute)).get('east') as string;
      rests.push((Date.parse(until) - Date.parse(at(minute))) / 60_000);
      minute += rests.at(-1) as number;
    }
    expect(rests).toEqual([1, 10, 20, 40, 60, 60, 60]);
  });

  test('one answer is enough to trust it again', () => {
    const breakers = nextBreakers({}, silent, ACCOUNTS, at(0));
    expect(nextBreakers(breakers, there, ACCOUNTS, at(5))).toEqual({});
  });

  test('of one that was not asked nothing new is known; one that left the config is forgotten', () => {
    const breakers = nextBreakers({}, silent, ACCOUNTS, at(0));
    expect(nextBreakers(breakers, new Map(), ACCOUNTS, at(5))).toEqual(breakers);
    expect(nextBreakers(breakers, new Map(), new Set(['west']), at(5))).toEqual({});
  });

  test('runs at the same time count it once', () => {
    const breakers = nextBreakers({}, silent, ACCOUNTS, at(0));
    expect(nextBreakers(breakers, silent, ACCOUNTS, at(0))).toEqual(breakers);
  });

  test('whose time is over is asked again', () => {
    const breakers = nextBreakers({}, silent, ACCOUNTS, at(0));
    expect(resting({ breakers }, at(1)).size).toBe(0);
    expect(resting({}, at(1)).size).toBe(0);
  });
});
