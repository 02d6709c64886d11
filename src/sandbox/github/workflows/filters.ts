import type { Occurrence, Trigger } from '../occurrence.ts';
import { pullFiles } from '../operations/pull-sync.ts';
import { zeroOid } from '../git/objects.ts';
import type { Repository } from '../state.ts';
import type { WorkflowDefinition } from './definition.ts';

/** GitHub's filter patterns: `*` within a segment, `**` across, `?` and `+` of the character before, `[…]`. */
export const matchesPattern = (pattern: string, text: string): boolean => {
  const source = pattern.replace(/\*\*\/?|\*|[.^$(){}|\\]|\[[^\]]*\]/g, (found) => {
    if (found === '**/') return '(?:.*/)?';
    if (found === '**') return '.*';
    if (found === '*') return '[^/]*';
    return found.startsWith('[') ? found : `\\${found}`;
  });
  try {
    return new RegExp(`^${source}$`).test(text);
  } catch {
    return pattern === text;
  }
};

const texts = (value: unknown): string[] | undefined =>
  value === undefined ? undefined : (Array.isArray(value) ? value : [value]).map(String);

/** The last pattern that matches decides; `!` turns it around. */
const selected = (patterns: readonly string[], text: string): boolean => {
  let result = false;
  for (const pattern of patterns) {
    const negated = pattern.startsWith('!');
    if (matchesPattern(negated ? pattern.slice(1) : pattern, text)) result = !negated;
  }
  return result;
};

/** `x` and `x-ignore` filters over a name. */
const allows = (filters: Record<string, unknown>, key: string, name: string): boolean => {
  const [wanted, ignored] = [texts(filters[key]), texts(filters[`${key}-ignore`])];
  return (!wanted || selected(wanted, name)) && !(ignored && selected(ignored, name));
};

const changedPaths = async (repository: Repository, trigger: Trigger): Promise<string[]> => {
  if (trigger.pull) return (await pullFiles(repository, trigger.pull)).map(({ path }) => path);
  const { git } = repository;
  const now = await git.commit(trigger.sha);
  const before = trigger.before && trigger.before !== zeroOid ? trigger.before : now?.parents[0];
  const old = before === undefined ? undefined : await git.commit(before);
  return (await git.difference(old?.tree, now?.tree)).map(({ path }) => path);
};

const allowsPaths = async (
  filters: Record<string, unknown>,
  repository: Repository,
  trigger: Trigger,
): Promise<boolean> => {
  const [wanted, ignored] = [texts(filters['paths']), texts(filters['paths-ignore'])];
  if (!wanted && !ignored) return true;
  const paths = await changedPaths(repository, trigger);
  return (
    (!wanted || paths.some((path) => selected(wanted, path))) &&
    (!ignored || paths.some((path) => !selected(ignored, path)))
  );
};

/** Activity types an event means when the workflow names none. */
const usualTypes: Record<string, string[]> = {
  pull_request: ['opened', 'synchronize', 'reopened'],
  pull_request_target: ['opened', 'synchronize', 'reopened'],
};

/** Whether the workflow is set off by the event. */
export const setsOff = async (
  { on }: WorkflowDefinition,
  { repository, event, action, payload }: Occurrence,
  trigger: Trigger,
): Promise<boolean> => {
  const filters = on.get(event);
  if (!filters) return false;
  const types = texts(filters['types']) ?? usualTypes[event];
  if (types && action !== undefined && !types.includes(action)) return false;
  if (event === 'push') {
    const [branch, tag] = [/^refs\/heads\/(.+)$/.exec(trigger.ref)?.[1], /^refs\/tags\/(.+)$/.exec(trigger.ref)?.[1]];
    const names = (key: string): boolean => key in filters || `${key}-ignore` in filters;
    // Filters for branches alone leave tags out, and the other way round.
    if (branch !== undefined && !(names('tags') && !names('branches')) && allows(filters, 'branches', branch))
      return allowsPaths(filters, repository, trigger);
    return tag !== undefined && !(names('branches') && !names('tags')) && allows(filters, 'tags', tag);
  }
  if (trigger.pull)
    return allows(filters, 'branches', trigger.pull.pull.baseRef) && allowsPaths(filters, repository, trigger);
  if (event === 'workflow_run') {
    const run = (await payload())['workflow_run'] as { name: string; head_branch: string | null };
    return (texts(filters['workflows']) ?? []).includes(run.name) && allows(filters, 'branches', run.head_branch ?? '');
  }
  return true;
};

/** Words in a commit's message that keep push and pull-request workflows still. */
export const skipsWorkflows = (message: string): boolean =>
  /\[(skip ci|ci skip|no ci|skip actions|actions skip)\]/.test(message) ||
  /^skip-checks: *true$/m.test(message.trim().split('\n\n').at(-1) ?? '');
