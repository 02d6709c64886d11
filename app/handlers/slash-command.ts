import { parseAddress, parseAllow } from '../../src/index.ts';

/** A slash command as it was meant; `mistake`: it began as one. */
export type Command =
  | { name: 'help' }
  | { name: 'plan' | 'unlock'; environment: string | undefined }
  | { name: 'apply' | 'destroy'; environment: string | undefined; allow: string[] }
  | { name: 'rollback'; environment: string | undefined; allow: string[]; resource: string; to: string | undefined }
  | { name: 'approve'; environment: string | undefined; plan: string }
  | { name: 'mistake'; message: string };

type Option = 'env' | 'allow' | 'to';
const TAKES: Record<string, readonly Option[]> = {
  help: [],
  plan: ['env'],
  apply: ['env', 'allow'],
  rollback: ['env', 'allow', 'to'],
  destroy: ['env', 'allow'],
  approve: ['env'],
  unlock: ['env'],
};

/** What `/flotilla help` answers. */
export const HELP = [
  '| Command | |',
  '| --- | --- |',
  '| `/flotilla plan [--env E]` | ask the providers what would change |',
  '| `/flotilla apply [--env E] [--allow GUARD]` | apply what is on the environment’s branch |',
  '| `/flotilla approve HASH [--env E]` | say yes to a plan that needs approvals, by its whole hash |',
  '| `/flotilla rollback service/NAME [--to ID]` | one resource back to an earlier deployment |',
  '| `/flotilla destroy [--env E] [--allow GUARD]` | remove everything of an environment (maintainers) |',
  '| `/flotilla unlock [--env E]` | end a lease that a dead run left behind (maintainers) |',
].join('\n');

/** The command in a comment: on a line of its own that begins with `/flotilla`; one a comment. Undefined: there is none. */
export function commandIn(body: string): Command | undefined {
  const lines = spokenLines(body).filter((line) => /^\/flotilla(?![\w/-])/.test(line));
  const [line] = lines;
  if (line === undefined) return undefined;
  if (lines.length > 1) return mistake('a comment holds one command; write the others in comments of their own');
  return parse(line.trim().split(/\s+/).slice(1));
}

/** What is hidden, or only shown: comments, and elements of HTML that quote. One without an end lasts to the end. */
const HIDDEN = /<!--[\s\S]*?(?:-->|$)|<(pre|code|blockquote|samp|kbd|textarea|xmp)\b[\s\S]*?(?:<\/\1>|$)/gi;

/**
 * The lines that the writer says: not those in code blocks, quotes or hidden comments. What somebody pastes was written by
 * others, so whatever could be taken for quoted is: by a fence in what is hidden no less than by one that hides nothing.
 */
function spokenLines(body: string): string[] {
  const text = body.replace(/\r\n?/g, '\n');
  const shown = text.replace(HIDDEN, (hidden) => ` ${hidden.replace(/[^\n]+/g, ' ')}`);
  const [all, lines] = [text.split('\n'), shown.split('\n')];
  const [fenced, stillFenced] = [fencedLines(all), fencedLines(lines)];
  return lines.filter((_, index) => !fenced.has(index) && !stillFenced.has(index));
}

/** Numbers of the lines in code blocks. A block in a quote ends in a quote, and the others elsewhere. */
function fencedLines(lines: readonly string[]): Set<number> {
  const fenced = new Set<number>();
  const open: { quoted?: string | undefined; plain?: string | undefined } = {};
  for (const [index, line] of lines.entries()) {
    const [, quote, mark = '', rest = ''] = /^ {0,3}(> ?(?: {0,3}> ?)* {0,3})?(`{3,}|~{3,})?([^\n]*)$/.exec(line) ?? [];
    const at = quote === undefined ? 'plain' : 'quoted';
    const fence = open[at];
    if (open.plain !== undefined || open.quoted !== undefined) fenced.add(index);
    // In a block that is open, what looks like a quote is code.
    if (mark === '' || (at === 'quoted' && open.plain !== undefined)) continue;
    if (fence === undefined) {
      if (mark.startsWith('`') && rest.includes('`')) continue;
      open[at] = mark;
      fenced.add(index);
    } else if (mark.startsWith(fence) && /^[ \t]*$/.test(rest)) open[at] = undefined;
  }
  return fenced;
}

function parse([name = 'help', ...words]: string[]): Command {
  const takes = Object.hasOwn(TAKES, name) ? TAKES[name] : undefined;
  if (!takes) return mistake(`there is no command \`${quotable(name)}\``);
  const options: Record<Option, string[]> = { env: [], allow: [], to: [] };
  const others: string[] = [];
  while (words.length > 0) {
    const word = words.shift() as string;
    const [, option, given] = /^--([a-z]+)(?:=(.*))?$/.exec(word) ?? [];
    if (option === undefined) {
      others.push(word);
      continue;
    }
    if (!takes.includes(option as Option)) return mistake(`\`${name}\` takes no \`--${option}\``);
    const value = given ?? words.shift();
    if (!value || value.startsWith('--')) return mistake(`\`--${option}\` needs a value`);
    options[option as Option].push(value);
  }
  return build(name as Exclude<Command['name'], 'mistake'>, options, others);
}

function build(
  name: Exclude<Command['name'], 'mistake'>,
  options: Record<Option, string[]>,
  others: string[],
): Command {
  const [environment, secondEnvironment] = options.env;
  const [to, secondTo] = options.to;
  if (secondEnvironment ?? secondTo) return mistake(`\`--${secondEnvironment ? 'env' : 'to'}\` is given twice`);
  if (environment !== undefined && !/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(environment))
    return mistake(`\`${quotable(environment)}\` is no name of an environment`);
  const { unknown } = parseAllow(options.allow);
  if (unknown[0] !== undefined) return mistake(`there is no guard \`${quotable(unknown[0])}\``);
  const [word, ...left] = name === 'rollback' || name === 'approve' ? others : [undefined, ...others];
  if (left[0] !== undefined) return mistake(`\`${name}\` does not know what to do with \`${quotable(left[0])}\``);
  const allow = options.allow;
  switch (name) {
    case 'help':
      return { name };
    case 'plan':
    case 'unlock':
      return { name, environment };
    case 'apply':
    case 'destroy':
      return { name, environment, allow };
    case 'rollback':
      if (word === undefined || !parseAddress(word))
        return mistake('`rollback` needs the resource, such as `service/api`');
      return { name, environment, allow, resource: word, to };
    case 'approve':
      if (word === undefined || !/^[0-9a-f]{64}$/.test(word))
        return mistake('`approve` needs the whole hash of the plan, as the blocked apply says it');
      return { name, environment, plan: word };
  }
}

const mistake = (message: string): Command => ({ name: 'mistake', message });

/** A stranger's word inside a code span. */
const quotable = (word: string): string => word.replace(/[`@\p{C}]/gu, '').slice(0, 60);
