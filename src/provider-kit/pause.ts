import { TransientError } from '../model/errors.ts';

export interface Pausing {
  /** Milliseconds; production is `setTimeout`, tests do not wait. */
  delay(milliseconds: number): Promise<void>;
  signal: AbortSignal;
}

/** Waits, or ends at once with a TransientError when the signal does. */
export async function pause(milliseconds: number, { delay, signal }: Pausing): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const interrupted = () => reject(new TransientError('interrupted while waiting', { cause: signal.reason }));
  if (signal.aborted) interrupted();
  signal.addEventListener('abort', interrupted, { once: true });
  try {
    await Promise.race([promise, delay(milliseconds)]);
  } finally {
    signal.removeEventListener('abort', interrupted);
  }
}
