import { createLimiter } from '../model/limiter.ts';
import type { Account, StepRun } from './provider.ts';
import { withRetries } from './retry.ts';

export interface Uploading<T> {
  items: readonly T[];
  /** Sends one. Must be idempotent: it is tried again after a transient failure, because what came before took long. */
  upload(item: T): Promise<void>;
  /** Bytes. */
  size(item: T): number;
  /** Files that one stands for, where several are sent together. Default 1. */
  count?(item: T): number;
  /** How many there are with those that the provider has already. */
  total: number;
  /** At once. Default 8. */
  concurrency?: number;
  account: Pick<Account, 'delay'>;
  run: StepRun;
}

/** Uploads concurrently and tells how far it is, at most ten times. When one fails for good no further one is begun. */
export async function uploadFiles<T>({
  items,
  upload,
  size,
  total,
  count = () => 1,
  concurrency = 8,
  account,
  run,
}: Uploading<T>) {
  if (items.length === 0) return run.progress(`nothing to upload: all ${total} files are there`);
  const all = items.reduce((sum, item) => sum + size(item), 0);
  const files = items.reduce((sum, item) => sum + count(item), 0);
  run.progress(`uploading ${files} of ${total} files (${readable(all)})`);
  const limited = createLimiter(concurrency);
  const pausing = { delay: account.delay, signal: run.signal, random: Math.random };
  let [done, sent, uploaded, failed] = [0, 0, 0, false];
  const step = Math.ceil(items.length / 10);
  const results = await Promise.allSettled(
    items.map((item) =>
      limited(async () => {
        if (failed) return;
        try {
          await withRetries(() => upload(item), pausing);
        } catch (error) {
          failed = true;
          throw error;
        }
        [done, sent, uploaded] = [done + 1, sent + size(item), uploaded + count(item)];
        if (done % step === 0 && done < items.length)
          run.progress(`uploaded ${uploaded} of ${files} files (${readable(sent)} of ${readable(all)})`);
      }),
    ),
  );
  const lost = results.find((result) => result.status === 'rejected');
  if (lost) throw lost.reason;
}

function readable(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
