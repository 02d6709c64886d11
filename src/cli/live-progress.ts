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

/** More would push the first out of a small terminal, where it can no longer be redrawn. */
const MOST_LINES = 15;

interface Running {
  message: string;
  since: number;
}

export function liveProgress(console: Console, quiet: boolean): LiveProgress {
  if (console.live) return redrawn(console);
  return { on: quiet ? () => {} : plain(console), rest: () => {}, [Symbol.dispose]: () => {} };
}

function clipped(text: string, room: number): string {
  return text.length > room ? `${text.slice(0, room - 1)}…` : text;
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

  const erased = () => {
    const text = drawn > 0 ? `\u001b[${drawn}A\u001b[0J` : '';
    drawn = 0;
    return text;
  };
  /** One write, so that nothing flickers: what stood there goes, `above` stays for good, and what runs is drawn again. */
  const draw = (above = '') => {
    const { colours, width } = console.look;
    const all = [...running].map(([id, one]) => ({ name: id, ...one }));
    const shown = all.length > 0 ? all.slice(0, MOST_LINES) : stage ? [{ name: '', ...stage }] : [];
    const lines = shown.map(({ name, message, since }) => {
      const text = visible(`${name ? `${name} ` : ''}${message}`);
      const seconds = `${((performance.now() - since) / 1000).toFixed(1)} s`;
      const spinner = FRAMES[frame % FRAMES.length] as string;
      return `${colours.cyan(spinner)} ${clipped(text, width - seconds.length - 4)} ${colours.dim(seconds)}\n`;
    });
    if (all.length > shown.length) lines.push(colours.dim(`  and ${all.length - shown.length} more\n`));
    const text = erased() + above + lines.join('');
    drawn = lines.length;
    if (text) console.err(text);
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
        const { colours } = console.look;
        const mark = colours[TINTS[progress.state]](MARKS[progress.state]);
        draw(`${mark} ${visible(progress.id)} ${colours.dim(visible(progress.message))}\n`);
        return;
      }
      draw();
    },
    rest() {
      stage = undefined;
      console.err(erased());
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      console.err(erased());
    },
  };
}
