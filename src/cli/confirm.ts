import { createInterface } from 'node:readline/promises';
import type { Session } from './session.ts';
import { UsageError } from './usage-error.ts';

/** Refuses at once, before any work, where nobody could be asked and --yes was not given. */
export function requireAnswer({ flags, console }: Session, command: string): void {
  if (flags.on('yes') || console.canAsk) return;
  throw new UsageError(
    `flotilla ${command} asks before it changes anything, and this is not a terminal`,
    'add --yes, or run it in a terminal',
  );
}

/** Asks a person on the terminal; true without asking under --yes. Anything but y or yes is a no. */
export async function confirm({ flags, console, signal }: Session, question: string): Promise<boolean> {
  if (flags.on('yes')) return true;
  if (!console.canAsk) return false;
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  // While a question is open the terminal hands Ctrl-C to it, not to the process.
  prompt.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    const answer = await prompt.question(`${question} [y/N] `, { signal });
    return /^\s*y(es)?\s*$/i.test(answer);
  } finally {
    prompt.close();
  }
}
