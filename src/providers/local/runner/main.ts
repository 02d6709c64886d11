/** The runner program: one detached process an instance, started with the instance's folder as its only argument. */
import { writeSync } from 'node:fs';
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { startRunner } = await import('./runner.ts');

const runner = await startRunner(process.argv[2] ?? '.');
if (!runner) process.exit(0);

process.on('SIGHUP', () => undefined);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void runner.end());
process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
  runner.note(`error in the runner: ${error.stack ?? error.message}`);
  // A served file that vanished is not worth the site; anything else leaves a state that nobody knows.
  if (error.syscall === undefined) process.exit(1);
});

try {
  writeSync(1, 'ready\n');
} catch {
  // Whoever started this is gone.
}
