import { createHash } from 'node:crypto';

/** Candidates in highest-random-weight order for a key: when one leaves, only what it held moves. */
export function rendezvous(key: string, candidates: string[]): string[] {
  if (candidates.length < 2) return candidates;
  const weight = (candidate: string) => createHash('sha256').update(`${key}\n${candidate}`).digest('hex');
  return candidates
    .map((candidate) => [weight(candidate), candidate] as const)
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .map(([, candidate]) => candidate);
}
