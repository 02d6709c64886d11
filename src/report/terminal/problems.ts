import type { Problem } from '../../model/errors.ts';
import { plural } from '../../model/words.ts';
import { clip, visible } from '../visible.ts';
import { columns, fit, type Look } from './look.ts';

/** Config problems, each with its line and a caret under the column. `source` gives a file's text where it is at hand. */
export function renderProblems(problems: Problem[], source: (file: string) => string | undefined, look: Look): string {
  const { colours } = look;
  const lines = new Map<string, string[] | undefined>();
  const shown = problems.slice(0, 50).map((problem) => {
    const { file } = problem.position;
    if (!lines.has(file)) lines.set(file, source(file)?.split(/\r?\n/));
    return renderProblem(problem, lines.get(file)?.[problem.position.line - 1], look);
  });
  const left = problems.length - shown.length;
  const sum = plural(problems.length, 'problem in the config', 'problems in the config');
  return `${shown.join('\n')}\n${left > 0 ? `… and ${left} more\n` : ''}${colours.red(colours.bold(sum))}\n`;
}

function renderProblem(
  { position, message, hint }: Problem,
  line: string | undefined,
  { colours, width }: Look,
): string {
  const head = `${colours.cyan(`${visible(position.file)}:${position.line}:${position.column}`)} ${visible(clip(message, 1000))}`;
  const advice = hint ? visible(clip(hint, 500)) : '';
  if (line === undefined) return advice ? `${head}\n  ${colours.yellow(advice)}\n` : `${head}\n`;
  const gutter = ' '.repeat(String(position.line).length);
  const room = Math.max(20, width - gutter.length - 5);
  // A long line is shown from shortly before the column, so that the caret stays in sight.
  const from = position.column > room - 10 ? position.column - 10 : 0;
  const before = visible(line.slice(from, position.column - 1));
  const excerpt = fit(before + visible(line.slice(position.column - 1, position.column - 1 + room)), room);
  return [
    head,
    `  ${colours.dim(`${position.line} │`)} ${excerpt}`,
    `  ${colours.dim(`${gutter} │`)} ${' '.repeat(columns(before))}${colours.red('^')}${advice ? ` ${colours.yellow(advice)}` : ''}`,
    '',
  ].join('\n');
}
