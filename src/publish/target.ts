import type { CheckState } from '../github/checks.ts';
import type { GitHub } from '../github/github.ts';
import type { RepositoryName } from '../github/repository.ts';
import type { CheckReport, ReportContext } from '../report/check-report.ts';

/** Where on GitHub a run tells what it does. */
export interface Target {
  github: GitHub;
  repository: RepositoryName;
  /** Identifies the run in the checks that it makes. */
  run: string;
  /** Page of the run, for "see the whole". */
  url?: string | undefined;
}

/** A report counts the request that posts it too. */
export function contextOf({ github, url }: Target, further: number): ReportContext {
  const sent = [...github.requests.values()].reduce((sum, count) => sum + count, 0);
  return { requests: sent + further, ...(url ? { url } : {}) };
}

/** What became of a report. Not posted: the token may not write checks, as for pull requests from forks. */
export interface Posted {
  /** Page of the check. */
  checkUrl?: string | undefined;
  report: CheckReport;
  posted: boolean;
}

/** A finished report in the shape of a check run. */
export function completed(report: CheckReport, { url }: Target): CheckState {
  const { title, summary, text, annotations, conclusion, actions } = report;
  const output = { title, summary, annotations, ...(text ? { text } : {}) };
  return { status: 'completed', conclusion, output, actions, ...(url ? { detailsUrl: url } : {}) };
}

/** Identifies one check of one run. */
export function externalId({ run }: Target, name: string): string {
  return `${run} ${name}`;
}
