import { factsOfError, type Log } from './log.ts';

/** Runs `sweep` at once and then every so often, never two at a time; a sweep that fails is tried again at the next turn. */
export function startSweeper({
  sweep,
  every,
  log,
}: {
  sweep: (first: boolean) => Promise<void>;
  /** Milliseconds. */
  every: number;
  log: Log;
}): { stop(): void } {
  let first = true;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const turn = async (): Promise<void> => {
    try {
      await sweep(first);
      first = false;
    } catch (error) {
      if (!stopped) log.warn(factsOfError(error), 'sweep failed');
    }
    if (stopped) return;
    timer = setTimeout(() => void turn(), first ? Math.min(every, RETRY) : every);
    timer.unref();
  };
  void turn();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** Until the first sweep has succeeded; milliseconds. */
const RETRY = 60_000;
