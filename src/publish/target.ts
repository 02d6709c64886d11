import { checkRequests, type CheckState } from '../github/checks.ts';
import { requestsSent, type GitHub } from '../github/github.ts';
import type { RepositoryName } from '../github/repository.ts';
import type { CheckReport, ReportContext } from '../report/check-report.ts';

/** Where on GitHub a run tells what it does. */
export interface Target {
  github: GitHub;
  repository: RepositoryName;
  /** Identifies the run in the checks that it makes. */
  run: string;
  /** Whether buttons on checks reach anybody: GitHub sends their clicks only to the App that made the check. */
  buttons?: boolean;
  /** Page of the run, for "see the whole". */
  url?: string | undefined;
  /** Page of the repository, for links to its files. */
  repositoryUrl?: string | undefined;
}

/**
 * A report that states the requests of the whole run: those sent, those that post it, and `others` that are still to
 * come.
 */
export function reportCounting(
  render: (context: ReportContext) => CheckReport,
  { github, url }: Target,
  others = 0,
): CheckReport {
  const sent = requestsSent(github) + others;
  const counting = (own: number) => render({ requests: sent + own, ...(url ? { url } : {}) });
  const report = counting(1);
  const own = checkRequests(report.annotations.length);
  return own === 1 ? report : counting(own);
}

/** What became of a report. Not posted: the token may not write checks, as for pull requests from forks. */
export interface Posted {
  /** Page of the check. */
  checkUrl?: string | undefined;
  report: CheckReport;
  posted: boolean;
}

/** A finished report in the shape of a check run. */
export function completed(report: CheckReport, { url, buttons }: Target): CheckState {
  const { title, summary, text, annotations, conclusion, actions } = report;
  const output = { title, summary, annotations, ...(text ? { text } : {}) };
  return {
    status: 'completed',
    conclusion,
    output,
    ...(buttons ? { actions } : {}),
    ...(url ? { detailsUrl: url } : {}),
  };
}

/** Identifies one check of one run. */
export function externalId({ run }: Target, name: string): string {
  return `${run} ${name}`;
}
