import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { codeOf } from './architecture/code-of.ts';
import { moduleOf, readModules } from './architecture/read-modules.ts';
import {
  circles,
  fakes,
  layers,
  names,
  packages,
  process,
  providers,
  purity,
  rules,
  type Rule,
} from './architecture/rules.ts';

const root = join(import.meta.dirname, '..');
const modules = readModules(
  root,
  ['src', 'app', 'tests'].filter((folder) => existsSync(join(root, folder))),
);

describe('the house', () => {
  test.each(rules)('$name', (rule) => {
    expect(rule.violations(modules)).toEqual([]);
  });

  test('every import leads to a file that is there', () => {
    const paths = new Set(modules.map(({ path }) => path));
    const missing = modules.flatMap(({ path, imports }) =>
      imports
        .filter(({ to }) => /^(src|app|tests)\/.*\.ts$/.test(to) && !paths.has(to) && !existsSync(join(root, to)))
        .map(({ to }) => `${path} imports ${to}`),
    );
    expect(missing).toEqual([]);
  });
});

type Files = Record<string, string>;
const found = (rule: Rule, files: Files): number =>
  rule.violations(Object.entries(files).map(([path, text]) => moduleOf(path, text))).length;

describe('each rule catches', () => {
  const caught: [what: string, rule: Rule, wrong: Files, right: Files][] = [
    [
      'a stage that imports a stage',
      layers,
      { 'src/plan/a.ts': "import type { B } from '../apply/b.ts';" },
      { 'src/plan/a.ts': "import type { B } from '../model/b.ts'; import { c } from './c.ts';" },
    ],
    [
      'a stage that imports another lazily',
      layers,
      { 'src/plan/a.ts': "const b = await import('../record/b.ts');" },
      { 'src/reconcile.ts': "const b = await import('./record/b.ts');" },
    ],
    [
      'a model that imports',
      layers,
      { 'src/model/a.ts': "export * from '../plan/b.ts';" },
      { 'src/model/a.ts': "export * from './b.ts';" },
    ],
    [
      'an entry that goes past the public surface',
      layers,
      { 'src/cli/a.ts': "import { plan } from '../plan/make-plan.ts';" },
      { 'src/cli/a.ts': "import { plan } from '../index.ts'; await import('../sandbox/github/start.ts');" },
    ],
    [
      'an App that goes past the public surface',
      layers,
      { 'app/a.ts': "import { plan } from '../src/reconcile.ts';" },
      { 'app/a.ts': "import { plan } from '../src/index.ts';" },
    ],
    [
      'an engine that knows its entries',
      layers,
      { 'src/reconcile.ts': "import './cli/main.ts';" },
      { 'src/reconcile.ts': "import './plan/a.ts';" },
    ],
    [
      'circles, also of types',
      circles,
      { 'src/a.ts': "import { b } from './b.ts';", 'src/b.ts': "import type { A } from './a.ts';" },
      {
        'src/a.ts': "import { b } from './b.ts'; import { c } from './c.ts';",
        'src/b.ts': "import './c.ts';",
        'src/c.ts': '',
      },
    ],
    [
      'a provider that knows its sibling',
      providers,
      { 'src/providers/fly/a.ts': "import { b } from '../render/b.ts';", 'src/providers/render/b.ts': '' },
      { 'src/providers/fly/a.ts': "import { b } from './b.ts';" },
    ],
    [
      'code that names a provider',
      providers,
      { 'src/plan/a.ts': "if (provider === 'fly') free();", 'src/providers/fly/a.ts': '' },
      { 'src/plan/a.ts': "if (provider === 'flying') free(); // fly", 'src/providers/fly/a.ts': "const type = 'fly';" },
    ],
    [
      'code that imports a provider',
      providers,
      { 'src/reconcile.ts': "const { provider } = await import('./providers/local/provider.ts');" },
      { 'src/providers/registry.gen.ts': "() => import('./local/provider.ts')" },
    ],
    [
      'a product with a fake in it',
      fakes,
      { 'src/providers/fly/provider.ts': "import { startFake } from './fake.ts';" },
      { 'src/providers/fly/conformance.ts': "import { startFake } from './fake.ts';" },
    ],
    [
      'a package out of its place',
      packages,
      {
        'src/record/a.ts': "import { Octokit } from '@octokit/core';",
        'src/cli/a.ts': "import { test } from 'vitest';",
      },
      { 'src/github/a.ts': "import { Octokit } from '@octokit/core';", 'src/plan/a.ts': "import { z } from 'zod';" },
    ],
    [
      'a stage that reads the environment',
      process,
      { 'src/plan/a.ts': 'const level = process.env.LEVEL ?? process?.env["x"];' },
      {
        'src/cli/a.ts': 'const level = process.env.LEVEL;',
        'src/plan/a.ts': "// process.env\nconst text = 'process.env' + `console.log`;",
      },
    ],
    ['a stage that prints', process, { 'src/apply/a.ts': "console.log('x');" }, { 'src/apply/a.ts': 'told.log();' }],
    [
      'a stage that exits',
      process,
      { 'src/apply/a.ts': "import { exit } from 'node:process';" },
      { 'src/action/main.ts': 'process.exit(1);' },
    ],
    [
      'a pure stage that reads files',
      purity,
      { 'src/config/a.ts': "import { readFileSync } from 'node:fs';" },
      { 'src/model/a.ts': "import { createHash } from 'node:crypto';", 'src/record/a.ts': "import 'node:fs';" },
    ],
    [
      'a pure stage that asks the clock or chance',
      purity,
      { 'src/plan/a.ts': 'const now = new Date();', 'src/report/b.ts': 'const n = Math.random();' },
      { 'src/plan/a.ts': 'const then = new Date(at);' },
    ],
    [
      'names that are not kebab-case or say nothing',
      names,
      { 'src/plan/makePlan.ts': '', 'src/utils/a.ts': '', 'src/plan/plan-2.ts': '', 'src/plan/date-helpers.ts': '' },
      { 'src/plan/make-plan.ts': '', 'src/plan/make-plan.test.ts': '', 'src/providers/registry.gen.ts': '' },
    ],
  ];
  test.each(caught)('%s', (_, rule, wrong, right) => {
    expect(found(rule, wrong)).toBeGreaterThanOrEqual(Object.values(wrong).filter((text) => text !== '').length && 1);
    expect(found(rule, right)).toBe(0);
  });
});

describe('the import scan', () => {
  test('sees every form, and nothing in comments, strings, templates and regular expressions', () => {
    const text = `
      import one from './1.ts'; import * as two from "./2.ts"
      import type { Three } from './3.ts';
      import { type Four,
        five } from './4.ts';
      import './5.ts';
      export { six } from './6.ts'; export * from './7.ts'; export type * from './8.ts';
      const nine = () => import('./9.ts').then((module) => module.nine);
      type Ten = typeof import('./10.ts');
      // import './no.ts'
      /* import './no.ts' */
      const text = "import './no.ts'" + \`
import './no.ts'
\${\`\${await import('./11.ts')}\`} import './no.ts'\`;
      const half = 4 / 2; const pattern = /['"\`/]/.test("'") && /[/'"]+/g; import('./12.ts');
    `;
    const imports = moduleOf('src/a.ts', text).imports.map(
      ({ to, dynamic, typeOnly }) => `${to.slice(4, -3)}${dynamic ? 'd' : ''}${typeOnly ? 't' : ''}`,
    );
    expect(imports.toSorted((a, b) => Number.parseInt(a) - Number.parseInt(b))).toEqual([
      '1',
      '2',
      '3t',
      '4',
      '5',
      '6',
      '7',
      '8t',
      '9d',
      '10dt',
      '11d',
      '12d',
    ]);
  });

  test('keeps code and drops the rest', () => {
    expect(codeOf("a /* x */ + 'y' // z\n/ `t${b}u` / c").code.replace(/\s+/g, ' ')).toBe('a + "0" / (b)"" / c');
  });
});
