import type { HealthOutcome, ProbedInstance } from '../model/health-outcome.ts';
import type { HealthStatus } from '../model/health.ts';
import type { Incident } from '../model/incident.ts';
import { plural } from '../model/words.ts';
import { annotate, CHECK_LIMIT, type Annotation, type CheckReport, type ReportContext } from './check-report.ts';
import { compose, type Section } from './cut.ts';
import { code, inert, link, row, tableHead } from './markdown.ts';
import { duration } from './plan-words.ts';
import { SUMMARY_LIMIT } from './job-summary.ts';

/** A health run as a check run on the deployed commit. Text must have been masked by who ran it. */
export function healthReport(outcome: HealthOutcome, context: ReportContext = {}): CheckReport {
  const whole = context.url ? link('the run', context.url) : undefined;
  return {
    title: healthTitle(outcome),
    summary: compose(healthSummary(outcome, context), CHECK_LIMIT.text, whole),
    text: '',
    annotations: outcome.open.flatMap(annotation),
    conclusion: outcome.open.some(calls) ? 'failure' : outcome.open.length > 0 ? 'neutral' : 'success',
    actions: [],
  };
}

/** A health run for the job's page. */
export function healthSummaryPage(outcome: HealthOutcome, context: ReportContext = {}): string {
  const head = `## Health of ${inert(outcome.environment)}\n`;
  return compose([{ head }, ...healthSummary(outcome, context)], SUMMARY_LIMIT);
}

/** Health in one line. */
export function healthTitle({ open, instances, healed }: HealthOutcome): string {
  const shown = open.filter(calls);
  const done = healed.length > 0 ? `, ${plural(healed.length, 'action')} taken` : '';
  const [first] = shown;
  if (first)
    return `${first.title}${shown.length > 1 ? ` and ${plural(shown.length - 1, 'other incident')}` : ''}${done}`;
  if (open.length > 0) return `${plural(open.length, 'muted incident')}${done}`;
  return instances.length === 0 ? 'Nothing to watch' : `All ${instances.length} well${done}`;
}

/** Whether it is the kind that people are called for. */
const calls = ({ muted }: Incident): boolean => muted === undefined;

export const STATUS_SIGN: Record<HealthStatus, string> = {
  up: '✓',
  suspect: '?',
  down: '✗',
  flapping: '≈',
  unknown: '·',
};

function healthSummary(outcome: HealthOutcome, { requests }: ReportContext): Section[] {
  const { open, closed, healed, notes, instances } = outcome;
  const facts = [
    `**${healthTitle(outcome)}**`,
    plural(instances.length, 'probe'),
    `took ${duration(outcome.duration)}`,
    plural(outcome.commits, 'state commit'),
    ...(requests === undefined ? [] : [plural(requests, 'API request')]),
  ].join(' · ');
  return [
    { head: `${facts}\n` },
    ...(notes.length === 0 ? [] : [{ head: '', rows: notes.map((note) => `> ${inert(note)}\n`) }]),
    ...(open.length + closed.length === 0
      ? []
      : [{ head: tableHead(['Incident', 'Since (UTC)', 'Cause', '']), rows: [...open, ...closed].map(incidentRow) }]),
    ...(healed.length === 0
      ? []
      : [
          {
            head: `**Done about it**\n\n${tableHead(['Resource', 'Action', 'Because', 'Result'])}`,
            rows: healed.map(({ resource, action, because, result, problem }) =>
              row([code(resource), action, inert(because), problem ? `${result}: ${inert(problem)}` : result]),
            ),
          },
        ]),
    ...(instances.length === 0
      ? []
      : [{ head: tableHead(['', 'Resource', 'Provider', 'Asked', 'Answer']), rows: instances.map(instanceRow) }]),
  ];
}

function incidentRow({ title, began, cause, closed, muted, issue }: Incident): string {
  const state = closed
    ? `ended after ${duration(Date.parse(closed) - Date.parse(began))}`
    : muted
      ? `muted: ${inert(muted)}`
      : 'open';
  const name = issue === null ? inert(title) : `${inert(title)} (#${issue})`;
  return row([name, began.slice(0, 16).replace('T', ' '), inert(cause), state]);
}

function instanceRow({ resource, provider, asked, health }: ProbedInstance): string {
  const { status, last } = health;
  const answer = last.ok
    ? last.milliseconds === null
      ? 'well'
      : `${Math.round(last.milliseconds)} ms`
    : inert(last.problem ?? 'failed');
  const woke = last.woke === undefined ? '' : `, woke in ${duration(last.woke)}`;
  return row([STATUS_SIGN[status], code(resource), code(provider), code(asked), `${status}: ${answer}${woke}`]);
}

function annotation({ position, title, cause, muted }: Incident): Annotation[] {
  return position ? [annotate(muted === undefined ? 'failure' : 'notice', position, title, cause)] : [];
}
