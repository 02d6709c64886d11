import { visible, type OnProgress } from '../index.ts';
import type { Console } from './console.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const MARKS = { succeeded: '✓', failed: '✗', skipped: '–', interrupted: '⏸' } as const;
const TINTS = { succeeded: 'green', failed: 'red', skipped: 'dim', interrupted: 'yellow' } as const;

/** Shows what runs: on a terminal one line a running step, redrawn; elsewhere a plain line for each thing that happens. */
export interface LiveProgress extends Disposable {
  on: OnProgress;
  /** Leaves the terminal to others until something happens. */
  rest(): void;
}

interface Running {
  message: string;
  since: number;
}

export function liveProgress(console: Console, quiet: boolean): LiveProgress {
  if (console.live) return redrawn(console);
  return { on: quiet ? () => {} : plain(console), rest: () => {}, [Symbol.dispose]: () => {} };
}

function plain(console: Console): OnProgress {
  return (progress) => {
    const message = visible(progress.message);
    if (progress.kind === 'stage') console.err(`${message}\n`);
    else if (progress.state !== 'progress')
      console.err(`${visible(progress.id)}: ${progress.state}${message ? `, ${message}` : ''}\n`);
  };
}

function redrawn(console: Console): LiveProgress {
  const running = new Map<string, Running>();
  let stage: Running | undefined;
  let drawn = 0;
  let frame = 0;

  const erase = () => {
    if (drawn > 0) console.err(`\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  };
  const draw = () => {
    erase();
    const { colours, width } = console.look;
    const lines = [...running].map(([id, one]) => ({ name: id, ...one }));
    const shown = lines.length > 0 ? lines.slice(0, 20) : stage ? [{ name: '', ...stage }] : [];
    for (const { name, message, since } of shown) {
      const text = visible(`${name ? `${name} ` : ''}${message}`);
      const seconds = `${((performance.now() - since) / 1000).toFixed(1)} s`;
      const room = width - seconds.length - 4;
      console.err(
        `${colours.cyan(FRAMES[frame % FRAMES.length] as string)} ${text.length > room ? `${text.slice(0, room - 1)}…` : text} ${colours.dim(seconds)}\n`,
      );
    }
    if (lines.length > shown.length && lines.length > 20)
      console.err(`${colours.dim(`  and ${lines.length - 20} more`)}\n`);
    drawn = shown.length + (lines.length > 20 ? 1 : 0);
  };
  const timer = setInterval(() => {
    frame += 1;
    draw();
  }, 100).unref();

  return {
    on(progress) {
      if (progress.kind === 'stage') stage = { message: progress.message, since: performance.now() };
      else if (progress.state === 'started' || progress.state === 'progress') {
        const since = running.get(progress.id)?.since ?? performance.now();
        running.set(progress.id, { message: progress.message, since });
      } else {
        running.delete(progress.id);
        erase();
        const { colours } = console.look;
        console.err(
          `${colours[TINTS[progress.state]](MARKS[progress.state])} ${visible(progress.id)} ${colours.dim(visible(progress.message))}\n`,
        );
      }
      draw();
    },
    rest() {
      stage = undefined;
      erase();
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      erase();
    },
  };
}
