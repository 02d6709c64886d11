import { circlesOf } from './circles.ts';
import type { Import, Module } from './read-modules.ts';

/** What the house allows, one rule each; a violation says the file and what it did. */
export interface Rule {
  name: string;
  violations(modules: Module[]): string[];
}

/** Who may import whom (DESIGN of the house): each area of `src` with the areas that it may import besides itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  model: [],
  config: ['model'],
  desired: ['model'],
  placement: ['model'],
  plan: ['model'],
  policy: ['model'],
  opa: ['model'],
  observe: ['model', 'provider-kit'],
  apply: ['model', 'provider-kit'],
  health: ['model', 'provider-kit'],
  record: ['model', 'github'],
  report: ['model'],
  secrets: ['model'],
  certificates: ['model'],
  github: ['model'],
  'provider-kit': ['model'],
  providers: ['model', 'provider-kit'],
  sandbox: ['model', 'provider-kit', 'providers'],
};

/** The engine is put together here, from every stage. */
const COMPOSITION = new Set(['', 'publish', 'watch']);
const ENTRIES = new Set(['cli', 'action']);

const forTests = (path: string): boolean => /(^|\/)(fake(-[\w-]+)?|conformance(\.gen)?)\.ts$/.test(path);
const isTest = (path: string): boolean => path.endsWith('.test.ts') || path.startsWith('tests/');
const areaOf = (path: string): string => /^src\/(?:([^/]+)\/)?/.exec(path)?.[1] ?? '';
const providerOf = (path: string): string | undefined => /^src\/providers\/([^/]+)\//.exec(path)?.[1];
const isSource = (path: string): boolean => path.startsWith('src/') && !isTest(path);

export const layers: Rule = {
  name: 'a stage imports what is below it, never another stage',
  violations: (modules) =>
    eachImport(modules, ({ path }, { to, dynamic }) => {
      if (!to.startsWith('src/')) return false;
      if (path.startsWith('app/')) return to !== 'src/index.ts';
      if (!isSource(path)) return false;
      const [from, into] = [areaOf(path), areaOf(to)];
      if (from === into) return false;
      if (ENTRIES.has(from)) return to !== 'src/index.ts' && !(into === 'sandbox' && dynamic);
      if (COMPOSITION.has(from)) return ENTRIES.has(into) || into === 'sandbox';
      return !MAY_IMPORT[from]?.includes(into);
    }),
};

export const circles: Rule = {
  name: 'no circles',
  violations: (modules) => circlesOf(modules).map((circle) => circle.join(' > ')),
};

export const providers: Rule = {
  name: 'nothing outside a provider’s folder knows it, and no provider knows another',
  violations(modules) {
    const names = new Set(modules.flatMap(({ path }) => providerOf(path) ?? []));
    // The first two are words of Flotilla as well, the third is a word in the files of many others.
    for (const word of ['local', 'sandbox', 'docker']) names.delete(word);
    const imports = eachImport(modules, ({ path }, { to }) => {
      const [from, into] = [providerOf(path), providerOf(to)];
      return into !== undefined && from !== into && !isTest(path) && !/^src\/providers\/\w+\.gen\.ts$/.test(path);
    });
    const naming = modules
      .filter(({ path }) => isSource(path) && areaOf(path) !== 'providers' && areaOf(path) !== 'templates')
      // Its examples are for people, who know providers by name.
      .filter(({ path }) => !path.startsWith('src/config/schema/'))
      // They read the files of other hosts, whose words these are.
      .filter(({ path }) => !path.startsWith('src/cli/init/from/'))
      .flatMap(({ path, strings }) => strings.filter((text) => names.has(text)).map((text) => `${path} names ${text}`));
    return [...imports, ...naming];
  },
};

export const fakes: Rule = {
  name: 'fakes and harnesses are for the sandbox and tests, never part of the product',
  violations: (modules) =>
    eachImport(modules, ({ path }, { to, typeOnly }) => {
      return forTests(to) && !typeOnly && isSource(path) && !forTests(path) && areaOf(path) !== 'sandbox';
    }),
};

/** Where a package may be imported; others may be imported anywhere. */
const PACKAGES: [packages: RegExp, where: RegExp][] = [
  [/^@octokit\//, /^(src\/github|app|tests)\//],
  [/^@actions\//, /^(src\/action|src\/sandbox\/runner|tests)\//],
  [/^@open-policy-agent\//, /^src\/opa\//],
  [/^probot$/, /^(app|tests)\//],
  [
    /^(vitest|nock|esbuild|ajv.*|emulate|playwright-core|axe-core|typescript|highs)$/,
    /^tests\/|\.test\.ts$|^src\/build\.ts$/,
  ],
];

export const packages: Rule = {
  name: 'a package is imported only where it belongs',
  violations: (modules) =>
    eachImport(modules, ({ path }, { to }) => PACKAGES.some(([named, where]) => named.test(to) && !where.test(path))),
};

/** Files outside the entries that may touch the process, and why. */
const TOUCHES_PROCESS: Record<string, string> = {
  'src/build.ts': 'the entry of `npm run build`',
  'src/generate.ts': 'the entry of `npm run generate`',
  'src/provider-kit/base-environment.ts': 'what every child process gets: PATH, HOME and the like',
  'src/providers/local/runner/main.ts': 'the entry of the runner, a process of its own',
  'src/providers/local/runner/runner.ts': 'the runner ends its own process',
  'src/record/git-process.ts': 'git needs PATH and HOME',
  'src/sandbox/github/git/git-process.ts': 'git needs PATH and HOME',
};

export const process: Rule = {
  name: 'only entries touch process.env, exit codes and the console',
  violations: (modules) =>
    modules
      .filter(({ path }) => isSource(path) && !ENTRIES.has(areaOf(path)) && !(path in TOUCHES_PROCESS))
      .flatMap(({ path, code, imports }) => {
        const uses =
          code.match(/\bprocess\s*(?:\.|\?\.)\s*(?:env|exit|exitCode|stdout|stderr)\b|\bconsole\s*\./g) ?? [];
        const named = imports.filter(({ to }) => to === 'node:process' || to === 'node:console').map(({ to }) => to);
        return [...uses, ...named].map((use) => `${path} uses ${use}`);
      }),
};

const PURE = new Set(['model', 'config', 'desired', 'placement', 'plan', 'policy', 'report']);
const PURE_BUILTINS = new Set(['node:crypto', 'node:path', 'node:util']);
const IMPURE =
  /\bDate\s*\.\s*now\b|\bnew Date\s*\(\s*\)|\bMath\s*\.\s*random\b|\brandom(?:UUID|Bytes|Int)\b|\bset(?:Timeout|Interval)\s*\(|\bfetch\s*\(|\bperformance\s*\.\s*now\b/g;

export const purity: Rule = {
  name: 'pure stages have no file system, network, clock or chance',
  violations(modules) {
    const pure = modules.filter(({ path }) => isSource(path) && PURE.has(areaOf(path)));
    const builtins = eachImport(pure, (_, { to }) => to.startsWith('node:') && !PURE_BUILTINS.has(to));
    const uses = pure.flatMap(({ path, code }) => (code.match(IMPURE) ?? []).map((use) => `${path} uses ${use}`));
    return [...builtins, ...uses];
  },
};

const FILE = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|gen|d))?\.ts$/;
const FOLDER = /^\.?[a-z0-9]+(?:-[a-z0-9]+)*$/;
const VAGUE = /^(?:utils?|helpers?|common|managers?|misc|shared|lib|docs|scripts|legacy)$/;
const LEFT_OVER = /(?:^|-)(?:2|new|old|legacy|copy|final|utils?|helpers?|misc)\.ts$/;

export const names: Rule = {
  name: 'files and folders are kebab-case and say what is in them',
  violations: (modules) =>
    modules.flatMap(({ path }) => {
      const folders = path.split('/');
      const file = folders.pop() as string;
      const wrong = folders.filter((folder) => !FOLDER.test(folder) || VAGUE.test(folder));
      if (!FILE.test(file) || LEFT_OVER.test(file)) wrong.push(file);
      return wrong.map((name) => `${path}: ${name}`);
    }),
};

export const rules: readonly Rule[] = [layers, circles, providers, fakes, packages, process, purity, names];

function eachImport(modules: Module[], isWrong: (module: Module, found: Import) => boolean): string[] {
  return modules.flatMap((module) =>
    module.imports.filter((found) => isWrong(module, found)).map(({ to }) => `${module.path} imports ${to}`),
  );
}
