/** A run that was told to stop has this long to record what it did; a cancelled Actions step has 7.5 s in all. Milliseconds. */
const GRACE = 4500;

const INTERRUPTED = 130;

export interface Interrupt {
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  signal: AbortSignal;
  /** From now on the end may take its time: for commands that must take away what they started. */
  unhurried(): void;
}

/** A second signal, or the end of the grace after the first, ends the process with 130. */
export function interruptible(process: NodeJS.Process, say: (text: string) => void): Interrupt {
  const controller = new AbortController();
  let hurried = true;
  const leave = () => process.exit(INTERRUPTED);
  const stop = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) leave();
    say(`\n${name}: stopping and recording what was done. Once more to leave at once.\n`);
    controller.abort(new Error(`interrupted by ${name}`));
    if (hurried) setTimeout(leave, GRACE).unref();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  return { signal: controller.signal, unhurried: () => void (hurried = false) };
}
