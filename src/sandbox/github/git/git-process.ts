import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';

/** Git sees no configuration but the repository's own, and never asks for anything. */
export const gitEnvironment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'GitHub',
  GIT_AUTHOR_EMAIL: 'noreply@github.com',
  GIT_COMMITTER_NAME: 'GitHub',
  GIT_COMMITTER_EMAIL: 'noreply@github.com',
});

export interface GitResult {
  code: number;
  stdout: Buffer;
  stderr: string;
}

/** Runs git once in `dir`; an exit code other than 0 is for the caller to judge. */
export const runGit = (dir: string, args: readonly string[]): Promise<GitResult> =>
  new Promise((resolve, reject) => {
    const child = spawn('git', args, { cwd: dir, env: gitEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ code: code ?? 128, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }),
    );
  });

/** Runs git and gives its standard output; fails with git's own words. */
export const git = async (dir: string, ...args: string[]): Promise<Buffer> => {
  const result = await runGit(dir, args);
  if (result.code !== 0) throw new Error(`git ${args[0]} in ${dir} ended with ${result.code}: ${result.stderr.trim()}`);
  return result.stdout;
};

/** A git that stays alive and answers on its standard output, restarted when it has died. */
export class GitProcess {
  readonly #dir: string;
  readonly #args: readonly string[];
  readonly #onData: (chunk: Buffer) => void;
  readonly #onExit: (stderr: string) => void;
  #child: ChildProcessWithoutNullStreams | undefined;

  constructor(
    dir: string,
    args: readonly string[],
    on: { data: (chunk: Buffer) => void; exit: (stderr: string) => void },
  ) {
    this.#dir = dir;
    this.#args = args;
    this.#onData = on.data;
    this.#onExit = on.exit;
  }

  write(text: string): void {
    this.#child ??= this.#start();
    this.#child.stdin.write(text);
  }

  close(): void {
    this.#child?.stdin.end();
    this.#child = undefined;
  }

  #start(): ChildProcessWithoutNullStreams {
    const child = spawn('git', this.#args, { cwd: this.#dir, env: gitEnvironment(), stdio: 'pipe' });
    let stderr = '';
    child.stdout.on('data', this.#onData);
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    // A dead git breaks the pipe before its exit is seen; the exit tells the whole story.
    child.stdin.on('error', () => {});
    const ended = (reason: string): void => {
      if (this.#child === child) this.#child = undefined;
      this.#onExit(reason);
    };
    child.on('error', (error) => ended(error.message));
    child.on('close', () => ended(stderr.trim()));
    return child;
  }
}
