import { deliveries, installations, installedRepositories, redeliver, systemClock, type GitHub } from '../src/index.ts';
import { RIGHTS, type Access } from './access.ts';
import { factsOfError, type Log } from './log.ts';
import { concerns } from './subscribe.ts';
import type { Task } from './task.ts';

export interface SweepOptions {
  access: Access;
  enqueue: (task: Task) => 'taken' | 'full';
  log: Log;
  signal: AbortSignal;
  /** When this process began to take webhooks in. */
  started: Date;
  /** Milliseconds between two requests for redelivery. */
  pause: number;
}

export interface SweepResult {
  redelivered: number;
  repositories: number;
}

/** GitHub keeps deliveries for three days. */
const KEPT = 3 * 24 * 3_600_000;
/** What was taken in so shortly before a start may have been lost with the process that took it; milliseconds. */
const LOST = 10 * 60_000;
/** A delivery that failed so often is left alone. */
const MOST_ATTEMPTS = 3;
const MOST_REDELIVERIES = 100;
const MOST_REPOSITORIES = 2_000;

/**
 * Compares what is with what should be, because the App remembers nothing: deliveries that failed are asked for again,
 * once each a sweep; so is, by the first sweep of a process, what its forerunner took in and perhaps never did; and every
 * repository's open pull requests are looked at for a missing plan check.
 */
export async function sweep(first: boolean, options: SweepOptions): Promise<SweepResult> {
  const app = options.access.app(options.signal);
  const [redelivered, repositories] = await Promise.all([redeliverLost(app, first, options), lookAtAll(app, options)]);
  options.log.info({ redelivered, repositories }, 'swept');
  return { redelivered, repositories };
}

/** Has every repository looked at; gives their number. */
async function lookAtAll(app: GitHub, { access, enqueue, log, signal }: SweepOptions): Promise<number> {
  let repositories = 0;
  for (const { id, suspended_at } of await installations(app)) {
    if (suspended_at !== null) continue;
    // One installation in trouble does not keep the others waiting.
    try {
      for (const place of await installedRepositories(access.installation(id, RIGHTS.list, signal))) {
        if (repositories === MOST_REPOSITORIES) return repositories;
        if (enqueue({ kind: 'catch-up', place: { installation: id, ...place } }) === 'full') break;
        repositories += 1;
      }
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ installation: id, ...factsOfError(error) }, 'could not be swept');
    }
  }
  return repositories;
}

async function redeliverLost(app: GitHub, first: boolean, options: SweepOptions): Promise<number> {
  const { signal, log, pause } = options;
  const started = options.started.getTime();
  const found = await deliveries(app, new Date(Date.now() - KEPT));
  const lost = found.filter((delivery) => {
    const matters = concerns(delivery);
    if (!matters) return false;
    if (!delivery.arrived) return delivery.attempts < MOST_ATTEMPTS;
    const at = Date.parse(delivery.delivered_at);
    return first && matters === 'once' && at >= started - LOST && at < started;
  });
  let asked = 0;
  // Oldest first: the order in which things happened.
  for (const { id, guid, event } of lost.toReversed().slice(0, MOST_REDELIVERIES)) {
    signal.throwIfAborted();
    if (asked > 0) await systemClock.delay(pause);
    await redeliver(app, id);
    log.debug({ delivery: guid, event }, 'asked for again');
    asked += 1;
  }
  return asked;
}
