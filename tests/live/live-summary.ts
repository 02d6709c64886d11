import type { NotRun } from './live-accounts.ts';

/** What the job summary says: the matrix of what ran, and what did not run and why. */
export function liveSummary(matrix: string, notRun: readonly NotRun[]): string {
  const others = notRun.map(({ type, because }) => `- ${type}: not run: ${because}`);
  return ['## Live accounts', '', '```', matrix.trimEnd(), '```', '', ...others, ''].join('\n');
}
