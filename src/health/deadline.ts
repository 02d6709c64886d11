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
  return new Promise((resolve, reject) => {
    let running: { stop(): void } | undefined;
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
    const give = (error: unknown): void => {
      end();
      reject(error);
      running?.stop();
    };
    const abort = (): void => give(signal.reason);
    const timer = setTimeout(() => give(new TooLate()), limit);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
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
