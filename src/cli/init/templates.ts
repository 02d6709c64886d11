import { readFile, readdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SCHEMA_LINE } from './write-config.ts';

/** Templates lie beside the bundle, or, when the sources run, in `src/`. */
function folder(): string {
  const beside = fileURLToPath(new URL('./templates/', import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL('../../templates/', import.meta.url));
}

/** The workflow that runs the fleet on GitHub. */
export function workflowText(branch: string): Promise<string> {
  return readFile(join(folder(), 'workflow.yml'), 'utf8').then((text) =>
    text.replace('branches: [main]', `branches: [${JSON.stringify(branch)}]`.replace('["main"]', '[main]')),
  );
}

/** A starter fleet's files by path, its config under this fleet's name. */
export async function templateFiles(name: string, fleet: string, branch: string): Promise<Map<string, string>> {
  const root = join(folder(), name);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(
    paths.map(async (path): Promise<[string, string]> => [
      relative(root, path).split(sep).join('/'),
      await readFile(path, 'utf8'),
    ]),
  );
  return new Map(
    files
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, text]) => [
        path,
        path === 'flotilla.yml'
          ? SCHEMA_LINE +
            text
              .replace(/^fleet: .*$/m, `fleet: ${fleet}`)
              .replace('branch: main', `branch: ${JSON.stringify(branch).replace('"main"', 'main')}`)
          : text,
      ]),
  );
}
