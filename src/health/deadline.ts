/** Why something was ended before it had an answer. */
export class TooLate extends Error {}

/**
 * Runs something that calls back, with an end: after `limit` milliseconds, or when the signal says so, `stop` is called and
 * the promise is rejected, with TooLate or the signal's reason. What is called back after that is not heard.
 */
export function withDeadline<T>(
  { limit, signal }: { limit: number; signal: AbortSignal },
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => { stop(): void },
): Promise<T> {
  const stops = stopsOf(signal);
  return new Promise((resolve, reject) => {
    let running: { stop(): void } | undefined;
    const end = (): void => {
      clearTimeout(timer);
      stops.delete(abort);
    };
    const give = (error: unknown): void => {
      end();
      reject(error);
      running?.stop();
    };
    const abort = (): void => give(signal.reason);
    const timer = setTimeout(() => give(new TooLate()), limit);
    if (signal.aborted) return abort();
    stops.add(abort);
    try {
      running = start(
        (value) => {
          end();
          resolve(value);
        },
        (error) => {
          end();
          reject(error);
        },
      );
    } catch (error) {
      give(error);
    }
  });
}

/** What each signal ends: it has one listener however much that is, since adding and removing listeners is slow. */
const STOPS = new WeakMap<AbortSignal, Set<() => void>>();

function stopsOf(signal: AbortSignal): Set<() => void> {
  const known = STOPS.get(signal);
  if (known) return known;
  const stops = new Set<() => void>();
  STOPS.set(signal, stops);
  signal.addEventListener('abort', () => stops.forEach((stop) => stop()), { once: true });
  return stops;
}
