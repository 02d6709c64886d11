import { join, type Found, type FoundService, type FoundSite, type Listing } from './found.ts';
import { buildTool, installCommand, servesForDevelopment } from './node-tools.ts';

/** Whether `detect` needs the text of a file. */
export function isTelling(path: string): boolean {
  return /(^|\/)(package\.json|Dockerfile)$/.test(path);
}

/** What a repository runs, from its file names and a few texts: the root, and the folders one or two levels down. Pure. */
export function detect(files: Listing, repository: string): Found[] {
  const folders = [...new Set([...files.keys()].map(folderOf))].filter(isOurs).toSorted();
  const found: Found[] = [];
  for (const dir of folders) {
    const one = inFolder(files, dir);
    if (one && !found.some((other) => holds(other, one))) found.push(one);
  }
  return named(found, repository);
}

/** Folders that are about the repository rather than run by it. */
const ASIDE = new Set(['test', 'tests', 'example', 'examples', 'docs', 'fixtures']);

/** Whether what a folder holds may be run: tests, examples and the like are not. */
export function isOurs(dir: string): boolean {
  return dir.split('/').every((part) => !ASIDE.has(part));
}

/** What a folder holds belongs to what the folder is: a service's public/ is no site of its own. A site holds no service. */
function holds(outer: Found, inner: Found): boolean {
  const below = outer.dir === '.' || inner.dir === outer.dir || inner.dir.startsWith(`${outer.dir}/`);
  return below && (outer.kind === 'service' || inner.kind === 'site');
}

function inFolder(files: Listing, dir: string): Found | undefined {
  const has = (name: string) => files.has(join(dir, name));
  const scripts = scriptsOf(files.get(join(dir, 'package.json')));
  const dockerfile = files.get(join(dir, 'Dockerfile'));

  const start = scripts?.start;
  if (start && !servesForDevelopment(start)) return nodeService(files, dir, scripts, dockerfile !== undefined);
  if (dockerfile !== undefined) return dockerService(dir, dockerfile);
  if (scripts?.build) {
    const site = builtSite(files, dir, scripts);
    if (site) return site;
  }
  if (has('index.html')) return { kind: 'site', name: '', dir, because: `${join(dir, 'index.html')} is there` };
  for (const folder of ['public', 'static', 'www', 'site', '_site'])
    if (has(`${folder}/index.html`))
      return { kind: 'site', name: '', dir: join(dir, folder), because: `${join(dir, folder)}/index.html is there` };
  return undefined;
}

function nodeService(files: Listing, dir: string, scripts: Record<string, string>, dockerfile: boolean): FoundService {
  const build = [installCommand(files, dir), scripts.build ? 'npm run build' : undefined].filter(
    (line) => line !== undefined,
  );
  return {
    kind: 'service',
    name: '',
    dir,
    command: ['npm', 'start'],
    ...(build.length > 0 ? { build: build.join(' && ') } : {}),
    because: `package.json has a start script${dockerfile ? ', and there is a Dockerfile for providers that build images' : ''}`,
  };
}

function dockerService(dir: string, dockerfile: string | null): FoundService {
  const port = Number(/^\s*EXPOSE\s+(\d{1,5})\b/im.exec(dockerfile ?? '')?.[1]);
  return {
    kind: 'service',
    name: '',
    dir,
    dockerfile: 'Dockerfile',
    ...(port > 0 && port < 65_536 ? { port } : {}),
    because: 'there is a Dockerfile',
  };
}

/** A package with a build script is a site when its tool makes pages, or when it has a page; else it is a library. */
function builtSite(files: Listing, dir: string, scripts: Record<string, string>): FoundSite | undefined {
  const has = (name: string) => files.has(join(dir, name));
  const text = files.get(join(dir, 'package.json')) ?? '';
  const tool = buildTool(`${scripts.build} ${text}`);
  const named = /(?:^|[\s=/"'])(dist|build|out|_site|public)(?:$|[\s/"'])/.exec(scripts.build ?? '')?.[1];
  if (!tool && !has('index.html') && !has('public/index.html') && !has('src/index.html')) return undefined;
  const output = tool?.output ?? named ?? 'dist';
  const build = [installCommand(files, dir), 'npm run build'].filter(Boolean).join(' && ');
  return {
    kind: 'site',
    name: '',
    dir,
    build,
    output,
    because: `package.json has a build script${tool ? ` with ${tool.name}` : ''}`,
  };
}

function scriptsOf(text: string | null | undefined): Record<string, string> | undefined {
  if (!text) return undefined;
  try {
    const { scripts } = JSON.parse(text) as { scripts?: unknown };
    if (typeof scripts !== 'object' || scripts === null) return undefined;
    return Object.fromEntries(Object.entries(scripts).filter(([, line]) => typeof line === 'string')) as Record<
      string,
      string
    >;
  } catch {
    return undefined;
  }
}

/** Names by folder; the root's is `web` or `app`, or the repository's own. Each kind's names are unique. */
function named(found: Found[], repository: string): Found[] {
  const taken = new Set<string>();
  return found.map((one) => {
    const plain = ['public', 'static', 'www', 'site', '_site', '.'];
    const parts = one.dir.split('/').filter((part) => !plain.includes(part));
    const base = wordOf(parts.at(-1) ?? '') || (one.kind === 'site' ? 'web' : wordOf(repository) || 'app');
    let name = base;
    for (let number = 2; taken.has(`${one.kind}/${name}`); number++) name = `${base}-${number}`;
    taken.add(`${one.kind}/${name}`);
    return { ...one, name };
  });
}

/** A name as the config takes it: lower-case letters, digits and dashes, starting with a letter; empty when nothing is left. */
export function wordOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 30)
    .replace(/-+$/, '');
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : path.slice(0, slash);
}
