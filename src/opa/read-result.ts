/** What a bundle's policy says of a case. */
export interface Said {
  denials: string[];
  warnings: string[];
}

/** Messages that are shown of each kind; what is more is counted. */
const MOST = 20;
/** Characters of a message. */
const LONGEST = 500;

/**
 * Reads a result as the field writes it. By the last part of the entrypoint's name: `deny` and `violation` (also `deny_…`) are
 * sets of texts, or of objects whose `msg` is one, each of which denies; `warn` the same, as warnings; `allow` is true or
 * false. Any other entrypoint is a package, of which those are read; it must have one that can deny. Text: why it cannot be
 * read, which is never taken for a yes.
 */
export function readResult(entrypoint: string, result: unknown): Said | string {
  if (result === undefined)
    return `${entrypoint} is undefined, which is neither yes nor no: it needs a default, or to be a set`;
  const name = entrypoint.split('/').at(-1) as string;
  if (kindOf(name)) return bounded(readRule(name, result));
  if (result === null || typeof result !== 'object' || Array.isArray(result))
    return `${entrypoint} is neither deny, violation, warn nor allow, nor a package with one of them`;
  const rules = Object.entries(result).filter(([rule]) => kindOf(rule));
  if (!rules.some(([rule]) => kindOf(rule) !== 'warn'))
    return `${entrypoint} has neither deny nor violation nor allow; one that is undefined is not there`;
  const read = rules.map(([rule, value]) => readRule(rule, value));
  const wrong = read.find((said) => typeof said === 'string');
  if (wrong !== undefined) return wrong as string;
  return bounded({
    denials: read.flatMap((said) => (said as Said).denials),
    warnings: read.flatMap((said) => (said as Said).warnings),
  });
}

type Kind = 'deny' | 'warn' | 'allow';

function kindOf(rule: string): Kind | undefined {
  if (rule === 'allow') return 'allow';
  if (/^(deny|violation)(_|$)/.test(rule)) return 'deny';
  return /^warn(_|$)/.test(rule) ? 'warn' : undefined;
}

function readRule(rule: string, value: unknown): Said | string {
  const kind = kindOf(rule);
  if (kind === 'allow') {
    if (typeof value !== 'boolean') return `${clean(rule)} is neither true nor false`;
    return { denials: value ? [] : ['allow is false'], warnings: [] };
  }
  if (kind === 'deny' && typeof value === 'boolean')
    return { denials: value ? [`${clean(rule)} is true`] : [], warnings: [] };
  if (!Array.isArray(value)) return `${clean(rule)} is not a set`;
  const messages: string[] = [];
  for (const item of value) {
    const message: unknown = item !== null && typeof item === 'object' ? (item as { msg?: unknown }).msg : item;
    if (typeof message !== 'string')
      return `${clean(rule)} has a member that is neither a text nor an object with a text msg`;
    messages.push(clean(message) || 'it does not say why');
  }
  return kind === 'deny' ? { denials: messages, warnings: [] } : { denials: [], warnings: messages };
}

function bounded(said: Said | string): Said | string {
  if (typeof said === 'string') return said;
  const few = (messages: string[]): string[] => {
    const distinct = [...new Set(messages)];
    const more = distinct.length - MOST;
    return more > 0 ? [...distinct.slice(0, MOST), `and ${more} more`] : distinct;
  };
  return { denials: few(said.denials), warnings: few(said.warnings) };
}

/** A policy's text on one line, without what is invisible or changes direction, and not long. */
export function clean(text: string): string {
  const plain = text
    .slice(0, LONGEST * 2)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST)}…` : plain;
}
