import { expect, test } from 'vitest';
import { TransientError } from '../../src/model/errors.ts';
import type { Phase } from '../../src/model/phase.ts';
import { waitUntilLive, type Waiting } from '../../src/provider-kit/wait-until-live.ts';

/** Waits for something that goes through these phases and then stays in the last. */
function wait(phases: Phase[], changes: Partial<Waiting<Phase>> = {}) {
  const waits: number[] = [];
  const told: string[] = [];
  const work = waitUntilLive<Phase>(phases[0]!, {
    what: 'service/api',
    poll: async () => (phases.length > 1 ? phases.splice(0, 2)[1]! : phases[0]!),
    phase: (value) => value,
    log: async () => ['the last line'],
    restored: () => true,
    progress: (message) => told.push(message),
    delay: async (milliseconds) => void waits.push(milliseconds / 1000),
    signal: new AbortController().signal,
    timeoutSeconds: 20,
    ...changes,
  });
  return { work, waits, told };
}

test('what is live already is not waited for, and sleeping is as good', async () => {
  for (const phase of ['live', 'sleeping'] as const) {
    const { work, waits } = wait([phase]);
    expect([await work, waits]).toEqual([phase, []]);
  }
});

test.each(['failed', 'canceled', 'superseded', 'removed'] as const)('%s is the end, with the log', async (phase) => {
  const { work } = wait(['building', phase]);
  await expect(work).rejects.toMatchObject({ tag: 'deploy', log: ['the last line'], restored: true });
});

test('each phase is told once, waits grow to ten times the first, and the time-out ends it', async () => {
  const { work, waits, told } = wait(['unknown']);
  await expect(work).rejects.toMatchObject({ tag: 'deploy', message: 'service/api was not live after 20 s (unknown)' });
  expect(told).toEqual(['unknown']);
  expect(waits.slice(0, 3)).toEqual([0.5, 0.75, 1.125]);
  expect(Math.max(...waits)).toBe(5);
});

test('a log that cannot be had does not hide the failure', async () => {
  const { work } = wait(['failed'], { log: () => Promise.reject(new TransientError('busy')) });
  await expect(work).rejects.toMatchObject({ tag: 'deploy', log: [] });
});

test('an interruption ends the waiting at once', async () => {
  const stop = new AbortController();
  const delay = () => (queueMicrotask(() => stop.abort()), new Promise<void>(() => {}));
  await expect(wait(['building'], { signal: stop.signal, delay }).work).rejects.toMatchObject({ tag: 'transient' });
});
