/** The package as npm publishes it, installed in an empty folder without network: no dependencies, one bundle, types that hold. */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Plan } from '../../src/model/plan.ts';
import { opaBundle } from '../policy/opa-bundle.ts';

const root = join(import.meta.dirname, '../..');
const base = realpathSync(mkdtempSync(join(tmpdir(), 'flotilla-package-')));
const home = join(base, 'home');
const installed = join(base, 'consumer/node_modules/flotilla');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

const env = {
  PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
  HOME: home,
  npm_config_cache: join(base, 'cache'),
  npm_config_offline: 'true',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
  FLOTILLA_LOCAL_DIR: join(base, 'local'),
};

/** Output of a program in a folder below the base. */
function run(folder: string, program: string, ...args: string[]): string {
  return execFileSync(program, args, {
    cwd: join(base, folder),
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The published files are built and packed aside, so that the work tree's own dist/ stays what it is. */
beforeAll(() => {
  for (const folder of ['home', 'package', 'consumer', 'repository']) mkdirSync(join(base, folder));
  for (const name of ['package.json', 'LICENSE', 'schemas', 'action.yml'])
    cpSync(join(root, name), join(base, 'package', name), { recursive: true });
  const report = execFileSync(process.execPath, [join(root, 'src/build.ts'), join(base, 'package/dist')], {
    encoding: 'utf8',
  });
  const [{ filename, size, unpackedSize }] = JSON.parse(
    run('package', 'npm', 'pack', '--json', '--ignore-scripts'),
  ) as [{ filename: string; size: number; unpackedSize: number }];
  writeFileSync(join(base, 'consumer/package.json'), '{ "private": true, "type": "module" }');
  run('consumer', 'npm', 'install', '--ignore-scripts', join(base, 'package', filename));
  console.log(`${report}tarball ${Math.round(size / 1024)} KB, installed ${Math.round(unpackedSize / 1024)} KB`);
}, 180_000);

afterAll(() => rmSync(base, { recursive: true, force: true }));

test('it brings everything along and nothing else', () => {
  expect(readdirSync(join(base, 'consumer/node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
    'flotilla',
  ]);
  const files = readdirSync(installed, { recursive: true }) as string[];
  expect(files.filter((path) => /(^|\/)(tests?|src|app)(\/|$)|\.test\./.test(path))).toEqual([]);
  for (const path of ['LICENSE', 'action.yml', 'dist/licenses.txt', 'dist/templates/starter/flotilla.yml'])
    expect(existsSync(join(installed, path)), path).toBe(true);
  expect(readFileSync(join(installed, 'dist/licenses.txt'), 'utf8')).toMatch(/^yaml .*\(ISC\)$/m);
});

test('npx flotilla runs', () => {
  expect(run('consumer', 'npx', 'flotilla', '--version')).toBe(`${version}\n`);
  expect(run('consumer', 'npx', 'flotilla', 'help')).toContain('First steps');
});

test('a fleet lives on it from init to destroy, in any repository', async () => {
  const cli = join(installed, 'dist/cli.js');
  const flotilla = (...args: string[]) => run('repository', process.execPath, cli, ...args);
  run('repository', 'git', 'init', '-q', '-b', 'main');
  flotilla('init', '--template', 'starter');
  run('repository', 'git', 'add', '-A');
  run('repository', 'git', '-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-qm', 'fleet');
  try {
    flotilla('apply', '--yes');
    const status = JSON.parse(flotilla('status', '--json')) as {
      environments: { resources: { resource: string; outputs: { url: string } }[] }[];
    };
    const [api, web] = ['service/api', 'site/web'].map(
      (name) => status.environments[0]?.resources.find(({ resource }) => resource === name)?.outputs.url,
    );
    expect(await (await fetch(api as string)).text()).toContain('Ahoy');
    expect(await (await fetch(web as string)).text()).toContain(api);
  } finally {
    flotilla('destroy', '--yes', '--allow', 'delete-protected');
  }
});

test('a policy in Rego is evaluated in a thread, by a program that comes along', () => {
  mkdirSync(join(base, 'ruled/.flotilla'), { recursive: true });
  run('ruled', 'git', 'init', '-q', '-b', 'main');
  const rule = '{ bundle: .flotilla/policy.tar.gz, entrypoint: flotilla }';
  writeFileSync(
    join(base, 'ruled/flotilla.yml'),
    `fleet: ruled\nservices: { api: { source: { command: [sleep, "9"] } } }\npolicy: { "*": { opa: [${rule}] } }\n`,
  );
  const says = { deny: [], warn: ['what a small fleet'] };
  writeFileSync(join(base, 'ruled/.flotilla/policy.tar.gz'), opaBundle({ flotilla: { says } }));
  const made = JSON.parse(run('ruled', process.execPath, join(installed, 'dist/cli.js'), 'plan', '--json')) as Plan;
  expect(made.blocks).toEqual([]);
  expect(made.warnings.map(({ message }) => message)).toContain(
    '.flotilla/policy.tar.gz flotilla: what a small fleet (policy.*.opa[0])',
  );
});

/** Milliseconds that a program takes from start to end; the middle of nine. */
function median(...args: string[]): number {
  const times = Array.from({ length: 9 }, () => {
    const start = performance.now();
    execFileSync(process.execPath, args, { env });
    return performance.now() - start;
  });
  return times.toSorted((a, b) => a - b)[4] as number;
}

test('its start time beside that of Node alone', () => {
  const floor = median('-e', '0');
  for (const words of [['--version'], ['help']])
    console.log(
      `flotilla ${words.join(' ')}: ${(median(join(installed, 'dist/cli.js'), ...words) / floor).toFixed(2)} times node -e 0 (${floor.toFixed(0)} ms)`,
    );
});

test('it can be imported, with types', () => {
  writeFileSync(
    join(base, 'consumer/embed.ts'),
    `import { ConfigError, EXIT, openLocal, plan, planReport, validate, type Outcome, type Plan, type Request } from 'flotilla';
export async function look(folder: string): Promise<Plan> {
  const world = { env: process.env, home: '/tmp', signal: new AbortController().signal };
  const ports = await openLocal(folder, world);
  await validate({ commit: null, environment: undefined }, ports);
  const request: Request = { commit: null, environment: 'production', basis: 'live', intent: { kind: 'converge' }, allow: new Map(), redeploy: new Set() };
  return plan(request, ports);
}
export const told = (made: Plan): string => planReport(made).title;
export const ends = (outcome: Outcome): boolean => outcome.result === 'succeeded';
// @ts-expect-error a plan is no number
export const wrong: number = await look('.');
export const code: 1 = EXIT.input;
export const problems = (error: unknown) => (error instanceof ConfigError ? error.problems.length : 0);
`,
  );
  writeFileSync(
    join(base, 'consumer/tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        module: 'nodenext',
        target: 'es2024',
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        typeRoots: [join(root, 'node_modules/@types')],
        types: ['node'],
      },
      files: ['embed.ts'],
    }),
  );
  run('consumer', process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '--project', 'tsconfig.json');
  const script = "import('flotilla').then(({ planReport, EXIT }) => console.log(typeof planReport, EXIT.bug))";
  expect(run('consumer', process.execPath, '--eval', script)).toBe('function 70\n');
});

test('the schemas can be reached', () => {
  const script =
    "import schema from 'flotilla/schemas/config.schema.json' with { type: 'json' }; console.log(schema.type);";
  expect(run('consumer', process.execPath, '--input-type=module', '--eval', script)).toBe('object\n');
});

test('the size stays small', () => {
  const bytes = readdirSync(installed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  expect(bytes).toBeLessThan(3_500_000);
});
