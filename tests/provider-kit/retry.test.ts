import { describe, expect, test } from 'vitest';
import { CredentialError, TransientError } from '../../src/model/errors.ts';
import { createCircuitBreaker } from '../../src/provider-kit/circuit-breaker.ts';
import { createLimiter } from '../../src/model/limiter.ts';
import { withRetries, type RetryOptions } from '../../src/provider-kit/retry.ts';

function setting(changes: Partial<RetryOptions> = {}) {
  const waits: number[] = [];
  const delay = async (milliseconds: number) => void waits.push(milliseconds);
  const options: RetryOptions = { delay, random: () => 0, signal: new AbortController().signal, ...changes };
  return { waits, options };
}
/** Fails so many times, then gives the attempt. */
const flaky = (failures: number, error: () => Error) => (attempt: number) =>
  attempt > failures ? Promise.resolve(attempt) : Promise.reject(error());
const transient = (retryAfter?: number) => () =>
  new TransientError('busy', retryAfter === undefined ? {} : { retryAfter });

const fail = () => Promise.reject(new TransientError('down'));

describe('withRetries', () => {
  test('backs off until it succeeds', async () => {
    const { waits, options } = setting();
    expect(await withRetries(flaky(3, transient()), options)).toBe(4);
    expect(waits).toEqual([250, 500, 1000]);
  });
  test('gives up after the last retry with the last error', async () => {
    const { waits, options } = setting({ retries: 2 });
    await expect(withRetries(flaky(9, transient()), options)).rejects.toThrow('busy');
    expect(waits).toHaveLength(2);
  });
  test('waits as long as the other side asks, plus jitter, and not beyond patience', async () => {
    const { waits, options } = setting({ random: () => 0.5 });
    await withRetries(flaky(1, transient(7)), options);
    expect(waits).toEqual([7500]);
    await expect(withRetries(flaky(1, transient(3600)), options)).rejects.toThrow('busy');
  });
  test('tries nothing again that is not transient, nor after an interruption', async () => {
    const { waits, options } = setting();
    await expect(
      withRetries(
        flaky(1, () => new CredentialError('no')),
        options,
      ),
    ).rejects.toThrow('no');
    await expect(withRetries(flaky(1, transient()), { ...options, signal: AbortSignal.abort() })).rejects.toThrow(
      'busy',
    );
    expect(waits).toEqual([]);
  });
  test('an interruption ends the waiting', async () => {
    const stop = new AbortController();
    const { options } = setting({
      signal: stop.signal,
      delay: () => (queueMicrotask(() => stop.abort()), new Promise(() => {})),
    });
    await expect(withRetries(flaky(1, transient()), options)).rejects.toThrow('interrupted while waiting');
  });
});

function setUp() {
  let time = 0;
  const breaker = createCircuitBreaker({
    name: 'render',
    threshold: 3,
    coolDownSeconds: 10,
    now: () => new Date(time),
  });
  const open = async () => {
    for (let n = 0; n < 3; n += 1) await expect(breaker.run(fail)).rejects.toThrow('down');
  };
  return { breaker, open, pass: (seconds: number) => (time += seconds * 1000) };
}

describe('circuit breaker', () => {
  test('opens after failures in a row and then asks nobody', async () => {
    const { breaker, open, pass } = setUp();
    await open();
    pass(4);
    let asked = 0;
    await expect(breaker.run(async () => (asked += 1))).rejects.toMatchObject({
      tag: 'transient',
      message: expect.stringContaining('render'),
      retryAfter: 6,
    });
    expect([asked, breaker.state]).toEqual([0, 'open']);
  });
  test('a success or a refusal in between starts the count anew', async () => {
    const { breaker } = setUp();
    for (const between of [() => Promise.resolve(1), () => Promise.reject(new CredentialError('no'))]) {
      await Promise.allSettled([breaker.run(fail), breaker.run(fail)]);
      await Promise.allSettled([breaker.run(between)]);
    }
    await Promise.allSettled([breaker.run(fail), breaker.run(fail)]);
    expect(breaker.state).toBe('closed');
  });
  test('after the cool-down one call tries it: closed by success, open again by failure', async () => {
    const { breaker, open, pass } = setUp();
    await open();
    pass(10);
    const trial = breaker.run(fail);
    await expect(breaker.run(async () => 1)).rejects.toThrow('left alone');
    await expect(trial).rejects.toThrow('down');
    expect(breaker.state).toBe('open');
    pass(10);
    expect(await breaker.run(async () => 2)).toBe(2);
    expect(breaker.state).toBe('closed');
  });
  test('an open circuit is not retried', async () => {
    const { breaker, open } = setUp();
    await open();
    const { waits, options } = setting();
    await expect(withRetries(() => breaker.run(fail), options)).rejects.toThrow('left alone');
    expect(waits).toEqual([]);
  });
});

test('the limiter keeps order and never runs more at once than it may', async () => {
  const limit = createLimiter(3);
  let [running, most] = [0, 0];
  const order: number[] = [];
  const work = (n: number) => async () => {
    order.push(n);
    most = Math.max(most, (running += 1));
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    if (n % 4 === 0) throw new Error(`no ${n}`);
    return n;
  };
  const results = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => limit(work(n))));
  expect(most).toBe(3);
  expect(order).toEqual([...order].toSorted((a, b) => a - b));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(15);
});

test('the limiter frees places in the order of asking', async () => {
  const enter = createLimiter(2);
  const started: number[] = [];
  const finish: (() => void)[] = [];
  const work = [0, 1, 2, 3].map((index) =>
    enter(() => {
      started.push(index);
      return new Promise<void>((resolve) => (finish[index] = resolve));
    }),
  );
  await Promise.resolve();
  expect(started).toEqual([0, 1]);
  finish[1]?.();
  await work[1];
  await Promise.resolve();
  expect(started).toEqual([0, 1, 2]);
  finish[2]?.();
  await work[2];
  await Promise.resolve();
  finish[0]?.();
  finish[3]?.();
  await Promise.all(work);
  expect(started).toEqual([0, 1, 2, 3]);
});
