import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A git repository in a temporary folder, with a user. */
export interface TemporaryRepository {
  root: string;
  git(...args: string[]): string;
  write(files: Record<string, string | Uint8Array>): void;
  /** Writes and commits on the current branch; the commit's id. */
  commit(files: Record<string, string | Uint8Array>): string;
  [Symbol.dispose](): void;
}

export function temporaryRepository({ user = true }: { user?: boolean } = {}): TemporaryRepository {
  const root = mkdtempSync(join(tmpdir(), 'flotilla-record-'));
  const env = { PATH: process.env['PATH'], HOME: root, GIT_CONFIG_NOSYSTEM: '1' };
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, env, encoding: 'utf8' }).trim();
  git('init', '-q', '-b', 'main');
  if (user) {
    git('config', 'user.name', 'Ada');
    git('config', 'user.email', 'ada@acme.dev');
  }
  const write = (files: Record<string, string | Uint8Array>): void => {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
  };
  return {
    root,
    git,
    write,
    commit(files) {
      write(files);
      git('add', '-A');
      git('commit', '-q', '--allow-empty', '-m', 'config');
      return git('rev-parse', 'HEAD');
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}
