import { execFile } from 'node:child_process';
import type { Finding } from './finding.ts';

export function nodeCheck(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 18)
    ? { level: 'ok', check: 'node', message: version }
    : {
        level: 'fail',
        check: 'node',
        message: `${version} is too old`,
        mend: 'install Node 22.18 or newer: https://nodejs.org',
      };
}

/** Git writes the state branch; below 2.31 it lacks what that takes. */
export async function gitCheck(): Promise<Finding> {
  const text = await new Promise<string | undefined>((resolve) => {
    execFile('git', ['--version'], (error, stdout) => resolve(error ? undefined : stdout));
  });
  const found = /(\d+)\.(\d+)(\.\d+)?/.exec(text ?? '');
  if (!found)
    return { level: 'fail', check: 'git', message: 'there is no git', mend: 'install git: https://git-scm.com' };
  const [major, minor] = [Number(found[1]), Number(found[2])];
  return major > 2 || (major === 2 && minor >= 31)
    ? { level: 'ok', check: 'git', message: found[0] }
    : { level: 'warn', check: 'git', message: `${found[0]} is old`, mend: 'install git 2.31 or newer' };
}
