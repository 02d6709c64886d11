import { ConfigError, ERROR_TABLE, failureOf, tagOf, type Failure, type Problem } from '../model/errors.ts';
import { ISSUES } from '../model/product.ts';
import { plural } from '../model/words.ts';
import {
  APPLY_AGAIN,
  CHECK_LIMIT,
  PLAN_AGAIN,
  annotate,
  type CheckReport,
  type ReportContext,
} from './check-report.ts';
import { compose } from './cut.ts';
import { code, fence, inert, link, row, tableHead } from './markdown.ts';
import { clip } from './visible.ts';

/** What a run was about to do. */
export type Occupation = 'plan' | 'apply' | 'health';

/** Takes secrets out of a value. Before it becomes Markdown and is cut, where a secret is spelled differently or in part. */
type Hide = <T>(value: T) => T;

/** A run that ended before there was a plan or an outcome: a config that is wrong, a missing token, a bug of ours. */
export function failureReport(
  error: unknown,
  during: Occupation,
  { hide = (value) => value, ...context }: ReportContext & { hide?: Hide } = {},
): CheckReport {
  if (tagOf(error) === 'config') return problemReport(hide((error as ConfigError).problems), context);
  const failure = hide(failureOf(error));
  const again = { plan: [PLAN_AGAIN], apply: [APPLY_AGAIN], health: [] };
  const verb = during === 'health' ? 'look after the fleet' : during;
  return {
    title:
      failure.tag === 'bug' ? 'A bug in Flotilla' : clip(`Could not ${verb}: ${failure.message.split('\n')[0]}`, 200),
    summary: compose([{ head: failureText(failure) }], CHECK_LIMIT.text),
    text: '',
    annotations: [],
    conclusion: ERROR_TABLE[failure.tag].conclusion,
    actions: again[during],
  };
}

/** A config that is wrong: one annotation a problem. */
export function problemReport(problems: Problem[], context: ReportContext = {}): CheckReport {
  const rows = problems.map(({ position, path, message, hint }) =>
    row([
      code(`${position.file}:${position.line}:${position.column}`),
      code(path),
      inert(clip(hint ? `${message} (${hint})` : message, 500)),
    ]),
  );
  const head = `**${plural(problems.length, 'problem')} in the config.** Nothing was planned.\n\n${tableHead(['Where', 'What', 'Problem'])}`;
  return {
    title: plural(problems.length, 'problem in the config', 'problems in the config'),
    summary: compose([{ head, rows }], CHECK_LIMIT.text, context.url ? link('all of them', context.url) : undefined),
    text: '',
    annotations: problems.map(({ position, path, message, hint }) =>
      annotate('failure', position, path || 'flotilla.yml', hint ? `${message}\n${hint}` : message),
    ),
    conclusion: ERROR_TABLE.config.conclusion,
    actions: [],
  };
}

/** One failure as markdown: what happened, how to mend it, the last lines of its log. */
export function failureText(failure: Failure): string {
  const lines = failure.message
    .split('\n')
    .slice(0, 20)
    .map((line) => inert(clip(line, 1000)));
  const log = (failure.log ?? []).slice(-50).map((line) => clip(line, 500));
  return [
    `${failure.tag === 'bug' ? `**This is a bug in Flotilla.** Please report it at ${ISSUES}.\n\n` : ''}${lines.join('<br>')}\n`,
    ...(failure.mend ? [`**To mend it:** ${inert(clip(failure.mend, 1000))}\n`] : []),
    ...(failure.restored ? ['The deployment before it was restored and still serves.\n'] : []),
    ...(log.length > 0 ? [fence(log)] : []),
  ].join('\n');
}
