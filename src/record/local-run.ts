import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';

/** Names this process as a run, `local:<host>:<pid>:<start>`, so that others on this machine can tell whether it lives. */
export async function localRun(): Promise<string> {
  return `local:${host()}:${process.pid}:${(await startOf(process.pid)) ?? 'unknown'}`;
}

/** Whether the process behind a local run lives; undefined for runs elsewhere and where it cannot be known. */
export async function isLocalRunAlive(run: string): Promise<boolean | undefined> {
  const [scheme, runHost, pid, start] = run.split(':');
  if (scheme !== 'local' || runHost !== host() || start === 'unknown') return undefined;
  return (await startOf(Number(pid))) === start;
}

const host = (): string => encodeURIComponent(hostname());

/** When a process started, in a form to compare; undefined when it is gone. A pid alone may be another process by now. */
async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return startByPs(pid);
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the program's name in brackets, with anything in it; state is the third, start ticks the 22nd.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] === 'Z' ? undefined : fields?.[19];
}

function startByPs(pid: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'lstart=', '-p', String(pid)], (error, stdout) =>
      resolve(error ? undefined : encodeURIComponent(stdout.trim()) || undefined),
    );
  });
}
