import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A folder with a git repository and a home of its own for the CLI; disposed of with everything that was deployed from it. */
export class Workplace implements AsyncDisposable {
  readonly base = realpathSync(mkdtempSync(join(tmpdir(), 'flotilla-cli-')));
  readonly root = join(this.base, 'harbour');
  env: NodeJS.ProcessEnv;

  constructor(files: Record<string, string> = {}, { git = true } = {}) {
    const { PATH, TMPDIR } = process.env;
    this.env = {
      PATH,
      HOME: this.base,
      USER: 'tester',
      FLOTILLA_LOCAL_DIR: join(this.base, 'local'),
      ...(TMPDIR ? { TMPDIR } : {}),
    };
    mkdirSync(this.root);
    if (git) this.git('init', '-q', '-b', 'main');
    this.write(files);
    if (git && Object.keys(files).length > 0) this.commit();
  }

  write(files: Record<string, string>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.root, path)), { recursive: true });
      writeFileSync(join(this.root, path), text);
    }
  }

  git(...args: string[]): string {
    return execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: this.root,
      encoding: 'utf8',
      env: this.env,
    });
  }

  commit(): void {
    this.git('add', '-A');
    this.git('commit', '-q', '-m', 'change');
  }

  start(...args: string[]): ChildProcess {
    return spawn(process.execPath, [MAIN, ...args], {
      cwd: this.root,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  run(...args: string[]): Promise<Ended> {
    return ended(this.start(...args));
  }

  /** Runs with --json and reads the one document. */
  async json<T = Record<string, unknown>>(...args: string[]): Promise<{ code: number | null; document: T }> {
    const { code, stdout } = await this.run(...args, '--json');
    return { code, document: JSON.parse(stdout) as T };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (existsSync(join(this.base, 'local'))) {
      const { document } = await this.json<{ environments?: { environment: string }[] }>('status');
      for (const { environment } of document.environments ?? [])
        await this.run('destroy', '--yes', '--env', environment, '--allow', 'delete-protected');
    }
    rmSync(this.base, { recursive: true, force: true });
  }
}

/** All that a process printed, once it ended. */
export function ended(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** A fleet of a service and a site that names it. */
export const FLEET: Record<string, string> = {
  'flotilla.yml': `fleet: harbour
services:
  api:
    source: { dir: api, command: [node, server.mjs] }
    env: { GREETING: Ahoy }
    health: { path: /healthz }
sites:
  web:
    dir: web
    build: node build.mjs
    output: dist
    env: { API_URL: '\${service.api.url}' }
`,
  'api/server.mjs': `import { createServer } from 'node:http';
console.log('greeting with', process.env.GREETING);
createServer((_, response) => response.end(process.env.GREETING)).listen(process.env.PORT, process.env.HOST);
`,
  'web/build.mjs': `import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
mkdirSync('dist', { recursive: true });
writeFileSync('dist/index.html', 'calls ' + process.env.API_URL);
`,
};
