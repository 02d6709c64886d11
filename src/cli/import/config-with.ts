import { parse } from 'yaml';
import { visible, type Config, type JsonObject, type Survey } from '../../index.ts';
import { SCHEMA_LINE } from '../init/write-config.ts';
import { spotOf, type Choice } from './choose.ts';
import { insertEntry, type Entry } from './insert-entry.ts';

/** Where a config without any file begins. */
const ROOT = 'flotilla.yml';

/** Config files by path, as text. */
export type Texts = ReadonlyMap<string, string>;

/** The files with the account and everything chosen in them; those that change nothing are as they were. */
export function configWith(
  texts: Texts,
  choices: readonly Choice[],
  survey: Survey,
  fleet: string,
  config?: Config,
): Texts {
  const result = new Map(texts);
  if (result.size === 0) result.set(ROOT, `${SCHEMA_LINE}fleet: ${fleet}\n`);
  const add = (entry: Entry) => {
    const path = fileFor(result, entry.section);
    result.set(path, insertEntry(result.get(path)!, entry));
  };
  const missing = choices.filter(({ described }) => !described);
  if (config?.providers[survey.account] === undefined) {
    // Without providers: the config means this machine, and what runs there goes on.
    const isImplicit = config !== undefined && [...texts.values()].every((text) => !sectionsOf(text).has('providers'));
    if (isImplicit && Object.values(config.resources).some((named) => Object.keys(named).length > 0))
      add({ section: 'providers', name: 'local', body: {} });
    add({ section: 'providers', name: survey.account, body: {} });
  }
  for (const { address, found } of missing)
    add({
      ...spotOf(address),
      body: bodyOf(found.settings, survey.account),
      remarks: found.left.map(({ setting, because }) => visible(`not carried over: ${setting}, ${because}`)),
    });
  return result;
}

/** Pinned to where it runs: placement is not to move what was just taken over. */
function bodyOf({ place, ...settings }: JsonObject, account: string): JsonObject {
  return { ...settings, place: { on: account, ...(place as JsonObject | undefined) } };
}

/** The file that has the section, else the first. */
function fileFor(texts: Texts, section: string): string {
  const [first] = texts.keys();
  return [...texts].find(([, text]) => sectionsOf(text).has(section))?.[0] ?? first!;
}

function sectionsOf(text: string): Set<string> {
  const data: unknown = parse(text);
  return new Set(typeof data === 'object' && data !== null ? Object.keys(data) : []);
}

/** Lines that are new, for showing what would be written. */
export function addedLines(before: string, after: string): string[] {
  const [old, now] = [before.split('\n'), after.split('\n')];
  let from = 0;
  const added: string[] = [];
  for (const line of now) {
    if (line === old[from]) from += 1;
    else added.push(line);
  }
  return added.filter((line) => line.trim() !== '');
}
