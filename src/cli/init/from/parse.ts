import { parse as parseTomlText } from 'smol-toml';
import { parseDocument } from 'yaml';
import { UsageError } from '../../usage-error.ts';
import { Settings } from './settings.ts';

/** Longest file that is read, in characters: no host's file comes near it. */
export const LONGEST = 500_000;

type Source = { file: string; text: string };

/** The settings of a file in one of the languages that hosts use. UsageError names the file and what is wrong with it. */
export function parse(language: 'json' | 'toml' | 'yaml', { file, text }: Source): Settings {
  if (text.length > LONGEST)
    throw new UsageError(
      `${file} has more than ${LONGEST} characters`,
      `move ${file} away, or choose another by --from`,
    );
  let value: unknown;
  try {
    value = LANGUAGES[language](text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const [first = ''] = (error as Error).message.split('\n');
    const why = error instanceof RangeError ? 'it is nested too deeply' : first.replace(/[:\s]+$/, '');
    throw new UsageError(`${file} cannot be read: ${why}`, `mend ${file}, or move it away`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError(`${file} holds no settings: a map was expected`, `mend ${file}, or move it away`);
  return new Settings(value);
}

const LANGUAGES = {
  json: (text: string): unknown => JSON.parse(withoutComments(text)),
  toml: (text: string): unknown => parseTomlText(text, { maxDepth: 100 }),
  yaml(text: string): unknown {
    const document = parseDocument(text, { merge: true, logLevel: 'silent', prettyErrors: true });
    const [error] = document.errors;
    if (error) throw error;
    return document.toJS({ maxAliasCount: 100 });
  },
};

/** JSON as some hosts take it: with comments, and commas before a closing bracket. Strings stay as they are. Each pattern takes what never ends to its end, so that no text is looked at twice. */
function withoutComments(text: string): string {
  const bare = text.replace(/"(?:[^"\\\n]|\\.)*"?|\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)/g, (found) =>
    found[0] === '"' ? found : ' ',
  );
  return bare.replace(/"(?:[^"\\\n]|\\.)*"?|,(?=\s*[}\]])/g, (found) => (found[0] === '"' ? found : ''));
}
