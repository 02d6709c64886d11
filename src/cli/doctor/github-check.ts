import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gitHubToken } from '../github-token.ts';
import type { Finding } from './finding.ts';

const check = 'github';

/** Whether the token, if there is one, reaches the repository that `origin` names. The token itself is never shown. */
export async function githubCheck(root: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Finding> {
  const config = await readFile(join(root, '.git', 'config'), 'utf8').catch(() => '');
  const name = /\[remote "origin"\][^[]*?url\s*=\s*\S*github\.com[:/]([\w.-]+\/[\w.-]+?)(?:\.git)?\s*$/m.exec(
    config,
  )?.[1];
  if (!name) return { level: 'ok', check, message: 'origin is not on GitHub; the fleet runs from this machine' };
  const token = gitHubToken(env);
  if (!token) return { level: 'ok', check, message: `${name}; no GITHUB_TOKEN here, the workflow brings its own` };
  try {
    const answer = await fetch(`${env.GITHUB_API_URL ?? 'https://api.github.com'}/repos/${name}`, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/vnd.github+json', 'user-agent': 'flotilla' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]),
    });
    if (answer.ok) return { level: 'ok', check, message: `the token reaches ${name}` };
    return {
      level: 'warn',
      check,
      message: `GitHub answers ${answer.status} for ${name}`,
      mend: 'look at what GITHUB_TOKEN may do',
    };
  } catch (error) {
    return {
      level: 'warn',
      check,
      message: `GitHub does not answer: ${(error as Error).message}`,
      mend: 'look at the network',
    };
  }
}
