import type { Outcome } from '../model/outcome.ts';
import type { Plan } from '../model/plan.ts';
import type { CheckReport, ReportContext } from './check-report.ts';
import { compose } from './cut.ts';
import { inert } from './markdown.ts';
import { outcomeSummary } from './outcome-report.ts';
import { planSummary, planText } from './plan-report.ts';

/** GitHub takes 1 MiB a step; a little is left for what else the step writes. */
export const SUMMARY_LIMIT = 1_000_000;

/** A plan for the job's page: the whole of it, as far as a megabyte goes. */
export function planSummaryPage(plan: Plan, context: ReportContext = {}): string {
  return compose(
    [{ head: `## Flotilla plan for ${inert(plan.environment)}\n` }, ...planSummary(plan, context), ...planText(plan)],
    SUMMARY_LIMIT,
  );
}

/** An apply for the job's page. */
export function outcomeSummaryPage(outcome: Outcome, context: ReportContext = {}): string {
  const head = `## Flotilla apply of ${inert(outcome.plan.environment)}\n`;
  return compose([{ head }, ...outcomeSummary(outcome, context), ...planText(outcome.plan)], SUMMARY_LIMIT);
}

/** A run that ended before there was a plan or an outcome. */
export function failureSummaryPage(report: CheckReport, environment: string): string {
  return `## Flotilla: ${inert(environment)}\n\n${report.summary}`;
}
