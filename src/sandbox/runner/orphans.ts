/** Processes that a job left behind, found by the tracking variable in their environment, as a runner finds them. */
import { readdir, readFile } from 'node:fs/promises';

/** The variable a runner gives every process of a job; one who wants to outlive the job starts without it. */
export const TRACKING_VARIABLE = 'RUNNER_TRACKING_ID';

/** Kills every process that carries the tracking id. Only where the system shows environments, in `/proc`. */
export async function killOrphans(trackingId: string): Promise<void> {
  const entries = await readdir('/proc').catch(() => []);
  const mark = `${TRACKING_VARIABLE}=${trackingId}`;
  for (const pid of entries.filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (!environment.split('\0').includes(mark)) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }
}
