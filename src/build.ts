/**
 * `npm run build` writes dist/, what is published: programs that need no dependency, one lazy chunk a provider, the templates,
 * and the types. Prints what each program weighs. `node src/build.ts FOLDER` writes there instead.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { build, type Metafile } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const DIST = resolve(process.argv[2] ?? join(ROOT, 'dist'));

/** Programs by their name in dist/. The Action's runs on whatever Node a runner has, from 20 on; so they all do. */
const PROGRAMS = {
  cli: 'src/cli/main.ts',
  index: 'src/index.ts',
  action: 'src/action/main.ts',
  'local-runner': 'src/providers/local/runner/main.ts',
  'opa-policy': 'src/opa/run-policy.ts',
};

/** CommonJS packages ask for Node's own modules by `require`, which an ES module does not have. */
const REQUIRE = "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url);";

/** Names this build: any change of the sources or of what they import makes another. */
const BUILD = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')));
for (const path of (readdirSync(join(ROOT, 'src'), { recursive: true }) as string[]).filter(isSource).toSorted())
  BUILD.update(`${path}\n`).update(readFileSync(join(ROOT, 'src', path)));

rmSync(DIST, { recursive: true, force: true });
const { metafile, outputFiles } = await build({
  absWorkingDir: ROOT,
  entryPoints: PROGRAMS,
  outdir: DIST,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  // Of a package that comes in both forms, the one of which unused parts can be left out.
  mainFields: ['module', 'main'],
  target: 'node20',
  // Names are kept, so that a bug report tells where it happened.
  minifySyntax: true,
  minifyWhitespace: true,
  chunkNames: '[name]-[hash]',
  banner: { js: REQUIRE },
  define: { FLOTILLA_BUILD: JSON.stringify(BUILD.digest('hex').slice(0, 16)) },
  legalComments: 'none',
  metafile: true,
  write: false,
  logLevel: 'warning',
});
mkdirSync(DIST, { recursive: true });
for (const { path, text } of outputFiles)
  writeFileSync(path, withOwnModules(text), { mode: text.startsWith('#!') ? 0o755 : 0o644 });
writeFileSync(join(DIST, 'licenses.txt'), licenses(metafile));
cpSync(join(ROOT, 'src/templates'), join(DIST, 'templates'), { recursive: true });
execFileSync(
  process.execPath,
  [
    join(ROOT, 'node_modules/typescript/bin/tsc'),
    '--project',
    'src/tsconfig.types.json',
    '--outDir',
    join(DIST, 'types'),
  ],
  { cwd: ROOT, stdio: 'inherit' },
);

for (const name of Object.keys(PROGRAMS)) {
  const { own, lazy } = weigh(metafile, relative(ROOT, join(DIST, `${name}.js`)));
  process.stdout.write(`${name.padEnd(14)} ${kilobytes(own)} at start, ${kilobytes(lazy)} when needed\n`);
}

/**
 * `import` of one of Node's own modules loads all that it exports, also what Node itself keeps for later: of `node:http`
 * that is its fetch, which takes longer than Node's own start. Bundled code asks for the names that it uses.
 */
function withOwnModules(text: string): string {
  const own = /\bimport(?: ?([\w$]+),?)?(?: ?\{([^}]*)\}| ?\* ?as ([\w$]+))? ?from ?"(node:[\w/]+)";/g;
  return text.replace(own, (_, standard?: string, names?: string, all?: string, module?: string) => {
    const parts = [standard, names && `{${names.replace(/ as /g, ':')}}`, all].filter((part) => part !== undefined);
    return parts.map((part) => `const ${part}=process.getBuiltinModule("${module}");`).join('');
  });
}

function isSource(path: string): boolean {
  return path.endsWith('.ts');
}

/** Bytes that a program loads at start and those that it may load later. */
function weigh({ outputs }: Metafile, entry: string): { own: number; lazy: number } {
  const seen = { now: new Set<string>(), later: new Set<string>() };
  const visit = (path: string, when: 'now' | 'later') => {
    if (seen.now.has(path) || seen[when].has(path)) return;
    seen[when].add(path);
    for (const { path: next, kind, external } of outputs[path]?.imports ?? [])
      if (!external) visit(next, kind === 'dynamic-import' ? 'later' : when);
  };
  visit(entry, 'now');
  const sum = (paths: Iterable<string>) => [...paths].reduce((total, path) => total + (outputs[path]?.bytes ?? 0), 0);
  return { own: sum(seen.now), lazy: sum([...seen.later].filter((path) => !seen.now.has(path))) };
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} KB`.padStart(8);
}

/** The licences of all packages whose code is in the bundle; most of them ask for their text to travel along. */
function licenses({ inputs }: Metafile): string {
  const folders = Object.keys(inputs).flatMap(
    (path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
  );
  const texts = [...new Set(folders)].toSorted().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Record<
      string,
      string
    >;
    const file = readdirSync(join(ROOT, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const path = file && join(ROOT, folder, file);
    return `${name} ${version} (${license})\n\n${path && existsSync(path) ? readFileSync(path, 'utf8').trim() : ''}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}
