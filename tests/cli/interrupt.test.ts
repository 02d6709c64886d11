import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { interruptible } from '../../src/cli/interrupt.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function interrupted() {
  const exits: number[] = [];
  const process = Object.assign(new EventEmitter(), { exit: (code: number) => exits.push(code) });
  const interrupt = interruptible(process as unknown as NodeJS.Process, () => {});
  return { ...interrupt, exits, signalled: () => process.emit('SIGINT', 'SIGINT') };
}

test('a command has some seconds to record what it did, and then the process ends', () => {
  const { signal, exits, signalled } = interrupted();
  signalled();
  expect(signal.aborted).toBe(true);
  expect(exits).toEqual([]);
  vi.advanceTimersByTime(5_000);
  expect(exits).toEqual([130]);
});

test('one that must take away what it started ends in its own time, or at once when it is told again', () => {
  const { unhurried, exits, signalled } = interrupted();
  unhurried();
  signalled();
  vi.advanceTimersByTime(600_000);
  expect(exits).toEqual([]);
  signalled();
  expect(exits).toEqual([130]);
});
