import type { Action, Plan, Step } from '../../model/plan.ts';
import { sourceOf, useOf, whyThere } from '../placement-words.ts';
import { ACTIONS, changeLines, counts, shortCommit, shortHash } from '../plan-words.ts';
import { visible } from '../visible.ts';
import { fit, pad, columns, wrap, type Look, type Palette } from './look.ts';

/** The colour of each action's sign. */
export const TINT: Record<Action, keyof Palette> = {
  create: 'green',
  update: 'yellow',
  replace: 'magenta',
  move: 'cyan',
  adopt: 'blue',
  delete: 'red',
};

/** A plan as people read it. `all`: every difference, not the first ten of a step, and why what changes is placed where it is. */
export function renderPlan(plan: Plan, look: Look, { all = false } = {}): string {
  const { colours } = look;
  const widest = Math.min(40, Math.max(0, ...plan.steps.map(({ id }) => columns(visible(id)))));
  const lines = [
    `${colours.bold(`Plan for ${visible(plan.environment)}`)} ${colours.dim(`fleet ${visible(plan.fleet)}, ${shortCommit(plan.commit)}`)}`,
    '',
    ...plan.steps.flatMap((step) => stepLines(step, widest, look, all)),
    ...(plan.steps.length > 0 ? [''] : []),
    ...(all ? placementLines(plan, look) : []),
    ...plan.warnings.flatMap(({ message, position }) =>
      paragraph(
        colours.yellow('warning'),
        'warning',
        `${message}${position ? ` (${position.file}:${position.line})` : ''}`,
        look,
      ),
    ),
    ...unreadLines(plan, look),
    ...blockLines(plan, look),
    `${colours.bold(counts(plan.steps.map(({ action }) => action)))}, ${plan.unchanged} unchanged. ${colours.dim(`Plan ${shortHash(plan.hash)}`)}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Where all that changes goes and why, and what that uses of the accounts' limits. */
function placementLines({ placement, steps, forecasts = [] }: Plan, look: Look): string[] {
  const changing = new Set<string>(steps.map(({ resource }) => resource));
  const placed = Object.entries(placement).flatMap(([resource, assignments]) =>
    (changing.has(resource) ? assignments : []).flatMap((at) =>
      paragraph(look.colours.dim('placed'), 'placed', `${resource} on ${at.provider}: ${whyThere(at)}`, look),
    ),
  );
  const limits = forecasts.flatMap((forecast) => {
    const { used, limit, share } = useOf(forecast);
    const text = `${forecast.provider}: ${used} used of ${limit}${share ? `, ${share}` : ''} (${sourceOf(forecast)})`;
    return paragraph(look.colours.dim('limit'), 'limit', text, look);
  });
  const lines = [...placed, ...limits];
  return lines.length > 0 ? [...lines, ''] : [];
}

/** What blocks a plan, with the words that lift it. */
function blockLines({ blocks }: Plan, look: Look): string[] {
  const { colours } = look;
  return blocks.flatMap(({ guard, message, liftable, lift, position }) => [
    ...paragraph(
      colours.red('blocked'),
      'blocked',
      `${guard}: ${message}${position ? ` (${position.file}:${position.line})` : ''}`,
      look,
    ),
    `        ${liftable ? 'to go on' : 'to mend it'}: ${colours.bold(visible(lift))}`,
    '',
  ]);
}

/** Providers that could not be asked, and how to mend it. */
export function unreadLines({ unread }: Plan, look: Look): string[] {
  return unread.flatMap(({ provider, failure }) =>
    paragraph(
      look.colours.red('not asked'),
      'not asked',
      `${provider}: ${failure.message}${failure.mend ? ` (${failure.mend})` : ''}`,
      look,
    ),
  );
}

function stepLines(
  { id, action, because, diff }: Step,
  widest: number,
  { colours, width }: Look,
  all: boolean,
): string[] {
  const tint = colours[TINT[action]];
  const changes = diff.flatMap(changeLines);
  const shown = all || changes.length <= 10 ? changes : changes.slice(0, 9);
  const name = pad(fit(visible(id), widest), widest);
  return [
    `  ${tint(ACTIONS[action].sign)} ${colours.bold(name)}  ${tint(pad(action, 7))}  ${colours.dim(fit(visible(because), Math.max(20, width - widest - 15)))}`,
    ...shown.map((line) => {
      const text = `      ${fit(line, width - 6)}`;
      return line.startsWith('-') ? colours.red(text) : line.startsWith('+') ? colours.green(text) : text;
    }),
    ...(shown.length < changes.length
      ? [colours.dim(`      … and ${changes.length - shown.length} more, see --verbose`)]
      : []),
  ];
}

/** A label and a text that hangs beside it; `plain` is the label without colours. */
function paragraph(label: string, plain: string, text: string, { width }: Look): string[] {
  const indent = ' '.repeat(plain.length + 1);
  return wrap(visible(text), Math.max(20, width - indent.length)).map((line, index) =>
    index === 0 ? `${label} ${line}` : indent + line,
  );
}
