import type { Phase } from '../../model/phase.ts';
import type { Build, Dyno, Release } from './answers.ts';

/** The words of builds, releases and dynos. One that is not here is `unknown`: keep asking. */
const BUILD: Record<string, Phase> = { pending: 'building', succeeded: 'live', failed: 'failed' };
const RELEASE: Record<string, Phase> = { pending: 'releasing', succeeded: 'live', failed: 'failed', expired: 'failed' };
const DYNO: Record<string, Phase> = {
  starting: 'releasing',
  down: 'releasing',
  up: 'live',
  idle: 'sleeping',
  crashed: 'failed',
};

const word = (table: Record<string, Phase>, status: string): Phase =>
  Object.hasOwn(table, status) ? table[status]! : 'unknown';

export const buildPhase = ({ status }: Build): Phase => word(BUILD, status);
export const releasePhase = ({ status }: Release): Phase => word(RELEASE, status);

/** From what is worst to what is best. */
const ORDER: readonly Phase[] = ['failed', 'unknown', 'releasing', 'live', 'sleeping'];

/** A deployment on its way: a build, then the release that it makes, then the dynos that run that. */
export interface Progress {
  /** Absent when only config vars changed. */
  build?: Build;
  release?: Release;
  /** Processes of type web; absent until they were asked for. */
  dynos?: Dyno[];
  /** How many there shall be. */
  quantity: number;
}

export function phaseOf({ build, release, dynos, quantity }: Progress): Phase {
  const built = build ? buildPhase(build) : 'live';
  if (built !== 'live') return built;
  const released = release ? releasePhase(release) : 'releasing';
  if (released !== 'live' || !release) return released;
  if (quantity === 0) return 'sleeping';
  const running = dynos?.filter((dyno) => dyno.release.id === release.id) ?? [];
  const phases = new Set(running.map(({ state }) => word(DYNO, state)));
  return running.length === 0 ? 'releasing' : (ORDER.find((phase) => phases.has(phase)) ?? 'unknown');
}
