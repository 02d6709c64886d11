import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UnsupportedError } from '../model/errors.ts';

/**
 * Flags for every call. Nothing that the repository or the machine has configured may run beside ours (hooks, file
 * monitors, signing), and a mere look takes no lock that the user's own git could stumble over.
 */
const FLAGS = [
  '--no-optional-locks',
  ...['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'commit.gpgSign=false'].flatMap((setting) => ['-c', setting]),
];

/**
 * How a git child is started: no inherited `GIT_*`, no prompt, English messages; in a process group of its own, so that
 * a Ctrl-C in the terminal, which the run survives for long enough to record what it did, does not kill its git.
 */
export function gitCommand(args: readonly string[], root: string, indexFile?: string) {
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) if (!name.startsWith('GIT_')) env[name] = value;
  env['GIT_TERMINAL_PROMPT'] = '0';
  env['LC_ALL'] = 'C';
  if (indexFile) env['GIT_INDEX_FILE'] = indexFile;
  return { args: [...FLAGS, ...args], options: { cwd: root, env, stdio: 'pipe', detached: true } as const };
}

export interface GitResult {
  code: number;
  stdout: Buffer;
  stderr: string;
  /** How often it was started, because a signal killed it; the last time counts. */
  starts: number;
}

export interface GitOptions {
  input?: string | Buffer;
  /** An index of our own instead of the user's. */
  indexFile?: string;
}

/**
 * Runs git in `root`; an exit code other than 0 is for the caller to judge. Between its start and its first own step a
 * child still is in our process group: a Ctrl-C at that very moment kills it, and it is started again. All that Flotilla
 * asks of git may be asked twice.
 */
export async function tryGit(root: string, args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  for (let starts = 1; ; starts++) {
    const result = await once(root, args, options);
    if (!result.killed || starts === STARTS) return { ...result, starts };
  }
}

/** Starts of a git that is killed by a signal each time. */
export const STARTS = 5;

function once(root: string, args: readonly string[], { input, indexFile }: GitOptions) {
  const { args: all, options } = gitCommand(args, root, indexFile);
  return new Promise<Omit<GitResult, 'starts'> & { killed: boolean }>((done, fail) => {
    // A pipe costs as much as a small git itself: there is none to write to when nothing is written.
    const child =
      input === undefined
        ? spawn('git', all, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
        : spawn('git', all, options);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // A git that ends early breaks the pipe; its exit code and words say why.
    child.stdin?.on('error', () => {});
    child.on('error', (error) => fail(notRunnable(error)));
    child.on('close', (code, signal) =>
      done({
        code: code ?? 128,
        killed: signal !== null,
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr).toString().trim(),
      }),
    );
    child.stdin?.end(input);
  });
}

/** Runs git and gives its standard output; fails with git's own words. */
export async function git(root: string, args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
  const result = await tryGit(root, args, options);
  if (result.code !== 0) throw gitFailed(root, args[0] ?? '', result.stderr);
  return result.stdout;
}

export function gitFailed(root: string, command: string, stderr: string): UnsupportedError {
  return new UnsupportedError(`git ${command} failed in ${root}: ${stderr || 'it ended without a word'}`, {
    mend: /dubious ownership/.test(stderr)
      ? `allow this repository: git config --global --add safe.directory ${root}`
      : 'run `git status` and `git fsck` there and mend what they say',
  });
}

export function notRunnable(cause: NodeJS.ErrnoException): Error {
  if (cause.code !== 'ENOENT') return cause;
  return new UnsupportedError('git is not installed, or not on PATH', { mend: 'install git 2.30 or newer', cause });
}

/** The top folder of the work tree that `folder` is in. */
export async function findRepository(folder: string): Promise<string> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const found = await stat(join(at, '.git')).catch(() => undefined);
    if (found) return at;
    if (dirname(at) === at) break;
  }
  throw new UnsupportedError(
    `${resolve(folder)} is not in a git repository, and the repository is where the fleet is recorded`,
    {
      mend: 'run `git init` there first',
    },
  );
}
