import { ConfigError } from '../model/errors.ts';

export const CONFIG_FILE = /^(flotilla\.ya?ml|\.flotilla\/[^/]+\.ya?ml)$/;

/** The config files among `files`, the one at the root first. Throws ConfigError when there is none. */
export function chooseFiles<Content>(files: ReadonlyMap<string, Content>): [string, Content][] {
  const chosen = [...files].filter(([path]) => CONFIG_FILE.test(path));
  if (chosen.length === 0)
    throw new ConfigError([
      {
        position: { file: 'flotilla.yml', line: 1, column: 1 },
        path: '',
        message: 'there is no flotilla.yml',
        hint: 'run `flotilla init` to write one',
      },
    ]);
  return chosen.toSorted(([a], [b]) => (rank(a) < rank(b) ? -1 : 1));
}

function rank(path: string): string {
  return `${path.startsWith('.') ? 1 : 0}${path}`;
}
