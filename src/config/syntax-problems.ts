import type { Problem } from '../model/errors.ts';
import { UNCLOSED } from './parse-yaml.ts';
import { found, quote, visible } from './quote.ts';
import type { SourceText } from './source-text.ts';

/** Above this many characters only the first error is told: the second parser, which knows them all, is slow. */
const LARGEST = 50_000;
const MOST = 20;

/**
 * All syntax errors of a text that js-yaml refused with `first`. js-yaml stops at its first error, so the `yaml` package,
 * loaded only here, lists them all; no value is ever taken from it.
 */
export async function syntaxProblems(source: SourceText, first: Problem): Promise<Problem[]> {
  const plain = { ...first, ...words(first.message, source, first) };
  if (source.text.length > LARGEST) return [plain];
  try {
    const { parseDocument } = await import('yaml');
    const document = parseDocument(source.text, {
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'silent',
      merge: false,
    });
    const problems = [...document.errors, ...document.warnings].slice(0, MOST).map(({ code, message, pos }) => {
      const position = source.at(Math.min(pos[0], Math.max(0, source.text.length - 1)));
      const near = { position, path: '', message };
      return { ...near, ...(WORDS[code] ?? words(message, source, near)) };
    });
    // What is never closed swallows the rest, of which the second parser has much to say that is of no use.
    if (UNCLOSED.test(first.message)) return [...unique(problems).filter((problem) => isBefore(problem, first)), plain];
    return problems.length > 0 ? unique(problems) : [plain];
  } catch {
    // Text that the second parser cannot cope with either: the first error is known and enough.
    return [plain];
  }
}

function isBefore({ position: a }: Problem, { position: b }: Problem): boolean {
  return a.line < b.line || (a.line === b.line && a.column < b.column);
}

function unique(problems: Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ position, message }) => {
    const id = `${position.line} ${message}`;
    return !seen.has(id) && seen.add(id);
  });
}

type Words = { message: string; hint: string };

const INDENT: Words = {
  message: 'the indentation is wrong here',
  hint: 'keys of one map start in the same column, two spaces deeper than what they belong to',
};
const TAB: Words = { message: 'a tab is used for indentation', hint: 'expected spaces' };
const COLON: Words = {
  message: 'there is no colon after this key',
  hint: 'write key: value, with a space after the colon',
};

/** Plain words for the codes of the `yaml` package. */
const WORDS: Partial<Record<string, Words>> = {
  BAD_INDENT: INDENT,
  TAB_AS_INDENT: TAB,
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a map or list starts where one line was expected',
    hint: 'put it on lines of its own below its key, or put quotes around text that has a colon in it',
  },
  MULTIPLE_DOCS: { message: 'a second document starts here', hint: 'one document a file, so remove the ---' },
  MULTIPLE_ANCHORS: { message: 'this has two anchors', hint: 'expected one' },
  MULTIPLE_TAGS: { message: 'this has two tags', hint: 'expected none' },
  MULTILINE_IMPLICIT_KEY: {
    message: 'this key goes over several lines, or its colon is missing',
    hint: 'write key: value',
  },
  DUPLICATE_KEY: { message: 'this key stands here twice', hint: 'remove one of them' },
};

/** Plain words for what js-yaml says, and for messages of `yaml` whose code covers several things. */
const REASONS: [RegExp, (match: RegExpMatchArray) => Words][] = [
  [/tab/i, () => TAB],
  [
    /unknown tag !?<?([^>]*)>?|unresolved tag:? ?(.*)/i,
    (match) => ({
      message: `the tag ${quote(match[1] ?? match[2] ?? '')} is not known`,
      hint: 'plain YAML without tags; put quotes around text that starts with !',
    }),
  ],
  [
    /unidentified alias "(.*)"|unresolved alias.*: (.*)/i,
    (match) => ({
      message: `nothing is called ${quote(match[1] ?? match[2] ?? '')} for this alias to refer to`,
      hint: 'put quotes around text that starts with *',
    }),
  ],
  [/colon is missed|implicit keys? need|implicit map keys need|multiline key/i, () => COLON],
  [/indentation|deficient|aligned|must not be less indented|same column/i, () => INDENT],
  [
    /(single|double) quoted scalar|missing closing ['"]quote|closing .quote/i,
    () => ({
      message: 'the quotes opened here or before are never closed',
      hint: 'add the closing quote',
    }),
  ],
  [
    /flow (collection|sequence|map)|expected .* to end with|comma/i,
    () => ({
      message: 'a [list] or {map} is not written as it should be',
      hint: 'entries are separated by commas, and every bracket is closed',
    }),
  ],
  [
    /escape/i,
    () => ({ message: 'this backslash stands for nothing in double quotes', hint: 'use single quotes, or write \\\\' }),
  ],
  [
    /non-printable|valid JSON character|control char/i,
    () => ({
      message: 'there is an invisible control character here',
      hint: 'remove it',
    }),
  ],
  [/directive/i, () => ({ message: 'lines that start with % are not for config files', hint: 'remove the line' })],
  [
    /cannot start|reserved indicator/i,
    () => ({ message: 'text cannot start with this character', hint: 'put quotes around the text' }),
  ],
];

function words(reason: string, source: SourceText, { position }: Problem): Words {
  for (const [pattern, say] of REASONS) {
    const match = pattern.exec(reason);
    if (match) return say(match);
  }
  const line = source.text.split(/\r\n?|\n/, position.line)[position.line - 1] ?? '';
  return {
    message: `this is not YAML: ${found(line.slice(position.column - 1).trim() || line.trim())}`,
    hint: visible(reason.split('\n', 1)[0] as string),
  };
}
