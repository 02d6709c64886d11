import type { HealthOutcome } from '../../model/health-outcome.ts';
import type { HealthStatus } from '../../model/health.ts';
import { healthTitle, STATUS_SIGN } from '../health-report.ts';
import { duration } from '../plan-words.ts';
import { visible } from '../visible.ts';
import { align, type Look, type Palette } from './look.ts';

const TINT: Record<HealthStatus, keyof Palette> = {
  up: 'green',
  suspect: 'yellow',
  down: 'red',
  flapping: 'yellow',
  unknown: 'dim',
};

/** One health run: every probe a line, what is open, what was done. */
export function renderHealth(outcome: HealthOutcome, { colours }: Look): string {
  const { environment, instances, open, closed, healed, notes } = outcome;
  const rows = align(
    instances.map(({ resource, provider, asked, health: { last } }) => [
      visible(resource),
      visible(provider),
      last.milliseconds === null ? '' : `${Math.round(last.milliseconds)} ms`,
      visible(asked),
    ]),
  );
  const lines = [
    `${colours.bold(visible(environment))} ${colours.dim(`in ${duration(outcome.duration)}`)}  ${visible(healthTitle(outcome))}`,
    '',
    ...instances.flatMap(({ health: { status, last } }, index) => {
      const { cells } = rows[index] as { cells: string[] };
      const [name = '', provider = '', took = '', asked = ''] = cells;
      const tint = colours[TINT[status]];
      const woke = last.woke === undefined ? '' : `  woke in ${duration(last.woke)}`;
      return [
        `  ${tint(STATUS_SIGN[status])} ${colours.bold(name)}  ${provider}  ${took}  ${colours.dim(asked)}${woke}`.trimEnd(),
        ...(last.ok ? [] : [`      ${tint(`${status}: ${visible(last.problem ?? 'it failed')}`)}`]),
      ];
    }),
    ...[...open, ...closed].flatMap(({ title, cause, closed: end, began, muted }) => [
      '',
      end
        ? `${colours.green('●')} ${visible(title)}: ended after ${duration(Date.parse(end) - Date.parse(began))}`
        : `${colours.red('●')} ${visible(title)} ${colours.dim(`since ${began}${muted ? `, muted: ${visible(muted)}` : ''}`)}`,
      `  ${visible(cause)}`,
    ]),
    ...(healed.length === 0 ? [] : ['']),
    ...healed.map(
      ({ resource, action, because, result, problem }) =>
        `${colours[result === 'succeeded' ? 'green' : 'red'](result === 'succeeded' ? '✓' : '✗')} ${action} ${visible(resource)}: ${visible(problem ?? because)}`,
    ),
    ...notes.map((note) => colours.yellow(visible(note))),
  ];
  return `${lines.join('\n')}\n`;
}
