import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Machine } from '../machine.ts';

/**
 * What a person would do with `ps` and `kill -9`: the processes of a service that runs on this machine, and the one that
 * would start them again. Returns how many there were.
 */
export function killService({ localFolder }: Machine, account: string, fleet: string, name: string): number {
  const folder = join(localFolder, account, fleet, 'production', `service-${name}`);
  const table = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
    .map(([, pid, parent, args = '']) => ({ pid: Number(pid), parent: Number(parent), args }));
  const supervisors = table.filter(({ args }) => args.endsWith(` ${folder}`));
  const its = table.filter(({ parent }) => supervisors.some(({ pid }) => pid === parent));
  // The supervisor first: it would start anew what ends.
  for (const { pid } of [...supervisors, ...its]) process.kill(pid, 'SIGKILL');
  return supervisors.length + its.length;
}
