import type { Failure } from '../../model/errors.ts';
import type { Outcome, StepOutcome } from '../../model/outcome.ts';
import { ISSUES } from '../../model/product.ts';
import { plural } from '../../model/words.ts';
import { outcomeTitle } from '../outcome-report.ts';
import { duration } from '../plan-words.ts';
import { visible } from '../visible.ts';
import { align, fit, wrap, type Look } from './look.ts';
import { unreadLines } from './plan.ts';

/** The end of an apply whose plan was shown: what failed and how to mend it, what was skipped, where things answer, and the sum. */
export function renderOutcome(outcome: Outcome, look: Look): string {
  const { colours } = look;
  const tint = {
    unchanged: colours.green,
    succeeded: colours.green,
    failed: colours.red,
    blocked: colours.red,
    interrupted: colours.yellow,
  }[outcome.result];
  const outputs = Object.entries(outcome.outputs).flatMap(([resource, values]) =>
    values.url ? [[visible(resource), visible(values.url)]] : [],
  );
  const lines = [
    ...unreadLines(outcome.plan, look),
    ...outcome.steps.flatMap((step) => stepLines(step, look)),
    ...align(outputs).map(({ cells: [resource, url] }) => `  ${resource}  ${colours.cyan(url ?? '')}`),
    ...(outputs.length > 0 ? [''] : []),
    `${tint(colours.bold(outcomeTitle(outcome)))}${outcome.steps.length > 0 ? ` in ${duration(outcome.duration)}, ${plural(outcome.commits, 'state commit')}` : ''}.`,
  ];
  return `${lines.join('\n')}\n`;
}

function stepLines({ step, result, failure, because }: StepOutcome, look: Look): string[] {
  const { colours } = look;
  switch (result) {
    case 'succeeded':
      return [];
    case 'failed':
      return [
        `${colours.red('✗')} ${colours.bold(visible(step.id))} ${step.action} failed`,
        ...(failure ? failureLines(failure, look) : []),
        '',
      ];
    case 'skipped':
      return [
        `${colours.dim('–')} ${visible(step.id)} ${step.action} skipped${because ? `: ${visible(because)}` : ''}`,
        '',
      ];
    case 'interrupted':
      return [
        `${colours.yellow('⏸')} ${visible(step.id)} ${step.action} interrupted: it is recorded, apply again to finish it`,
        '',
      ];
  }
}

/** A failure's message, log tail and mend, indented. */
export function failureLines({ tag, message, mend, log = [], restored }: Failure, { colours, width }: Look): string[] {
  const room = Math.max(20, width - 2);
  return [
    ...message.split('\n').flatMap((line) => wrap(visible(line), room)),
    ...log.slice(-50).map((line) => colours.dim(fit(`│ ${visible(line)}`, room))),
    ...(restored ? ['The deployment before it was restored and still serves.'] : []),
    ...(mend ? wrap(visible(mend), room).map((line) => colours.yellow(line)) : []),
    ...(tag === 'bug' ? [`This is a bug in Flotilla. Please report it: ${ISSUES}`] : []),
  ].map((line) => `  ${line}`);
}
