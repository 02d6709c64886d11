import { TransientError, UnsupportedError } from '../model/errors.ts';
import { git, tryGit } from './git-process.ts';
import { quietMessage } from './quiet-commit.ts';
import type { CommitRequest } from './store.ts';

export interface Author {
  name: string;
  email: string;
}

/** Whoever git knows the user as. */
export async function gitAuthor(root: string): Promise<Author> {
  const { stdout } = await tryGit(root, ['config', '-z', '--get-regexp', '^user\\.(name|email)$']);
  const settings = new Map(
    stdout
      .toString()
      .split('\0')
      .map((entry) => {
        const [key = '', ...value] = entry.split('\n');
        return [
          key,
          value
            .join(' ')
            .replace(/[<>\0]/g, '')
            .trim(),
        ] as const;
      }),
  );
  return { name: settings.get('user.name') || 'Flotilla', email: settings.get('user.email') || 'flotilla@localhost' };
}

/**
 * Writes the commit's objects with one `git fast-import`, whatever the number of files, and gives its id. No ref is
 * touched: the branch that fast-import insists on is forgotten (`reset`) before it would be written.
 */
export async function writeCommit(root: string, request: CommitRequest, author: Author, time: Date): Promise<string> {
  const who = `${author.name} <${author.email}> ${Math.floor(time.getTime() / 1000)} +0000`;
  const { headline, body } = quietMessage(request.headline, request.body);
  const input: string[] = ['feature done\ncommit refs/flotilla/unnamed\nmark :1\n'];
  input.push(`author ${who}\ncommitter ${who}\n`, data(`${headline}\n\n${body}\n`));
  if (request.expectedHead) input.push(`from ${request.expectedHead}\n`);
  for (const path of request.deletions) input.push(`D ${quoted(path)}\n`);
  for (const [path, text] of request.additions) input.push(`M 100644 inline ${quoted(path)}\n`, data(text));
  input.push('\nget-mark :1\nreset refs/flotilla/unnamed\n\ndone\n');
  const answer = await git(root, ['fast-import', '--quiet', '--done'], { input: input.join('') });
  return answer.toString().trim();
}

const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;

const quoted = (path: string): string => `"${path.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;

/** Waits of git itself for a branch that another process is moving at this very moment, in milliseconds. */
const LOCK_WAIT = 5_000;

/** Moves the branch from `old` (null: it does not exist) to `id`, or says that it is elsewhere by now. */
export async function swapBranch(
  root: string,
  branch: string,
  id: string,
  old: string | null,
): Promise<'moved' | 'conflict'> {
  const ref = `refs/heads/${branch}`;
  const swap = ['update-ref', '-m', 'flotilla', '--create-reflog', '--end-of-options', ref, id];
  const { code, stderr, starts } = await tryGit(root, [
    '-c',
    `core.filesRefLockTimeout=${LOCK_WAIT}`,
    ...swap,
    old ?? '0'.repeat(id.length),
  ]);
  if (code === 0) return 'moved';
  if (/but expected|reference already exists|unable to resolve reference/.test(stderr)) {
    // Killed after it had moved the branch and started again, it finds its own move.
    const now = starts > 1 ? (await git(root, ['rev-parse', '--verify', ref])).toString().trim() : undefined;
    return now === id ? 'moved' : 'conflict';
  }
  if (/\.lock': File exists/.test(stderr))
    throw new TransientError(`the branch ${branch} of ${root} is locked by another git: ${stderr}`, {
      mend: 'when no git is running there, remove the .lock file that it names',
    });
  if (/cannot create|exists; cannot/.test(stderr))
    throw new UnsupportedError(`the branch ${branch} cannot be made in ${root}: ${stderr}`, {
      mend: `rename the branch whose name starts with ${branch}/`,
    });
  throw new UnsupportedError(`git update-ref failed in ${root}: ${stderr}`, {
    mend: 'run `git fsck` there and mend what it says',
  });
}
