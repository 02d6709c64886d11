import type { Json } from '../../../index.ts';
import type { Settings } from './settings.ts';
import { pathPattern } from './values.ts';

const STATUS = new Set([301, 302, 303, 307, 308]);
/** A part of the path that was asked for, in the target of a redirect. */
const PART = /(^|[/=]):[a-z]\w*|\$\d|\*/i;

/** A redirect of `from:` and `to:`; none, and its settings left over, where the config has no equal. */
export function redirect(rule: Settings, keys: { from: string; to: string }, status: number): Json[] {
  const [from, to] = [rule.text(keys.from) ?? '', rule.text(keys.to) ?? ''];
  const pattern = pathPattern(from);
  if (hasConditions(rule)) rule.refuse('a redirect has no conditions');
  else if (pattern === undefined) rule.refuse('a redirect knows one * at the end, and no other pattern');
  else if (PART.test(to)) rule.refuse('the target of a redirect takes over no part of the path');
  else if (!STATUS.has(status)) rule.refuse('a redirect answers 301, 302, 303, 307 or 308');
  else return [{ from: pattern, to, status }];
  return [];
}

/** Headers for a path. */
export function headersFor(rule: Settings, key: string, values: Record<string, string>): Json[] {
  const pattern = pathPattern(rule.text(key) ?? '/*');
  if (hasConditions(rule)) rule.refuse('headers have no conditions');
  else if (pattern !== undefined) return [{ for: pattern, values }];
  else rule.refuse('headers know one * at the end of a path, and no other pattern');
  return [];
}

/** Whether a rule holds for some visitors only: for all of them it would be another rule. */
export function hasConditions(rule: Settings): boolean {
  return ['has', 'missing', 'conditions', 'query'].some((key) => rule.has(key));
}

/** The file that a rewrite of every path serves; undefined when it does something else. */
export function fallbackOf(from: string, to: string): string | undefined {
  return pathPattern(from) === '/*' && /^\/[\w./-]*[\w-]\.html?$/.test(to) ? to.slice(1) : undefined;
}
