/**
 * The files by which a step hands things back: `GITHUB_ENV`, `GITHUB_OUTPUT`, `GITHUB_PATH`, `GITHUB_STEP_SUMMARY`.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a step wrote to its files. */
export interface HandedBack {
  env: Record<string, string>;
  outputs: Record<string, string>;
  /** Folders for the front of `PATH`, in the order written. */
  path: string[];
  /** Markdown. */
  summary: string;
}

/** One step's files: where they are and, after it ended, what stands in them. */
export interface CommandFiles {
  /** `GITHUB_ENV` and the others, as the step's process gets them. */
  variables: Record<string, string>;
  /** Throws on a line that is neither `name=value` nor a heredoc. */
  read(): Promise<HandedBack>;
}

/** Makes a step's empty files in `folder`. */
export async function createCommandFiles(folder: string): Promise<CommandFiles> {
  await mkdir(folder, { recursive: true });
  const id = randomUUID();
  const file = (kind: string): string => join(folder, `${kind}_${id}`);
  const variables = {
    GITHUB_ENV: file('set_env'),
    GITHUB_OUTPUT: file('set_output'),
    GITHUB_PATH: file('add_path'),
    GITHUB_STATE: file('save_state'),
    GITHUB_STEP_SUMMARY: file('step_summary'),
  };
  for (const path of Object.values(variables)) await writeFile(path, '');
  return {
    variables,
    async read() {
      return {
        env: parseCommandFile(await textOf(variables.GITHUB_ENV), 'GITHUB_ENV'),
        outputs: parseCommandFile(await textOf(variables.GITHUB_OUTPUT), 'GITHUB_OUTPUT'),
        path: (await textOf(variables.GITHUB_PATH)).split(/\r?\n/).filter((line) => line !== ''),
        summary: await textOf(variables.GITHUB_STEP_SUMMARY),
      };
    },
  };
}

/** A step may have removed its files: then it handed nothing back. */
function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/** The pairs of a file of `name=value` lines and `name<<DELIMITER` heredocs; `file` names it in errors. */
export function parseCommandFile(text: string, file: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line === '') continue;
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (heredoc > 0 && (equals < 0 || heredoc < equals)) {
      const delimiter = line.slice(heredoc + 2);
      const end = lines.indexOf(delimiter, at + 1);
      if (end < 0) throw new Error(`${file}, line ${at + 1}: matching delimiter not found '${delimiter}'`);
      pairs[line.slice(0, heredoc)] = lines.slice(at + 1, end).join('\n');
      at = end;
    } else if (equals > 0) {
      pairs[line.slice(0, equals)] = line.slice(equals + 1);
    } else {
      throw new Error(`${file}, line ${at + 1}: invalid format '${line}'; write name=value or name<<DELIMITER`);
    }
  }
  return pairs;
}
