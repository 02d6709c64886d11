import type { Annotation } from './check-report.ts';
import { visible } from './visible.ts';

/** GitHub shows at most ten errors and ten warnings of a step, and drops the others without a word. */
const SHOWN = 10;

const COMMAND = { failure: 'error', warning: 'warning', notice: 'notice' } as const;

/** Annotations as workflow commands for a step's output, for tokens that may not write checks. The tenth of a level says how many are left out. */
export function workflowCommands(annotations: Annotation[]): string[] {
  return (['failure', 'warning', 'notice'] as const).flatMap((level) => {
    const all = annotations.filter((annotation) => annotation.annotation_level === level);
    const shown = all.length > SHOWN ? all.slice(0, SHOWN - 1) : all;
    const left = all.length - shown.length;
    return [
      ...shown.map(
        ({ path, start_line, title, message }) =>
          `::${COMMAND[level]} file=${property(path)},line=${start_line},title=${property(title)}::${data(message)}`,
      ),
      ...(left > 0 ? [`::${COMMAND[level]}::… and ${left} more, see the job summary`] : []),
    ];
  });
}

/** An error of the step as a whole. */
export function errorCommand(message: string): string {
  return `::error title=Flotilla::${data(message)}`;
}

/**
 * Text for a step's output in which the runner finds no command, whoever wrote it: neither `::name::` at the start of a line
 * nor `##[name]` anywhere, and every line end is one that we mean. Terminal escapes are shown.
 */
export function plainOutput(text: string): string {
  return text
    .split('\n')
    .map((line) =>
      visible(line.replace(/\r$/, ''))
        .replace(/^(\s*):(?=:)/u, '$1: ')
        .replaceAll('##[', '## ['),
    )
    .join('\n');
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
