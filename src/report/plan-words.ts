import type { Action, Change, Plan } from '../model/plan.ts';
import type { Json } from '../model/resource.ts';
import { plural } from '../model/words.ts';
import { brief } from './visible.ts';

/** Each action's sign, and the words for "so many to …" and "so many …". In the order in which they are told. */
export const ACTIONS: Record<Action, { sign: string; todo: string; done: string }> = {
  create: { sign: '+', todo: 'to create', done: 'created' },
  update: { sign: '~', todo: 'to update', done: 'updated' },
  replace: { sign: '±', todo: 'to replace', done: 'replaced' },
  move: { sign: '→', todo: 'to move', done: 'moved' },
  adopt: { sign: '=', todo: 'to adopt', done: 'adopted' },
  delete: { sign: '-', todo: 'to delete', done: 'deleted' },
};

/** `2 to create, 1 to update`, or `no changes`. */
export function counts(actions: Action[], tense: 'todo' | 'done' = 'todo'): string {
  const parts = (Object.keys(ACTIONS) as Action[])
    .map((action) => ({ action, count: actions.filter((one) => one === action).length }))
    .filter(({ count }) => count > 0)
    .map(({ action, count }) => `${count} ${ACTIONS[action][tense]}`);
  return parts.join(', ') || 'no changes';
}

/** A plan in one line. */
export function planTitle(plan: Plan): string {
  const words = counts(plan.steps.map((step) => step.action));
  const title = plan.blocks.length > 0 ? `Blocked: ${words}` : capital(words);
  return [title, ...unasked(plan)].join(', ');
}

/** Providers of which nothing is known, in words; none when all were asked. */
export function unasked({ unread }: Plan): string[] {
  return unread.length === 0 ? [] : [`${plural(unread.length, 'provider')} could not be asked`];
}

export function capital(text: string): string {
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`;
}

/** A value as people read it, of one line and at most 200 characters. */
export function value(json: Json): string {
  return brief(typeof json === 'string' ? json : JSON.stringify(json), 200);
}

/** A difference as signed lines; a list or map that appears empty is not worth one. */
export function changeLines({ path, from, to, replaces }: Change): string[] {
  const name = brief(path, 200);
  if (from === undefined && to !== undefined && /^(\[\]|\{\})$/.test(JSON.stringify(to))) return [];
  const note = replaces ? ' (needs a new resource)' : '';
  return [
    ...(from === undefined ? [] : [`- ${name}: ${value(from)}`]),
    ...(to === undefined ? [] : [`+ ${name}: ${value(to)}`]),
    ...(from === undefined && to === undefined ? [`! ${name}`] : []),
  ].map((line, index, all) => (index === all.length - 1 ? line + note : line));
}

/** Milliseconds as `0.4 s`, `12 s`, `3 min 4 s`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  return minutes < 60
    ? [`${minutes} min`, ...(Math.round(seconds) % 60 ? [`${Math.round(seconds) % 60} s`] : [])].join(' ')
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A share as `99.98 %`; never rounded up to the whole. */
export function percent(share: number): string {
  return `${share === 1 ? '100' : (Math.floor(share * 10_000) / 100).toFixed(2)} %`;
}

/** As much of a plan's hash as people need to tell plans apart; wherever a hash is asked for, its beginning will do. */
export function shortHash(hash: string): string {
  return hash.slice(0, 12);
}

/** A commit as people write it; the work tree has none. */
export function shortCommit(commit: string | null): string {
  return commit ? commit.slice(0, 7) : 'work tree';
}
