/** A run that was told to stop has this long to record what it did; a cancelled Actions step has 7.5 s in all. Milliseconds. */
const GRACE = 4500;

const INTERRUPTED = 130;

/** A signal that the first SIGINT, SIGTERM or SIGHUP aborts; a second one, or the end of the grace, ends the process with 130. */
export function interruptible(process: NodeJS.Process, say: (text: string) => void): AbortSignal {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    say(`\n${name}: stopping and recording what was done. Once more to leave at once.\n`);
    controller.abort(new Error(`interrupted by ${name}`));
    setTimeout(() => process.exit(INTERRUPTED), GRACE).unref();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  return controller.signal;
}
