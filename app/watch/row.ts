import type { HealthState, ProbeTarget, Round, Sample } from '../../src/index.ts';
import { WATCH_DEFAULTS } from '../../src/index.ts';

/** Rounds and samples that are kept at most while something is unsettled. */
const ROUNDS = 120;
const SAMPLES = 20_000;
/** What turned so lately may be the beginning of flapping; milliseconds. */
const LATELY = 3_600_000;

/**
 * The rounds that are still needed to judge, those of `rounds` that the record does not have. While nothing is unsettled
 * the newest sample of each instance says it all. Pure.
 */
export function keptRounds(
  rounds: readonly Round[],
  { recorded, health, unrecorded }: { recorded: HealthState | undefined; health: HealthState; unrecorded: boolean },
): Round[] {
  const last = rounds.at(-1);
  if (!last) return [];
  const fresh = rounds.filter((round) => round === last || recorded === undefined || round.at > recorded.checked);
  if (unrecorded || isUnsettled(health, Date.parse(last.at))) {
    const kept = fresh.slice(-ROUNDS);
    for (let size = sizeOf(kept); size > SAMPLES && kept.length > 1;) size -= kept.shift()?.samples.length ?? 0;
    return kept;
  }
  const newest = new Map<string, Sample>();
  for (const { samples } of fresh) for (const sample of samples) newest.set(sample.instance, sample);
  return [{ at: last.at, samples: [...newest.values()] }];
}

const sizeOf = (rounds: readonly Round[]): number => rounds.reduce((sum, { samples }) => sum + samples.length, 0);

function isUnsettled({ instances, suspicion }: HealthState, now: number): boolean {
  if (suspicion !== undefined) return true;
  return Object.values(instances).some(
    ({ status, turns }) => status === 'suspect' || now - Date.parse(turns.at(-1) ?? '') < LATELY,
  );
}

/**
 * Those of the targets whose turn it is. The config's `every` holds where it says one; what sleeps when nobody asks is
 * not kept awake. What is not well is asked at every beat. `heartbeat` and the moments in milliseconds. Pure.
 */
export function dueTargets(
  targets: readonly ProbeTarget[],
  {
    health,
    asked,
    now,
    heartbeat,
  }: { health: HealthState | undefined; asked: ReadonlyMap<string, number>; now: number; heartbeat: number },
): ProbeTarget[] {
  return targets.filter(({ instance, unasked, check, everySeconds = WATCH_DEFAULTS.everySeconds, wake }) => {
    if (unasked !== undefined || check.kind === 'heartbeat') return false;
    const known = health?.instances[instance];
    const isWell = known === undefined || known.status === 'up' || known.status === 'unknown';
    const isOwn = everySeconds !== WATCH_DEFAULTS.everySeconds || wake > 0;
    const every = isWell && isOwn ? Math.max(heartbeat, everySeconds * 1000) : heartbeat;
    // A beat that comes a little early is still that beat.
    return now - (asked.get(instance) ?? 0) >= every - heartbeat / 10;
  });
}
