import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { confirm } from '../confirm.ts';
import { detect, wordOf } from '../init/detect.ts';
import type { Found } from '../init/found.ts';
import { servicesToBuild } from '../init/images-job.ts';
import { leftoverLine } from '../init/from/config-text.ts';
import { convertAll, type Carried } from '../init/from/convert-all.ts';
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
  const asked = flags.list('from');
  if (template !== undefined && asked.length > 0)
    throw new UsageError('--template and --from exclude each other', 'start from an example, or from what is here');

  const present = template === undefined ? await listing(root) : new Map<string, string | null>();
  const found = detect(present, basename(root));
  const carried = await convertAll(present, { fleet, repository: basename(root), found, asked });
  const files = await contents();
  const built = await servicesToBuild(files.get('flotilla.yml') ?? '');
  files.set(WORKFLOW, await workflowText(branch, built));

  const written = await write(session, root, files);
  const { green, dim, yellow } = console.look.colours;
  const lines = [
    ...(carried ? carriedLines(carried, found, yellow) : found.map(foundLine)),
    ...written.map((path) => `${green('✓')} wrote ${relative(cwd, join(root, path))}`),
    ...(written.length === 0 ? ['Everything was there already.'] : []),
    '',
    ...(carried && carried.secrets.length > 0
      ? [
          `Seal before it is applied (flotilla secret init, then set), or give in the environment: ${carried.secrets.join(', ')}.`,
        ]
      : []),
    ...(isRepository ? [] : ['This is no git repository yet: git init, then git add and commit.']),
    `Next: ${dim('flotilla plan')}, then ${dim('flotilla apply')} runs it on this machine. Pushed to GitHub, the workflow does it there.`,
  ];
  const { text: _, ...from } = carried ?? { text: '' };
  return {
    exit: 0,
    document: { root, template: template ?? null, from: carried ? from : null, found, written },
    text: `${lines.join('\n')}\n`,
  };

  async function contents(): Promise<Map<string, string>> {
    if (template !== undefined) return fromTemplate(template, fleet);
    return carried ? new Map([['flotilla.yml', carried.text]]) : detected(fleet, found);
  }
};

const foundLine = ({ kind, name, dir, because }: Found): string => `found ${kind}/${name} in ${dir}: ${because}`;

/** What was read, what was not, and every setting that was not carried over. */
function carriedLines(carried: Carried, found: Found[], yellow: (text: string) => string): string[] {
  const names = found.map(({ kind, name }) => `${kind}/${name}`).join(', ');
  return [
    ...carried.read.map(({ file, title }) => `read ${file} (${title})`),
    ...carried.unused.map(
      ({ file, because }) => `not read: ${file}, because ${because}; --from ${file} reads it instead`,
    ),
    ...(found.length > 0 ? [`not used: what the folders look like by themselves (${names})`] : []),
    `made ${carried.resources.join(', ')}`,
    ...carried.leftovers.map((leftover) => `${yellow('!')} ${leftoverLine(leftover)}`),
    ...(carried.leftovers.length > 0
      ? [`${carried.leftovers.length} settings were not carried over; they stand at the end of flotilla.yml.`]
      : []),
  ];
}

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
