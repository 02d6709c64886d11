import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A repository with a fleet in it, and the pretend cloud that the fleet lives on. */
export interface Fleet extends AsyncDisposable {
  /** The repository's folder. */
  folder: string;
  /** The environment of programs that run there: nothing of the machine's own. */
  env: Record<string, string>;
  /** URL of the cloud. */
  endpoint: string;
}

/** A repository whose one commit describes a fleet, not applied yet. */
export async function createFleet(config: (endpoint: string) => string): Promise<Fleet> {
  const home = mkdtempSync(join(tmpdir(), 'flotilla-bench-'));
  const folder = join(home, 'repository');
  const cloud = spawn(process.execPath, [join(import.meta.dirname, 'cloud-process.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(cloud.stdout);
  const endpoint = await new Promise<string>((resolve) => lines.once('line', resolve));
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, GIT_CONFIG_NOSYSTEM: '1' };
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, env, stdio: 'pipe' });
  mkdirSync(join(folder, 'web'), { recursive: true });
  git('init', '--quiet', '--initial-branch', 'main');
  writeFileSync(join(folder, 'web', 'index.html'), 'hello');
  writeFileSync(join(folder, 'flotilla.yml'), config(endpoint));
  git('add', '--all');
  git('-c', 'user.name=bench', '-c', 'user.email=bench@localhost', 'commit', '--quiet', '--message', 'a fleet');
  return {
    folder,
    env,
    endpoint,
    async [Symbol.asyncDispose]() {
      const gone = new Promise((resolve) => cloud.once('exit', resolve));
      cloud.stdin.end();
      await gone;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** `count` resources as fleets have them: a fifth databases, services that refer to them, and sites that refer to those. */
export function threeWaves(count: number, endpoint: string): string {
  const [databases, services] = [Math.ceil(count * 0.2), Math.ceil(count * 0.6)];
  return [
    ...headOf(endpoint),
    'databases:',
    ...each(databases, (n) => `  d${n}: { engine: postgres }`),
    'services:',
    ...each(
      services,
      (n) => `  s${n}: { source: { image: nginx }, env: { DB: "\${database.d${n % databases}.url}" } }`,
    ),
    'sites:',
    ...each(count - databases - services, (n) => `  w${n}: { dir: web, env: { API: "\${service.s${n}.url}" } }`),
    '',
  ].join('\n');
}

/** `count` services that know nothing of each other. */
export function oneWave(count: number, endpoint: string): string {
  return [...headOf(endpoint), 'services:', ...each(count, (n) => `  s${n}: { source: { image: nginx } }`), ''].join(
    '\n',
  );
}

const headOf = (endpoint: string): string[] => [
  'fleet: bench',
  'environments: { production: { branch: main } }',
  'providers:',
  `  sandbox: { endpoint: "${endpoint}" }`,
];

const each = (count: number, line: (n: number) => string): string[] => Array.from({ length: count }, (_, n) => line(n));
