import { readFile, readdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withImagesJob, type ServiceToBuild } from './images-job.ts';

/** Templates lie beside the bundle, or, when the sources run, in `src/`. */
function folder(): string {
  const beside = fileURLToPath(new URL('./templates/', import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL('../../templates/', import.meta.url));
}

/** The workflow that runs the fleet on GitHub; pushes to `branch` apply it. It builds the images of the `services` before. */
export async function workflowText(branch: string, services: readonly ServiceToBuild[] = []): Promise<string> {
  const [workflow, job] = await Promise.all(
    ['workflow.yml', 'images-job.yml'].map((name) => readFile(join(folder(), name), 'utf8')),
  );
  const text = withImagesJob(workflow!, job!, services);
  return branch === 'main' ? text : text.replace('branches: [main]', `branches: [${JSON.stringify(branch)}]`);
}

/** A starter fleet's files by path, its config under this fleet's name. */
export async function templateFiles(name: string, fleet: string): Promise<Map<string, string>> {
  const root = join(folder(), name);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = new Map<string, string>();
  for (const path of paths.toSorted())
    files.set(relative(root, path).split(sep).join('/'), await readFile(path, 'utf8'));
  files.set('flotilla.yml', (files.get('flotilla.yml') ?? '').replace(/^fleet: .*$/m, `fleet: ${fleet}`));
  return files;
}
