import type { Conclusion } from '../model/errors.ts';
import type { Outcome, StepOutcome } from '../model/outcome.ts';
import { plural } from '../model/words.ts';
import {
  APPLY_AGAIN,
  CHECK_LIMIT,
  annotate,
  type Annotation,
  type CheckReport,
  type ReportContext,
} from './check-report.ts';
import { compose, type Section } from './cut.ts';
import { failureText } from './failure-report.ts';
import { code, details, htmlCode, inert, link, row, tableHead } from './markdown.ts';
import { blockSection, gravest, planText, unreadSection } from './plan-report.ts';
import { ACTIONS, capital, counts, unasked, duration, shortCommit, shortHash } from './plan-words.ts';
import { clip } from './visible.ts';

/** An apply as a check run. Text must have been masked by who ran it: a report knows no secrets. */
export function outcomeReport(outcome: Outcome, context: ReportContext = {}): CheckReport {
  const whole = context.url ? link('the run', context.url) : undefined;
  return {
    title: outcomeTitle(outcome),
    summary: compose(outcomeSummary(outcome, context), CHECK_LIMIT.text, whole),
    text: compose(planText(outcome.plan), CHECK_LIMIT.text, whole),
    annotations: outcome.steps.flatMap(failureAnnotation),
    conclusion: conclusionOf(outcome),
    actions: outcome.result === 'succeeded' || outcome.result === 'unchanged' ? [] : [APPLY_AGAIN],
  };
}

/** The outcome in one line. */
export function outcomeTitle(outcome: Outcome): string {
  const done = outcome.steps.filter(({ result }) => result === 'succeeded').map(({ step }) => step.action);
  const told = (result: StepOutcome['result']) => outcome.steps.filter((step) => step.result === result).length;
  const [failed, skipped, interrupted] = [told('failed'), told('skipped'), told('interrupted')];
  const parts = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(interrupted > 0 ? [`${interrupted} interrupted`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(done.length > 0 ? [counts(done, 'done')] : []),
  ];
  switch (outcome.result) {
    case 'unchanged':
      return 'No changes';
    case 'blocked':
      return `Blocked: ${counts(outcome.plan.steps.map(({ action }) => action))}`;
    case 'interrupted':
      return `Interrupted: ${parts.join(', ') || 'nothing was changed'}`;
    default:
      return capital([...parts, ...unasked(outcome.plan)].join(', ') || 'no changes');
  }
}

/** What became of the plan: facts, failures with their logs, steps, addresses. */
export function outcomeSummary(outcome: Outcome, context: ReportContext): Section[] {
  const failures = outcome.steps.filter(({ result }) => result === 'failed');
  const outputs = Object.entries(outcome.outputs).flatMap(([resource, values]) =>
    Object.entries(values).map(([name, value]) =>
      row([code(resource), code(name), /^https?:/.test(value) ? link(value, value) : code(clip(value, 300))]),
    ),
  );
  return [
    { head: `${outcomeFacts(outcome, context)}\n` },
    ...(outcome.result === 'blocked' ? blockSection(outcome.plan.blocks) : []),
    ...unreadSection(outcome.plan),
    ...(failures.length === 0 ? [] : [{ head: '**Failed**\n\n', rows: failures.map(failureDetails) }]),
    ...(outcome.steps.length === 0
      ? []
      : [
          {
            head: tableHead(['', 'Resource', 'Action', 'Provider', 'Result', 'Took']),
            rows: outcome.steps.map(stepRow),
          },
        ]),
    ...(outputs.length === 0
      ? []
      : [{ head: `**Outputs**\n\n${tableHead(['Resource', 'Output', 'Value'])}`, rows: outputs }]),
  ];
}

function conclusionOf(outcome: Outcome): Conclusion {
  switch (outcome.result) {
    case 'blocked':
      return 'action_required';
    case 'interrupted':
      return 'cancelled';
    case 'failed': {
      const failures = [
        ...outcome.steps.flatMap(({ failure }) => failure ?? []),
        ...outcome.plan.unread.map(({ failure }) => failure),
      ];
      return failures.length === 0 ? 'failure' : gravest(failures);
    }
    default:
      return 'success';
  }
}

function outcomeFacts(outcome: Outcome, { requests }: ReportContext): string {
  const { plan } = outcome;
  return [
    `**${outcomeTitle(outcome)}**, ${plan.unchanged} unchanged`,
    `fleet ${code(plan.fleet)}, environment ${code(plan.environment)}, commit ${code(shortCommit(plan.commit))}`,
    `took ${duration(outcome.duration)}`,
    plural(outcome.commits, 'state commit'),
    ...(requests === undefined ? [] : [plural(requests, 'API request')]),
    `plan ${code(shortHash(plan.hash))}`,
  ].join(' · ');
}

const MARK: Record<StepOutcome['result'], string> = { succeeded: '✓', failed: '✗', skipped: '–', interrupted: '⏸' };

function stepRow({ step, result, because, duration: took, attempts }: StepOutcome): string {
  const words = [
    result === 'skipped' && because ? `skipped: ${code(because)}` : result,
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
  ];
  return row([
    MARK[result],
    code(step.resource),
    `${ACTIONS[step.action].sign} ${step.action}`,
    code(step.provider),
    words.join(', '),
    result === 'skipped' ? '' : duration(took),
  ]);
}

function failureDetails({ step, failure }: StepOutcome): string {
  const head = `${htmlCode(step.id)} ${step.action}`;
  return details(head, failure ? failureText(failure) : inert('It failed without saying why.'), true);
}

function failureAnnotation({ step, failure }: StepOutcome): Annotation[] {
  if (!failure || !step.position) return [];
  const message = failure.mend ? `${failure.message}\n${failure.mend}` : failure.message;
  return [annotate('failure', step.position, `${step.action} ${step.id} failed`, message)];
}
