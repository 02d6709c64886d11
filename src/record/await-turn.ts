import { ConflictError } from '../model/errors.ts';
import type { Clock } from '../model/clock.ts';
import { foldEnvironment } from './fold.ts';
import { standing, type IsRunAlive } from './lease.ts';
import type { Store } from './store.ts';

export interface Turn {
  store: Store;
  environment: string;
  clock: Clock;
  signal: AbortSignal;
  isRunAlive: IsRunAlive;
  /** How long to wait in all; default an hour, so that a queue of applies gets through. */
  patienceSeconds?: number;
}

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;

/** Returns when the environment's lease is free or abandoned. ConflictError when that takes too long. */
export async function awaitTurn({
  store,
  environment,
  clock,
  signal,
  isRunAlive,
  patienceSeconds = 3600,
}: Turn): Promise<void> {
  // A pause may be longer than a cancelled run has left.
  const interrupted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const until = clock.now().getTime() + patienceSeconds * 1000;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    await Promise.race([clock.delay(pause * (0.5 + clock.random())), interrupted]);
    if (signal.aborted)
      throw new ConflictError(`interrupted while waiting for ${environment}`, {
        mend: 'nothing was changed; run it again',
      });
    const { files } = await store.readState(environment, 'shared');
    const { kind } = await standing(foldEnvironment(files, environment), '', clock.now(), isRunAlive);
    if (kind !== 'held') return;
    if (clock.now().getTime() > until)
      throw new ConflictError(`another run has held ${environment} for ${patienceSeconds} seconds`, {
        mend: `look at that run, or take the lease from it with flotilla unlock --env ${environment}`,
      });
  }
}
