import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same pid: `start` names the boot and the moment it began. */
export interface ProcessId {
  pid: number;
  start: string;
}

const HAS_PROC = existsSync('/proc/self/stat');
let boot: string | undefined;

/** When the living process with this pid began; undefined when there is none (a zombie is none). */
export function startOf(pid: number): string | undefined {
  try {
    if (!HAS_PROC) {
      const text = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' });
      return text.startsWith('Z') ? undefined : text.replace(/^\S+\s+/, '').replace(/[^A-Za-z0-9]+/g, '-');
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in brackets and may hold anything, so fields count from the last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A killed process is a zombie before its last thread has ended, and until then its sockets are still open.
    if ((fields[0] === 'Z' || fields[0] === 'X') && Number(fields[17]) <= 1) return undefined;
    boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8);
    return `${boot}-${fields[19]}`;
  } catch {
    return undefined;
  }
}

export function processId(pid: number): ProcessId {
  return { pid, start: startOf(pid) ?? 'gone' };
}

let self: ProcessId | undefined;

/** This very process. */
export function ownProcessId(): ProcessId {
  return (self ??= processId(process.pid));
}

export function isRunning(id: ProcessId): boolean {
  return startOf(id.pid) === id.start;
}

/** Signals the group that the process leads, or the process alone if it leads none; one that is gone is fine. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/**
 * TERM to the group, KILL after `grace` milliseconds or as soon as its leader has ended. Never signals a later process
 * that happens to have the pid.
 */
export async function stopGroup(
  id: ProcessId,
  grace: number,
  delay: (milliseconds: number) => Promise<unknown>,
): Promise<void> {
  if (!isRunning(id)) return;
  signalGroup(id.pid, 'SIGTERM');
  for (const deadline = Date.now() + grace; isRunning(id) && Date.now() < deadline;) await delay(10);
  signalGroup(id.pid, 'SIGKILL');
  while (isRunning(id)) await delay(5);
}

/** Processes whose environment holds `variable=value`: what a killed supervisor left. Known only where there is `/proc`. */
export function processesMarked(variable: string, value: string): ProcessId[] {
  if (!HAS_PROC) return [];
  const mark = `${variable}=${value}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(mark))
    .map((name) => processId(Number(name)))
    .filter(isRunning);
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
