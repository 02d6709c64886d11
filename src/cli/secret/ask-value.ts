import type { Console } from '../console.ts';
import { UsageError } from '../usage-error.ts';

/** A value from the pipe, without the line end that `echo` adds; where there is none, asked for without showing it. */
export async function askValue(console: Console, question: string, signal: AbortSignal): Promise<string> {
  if (console.canAsk) return hidden(question, console, signal);
  if (process.stdin.isTTY)
    throw new UsageError('there is nobody to ask for the value', 'pipe it: flotilla secret set NAME < file');
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks)
    .toString()
    .replace(/\r?\n$/, '');
}

/** One line from the terminal, which shows nothing of it. */
function hidden(question: string, console: Console, signal: AbortSignal): Promise<string> {
  const { stdin } = process;
  console.err(question);
  return new Promise((resolve, reject) => {
    let line = '';
    const end = (finish: () => void) => {
      stdin.off('data', read).setRawMode(false).pause();
      signal.removeEventListener('abort', abort);
      console.err('\n');
      finish();
    };
    const abort = () => end(() => reject(signal.reason as Error));
    function read(chunk: string): void {
      for (const char of chunk) {
        if (char === '\r' || char === '\n' || char === '\u0004') return end(() => resolve(line));
        // A terminal in raw mode hands Ctrl-C to us, not to the process.
        if (char === '\u0003') return void process.kill(process.pid, 'SIGINT');
        line = char === '\u007f' || char === '\b' ? [...line].slice(0, -1).join('') : line + char;
      }
    }
    signal.addEventListener('abort', abort, { once: true });
    stdin.setRawMode(true).setEncoding('utf8').on('data', read).resume();
  });
}
