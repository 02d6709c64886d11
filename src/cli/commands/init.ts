import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { confirm } from '../confirm.ts';
import { detect, wordOf } from '../init/detect.ts';
import type { Found } from '../init/found.ts';
import { currentBranch, findRoot, listing } from '../init/repository.ts';
import { templateFiles, workflowText } from '../init/templates.ts';
import { configText } from '../init/write-config.ts';
import { COMMANDS } from '../command-table.ts';
import type { Run, Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

const WORKFLOW = '.github/workflows/flotilla.yml';

export const run: Run = async (session) => {
  const { console, flags, cwd } = session;
  const { root, isRepository } = await findRoot(cwd);
  const branch = await currentBranch(root);
  const fleet = wordOf(basename(root)) || 'fleet';
  const template = flags.text('template');

  const found = template === undefined ? detect(await listing(root), basename(root)) : [];
  const files = template === undefined ? detected(fleet, found) : await fromTemplate(template, fleet);
  files.set(WORKFLOW, await workflowText(branch));

  const written = await write(session, root, files);
  const { green, dim } = console.look.colours;
  const lines = [
    ...found.map(({ kind, name, dir, because }) => `found ${kind}/${name} in ${dir}: ${because}`),
    ...written.map((path) => `${green('✓')} wrote ${relative(cwd, join(root, path))}`),
    ...(written.length === 0 ? ['Everything was there already.'] : []),
    '',
    ...(isRepository ? [] : ['This is no git repository yet: git init, then git add and commit.']),
    `Next: ${dim('flotilla plan')}, then ${dim('flotilla apply')} runs it on this machine. Pushed to GitHub, the workflow does it there.`,
  ];
  return { exit: 0, document: { root, template: template ?? null, found, written }, text: `${lines.join('\n')}\n` };
};

function detected(fleet: string, found: Found[]): Map<string, string> {
  if (found.length === 0)
    throw new UsageError(
      'nothing here looks like a service or a site: no package.json with a start or build script, no Dockerfile, no index.html',
      'start from an example: flotilla init --template starter',
    );
  return new Map([['flotilla.yml', configText(fleet, found)]]);
}

async function fromTemplate(name: string, fleet: string): Promise<Map<string, string>> {
  const names = COMMANDS.init?.flags.template?.choices as readonly string[];
  if (!names.includes(name)) throw new UsageError(`there is no template "${name}"`, `one of ${names.join(', ')}`);
  return templateFiles(name, fleet);
}

/** Writes the files, all or none; those that exist and differ only under --force or when a person says so. Returns what was written. */
async function write(session: Session, root: string, files: Map<string, string>): Promise<string[]> {
  const present = new Map<string, string | undefined>();
  for (const path of files.keys()) present.set(path, await readFile(join(root, path), 'utf8').catch(() => undefined));
  const different = [...files].filter(([path, text]) => present.get(path) !== undefined && present.get(path) !== text);
  if (different.length > 0 && !session.flags.on('force')) {
    const names = different.map(([path]) => path).join(', ');
    if (!(await confirm(session, `${names} would be overwritten. Go on?`)))
      throw new UsageError(`${names} is there already, nothing was written`, 'add --force to overwrite');
  }
  const changed = [...files].filter(([path, text]) => present.get(path) !== text);
  for (const [path, text] of changed) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return changed.map(([path]) => path);
}
