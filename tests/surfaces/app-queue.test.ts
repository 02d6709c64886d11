import { describe, expect, test } from 'vitest';
import { FairQueue } from '../../app/fair-queue.ts';
import { Seen } from '../../app/seen.ts';
import { keyOf, type Task } from '../../app/task.ts';

interface Item {
  lane: number;
  name: string;
  key?: string;
}

/** A queue whose work goes on until it is let go. */
function held({ concurrency = 1, perLane = 1, capacity = 100, laneCapacity = 100 } = {}) {
  const done: string[] = [];
  const failed: string[] = [];
  const waiting: { name: string; end: (error?: Error) => void }[] = [];
  let begun: (() => void) | undefined;
  const queue = new FairQueue<Item>({
    work: ({ name }, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
        const end = (error?: Error) => {
          done.push(name);
          if (error) reject(error);
          else resolve();
        };
        waiting.push({ name, end });
        begun?.();
      }),
    failed: ({ name }, error) => failed.push(`${name}: ${(error as Error).message}`),
    lane: ({ lane }) => lane,
    key: ({ key }) => key,
    concurrency,
    perLane,
    capacity,
    laneCapacity,
  });
  /** Ends the next piece of work, once there is one. */
  const next = async (error?: Error) => {
    if (waiting.length === 0) await new Promise<void>((resolve) => (begun = resolve));
    waiting.shift()?.end(error);
  };
  return { queue, done, failed, next, waiting };
}

const items = (lane: number, ...names: string[]): Item[] => names.map((name) => ({ lane, name }));

describe('the queue', () => {
  test('lanes take turns, whoever came first', async () => {
    const { queue, done, next } = held();
    for (const item of [...items(1, 'a1', 'a2', 'a3', 'a4'), ...items(2, 'b1', 'b2'), ...items(3, 'c1')])
      queue.add(item);
    for (let count = 0; count < 7; count++) await next();
    await queue.idle();
    expect(done).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
  });

  test('a lane never takes more than its share of the places', async () => {
    const { queue, next, waiting } = held({ concurrency: 3, perLane: 2 });
    for (const item of items(1, 'a1', 'a2', 'a3')) queue.add(item);
    expect(queue.load).toEqual({ waiting: 1, running: 2 });
    queue.add({ lane: 2, name: 'b1' });
    expect(queue.load).toEqual({ waiting: 1, running: 3 });
    for (let count = 0; count < 4; count++) await next();
    await queue.idle();
    expect(waiting).toEqual([]);
  });

  test('what waits is replaced by what is newer, what runs is not', async () => {
    const { queue, done, next } = held();
    expect(queue.add({ lane: 1, name: 'plan of 1', key: 'pr' })).toBe('queued');
    expect(queue.add({ lane: 1, name: 'plan of 2', key: 'pr' })).toBe('queued');
    expect(queue.add({ lane: 1, name: 'plan of 3', key: 'pr' })).toBe('superseded');
    await next();
    await next();
    await queue.idle();
    expect(done).toEqual(['plan of 1', 'plan of 3']);
  });

  test('it is bounded, in all and by lane', () => {
    const { queue } = held({ capacity: 3, laneCapacity: 2 });
    expect(items(1, 'runs', 'a', 'b', 'c').map((item) => queue.add(item))).toEqual([
      'queued',
      'queued',
      'queued',
      'full',
    ]);
    expect(items(2, 'd', 'e').map((item) => queue.add(item))).toEqual(['queued', 'full']);
  });

  test('a failure ends nothing else', async () => {
    const { queue, done, failed, next } = held();
    for (const item of items(1, 'a', 'b')) queue.add(item);
    await next(new Error('no'));
    await next();
    await queue.idle();
    expect(done).toEqual(['a', 'b']);
    expect(failed).toEqual(['a: no']);
  });

  test('stopping finishes what it can', async () => {
    const { queue, done, next } = held();
    for (const item of items(1, 'a', 'b')) queue.add(item);
    const stopped = queue.stop(new Promise(() => {}));
    expect(queue.add({ lane: 1, name: 'late' })).toBe('full');
    await next();
    await next();
    expect(await stopped).toBe(0);
    expect(done).toEqual(['a', 'b']);
  });

  test('stopping gives up what takes too long, and says how much', async () => {
    const { queue, done, failed } = held();
    for (const item of items(1, 'a', 'b', 'c')) queue.add(item);
    expect(await queue.stop(new Promise((resolve) => setImmediate(resolve)))).toBe(3);
    await queue.idle();
    expect(done).toEqual([]);
    expect(failed).toEqual(['a: the App is shutting down']);
  });
});

test('only the newest words are remembered', () => {
  const seen = new Seen(2);
  for (const word of ['a', 'b', 'a', 'c']) seen.add(word);
  expect(['a', 'b', 'c'].map((word) => seen.has(word))).toEqual([true, false, true]);
  expect(seen.size).toBe(2);
});

test('a plan is replaced by one of the same pull request only', () => {
  const place = { installation: 1, owner: 'acme', repo: 'fleet' };
  const plan = (pull: number, commit: string): Task => ({ kind: 'plan', place, pull, base: 'main', commit });
  expect(keyOf(plan(7, 'one'))).toBe(keyOf(plan(7, 'two')));
  expect(keyOf(plan(7, 'one'))).not.toBe(keyOf(plan(8, 'one')));
  expect(keyOf(plan(0, 'one'))).not.toBe(keyOf(plan(0, 'two')));
  expect(keyOf({ ...plan(7, 'one'), place: { ...place, repo: 'other' } })).not.toBe(keyOf(plan(7, 'one')));
});
