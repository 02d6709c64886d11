import type { Writable } from 'node:stream';
import type { Look, Palette, Ports } from '../index.ts';

type Mask = Pick<Ports['vault'], 'mask' | 'maskDeep'>;

/** Where a command writes. Human text goes to stderr; stdout is for what was asked for as such. */
export interface Console {
  out(text: string): void;
  err(text: string): void;
  /** One JSON document on stdout. */
  document(value: unknown): void;
  /** From now on hides secrets in everything that is written. */
  hide(mask: Mask): void;
  /** Without the secrets that are known by now. Before it is made to fit the terminal: what was broken into lines is not found. */
  masked<T>(value: T): T;
  /** How text on stderr looks. */
  look: Look;
  /** Whether stderr is a terminal that can be redrawn. */
  live: boolean;
  /** Whether stdout is a terminal. */
  outIsTerminal: boolean;
  /** Whether a person can be asked. */
  canAsk: boolean;
  /** Resolves when all is written. */
  flush(): Promise<void>;
}

export function openConsole(process: NodeJS.Process): Console {
  const { stdout, stderr, env } = process;
  // A reader that went away is no reason to stop what was begun, nor to complain about it.
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
    });
  }
  let mask: Mask = { mask: (text) => text, maskDeep: (value) => value };
  return {
    out: (text) => void stdout.write(mask.mask(text)),
    err: (text) => void stderr.write(mask.mask(text)),
    // Masked before it becomes JSON, so that it stays JSON.
    document: (value) => void stdout.write(`${JSON.stringify(mask.maskDeep(value), null, 2)}\n`),
    hide: (known) => {
      mask = known;
    },
    masked: (value) => mask.maskDeep(value),
    get look() {
      return {
        colours: wantsColour(env, stderr.isTTY) ? COLOURED : UNCOLOURED,
        width: Math.max(40, stderr.columns || 100),
      };
    },
    live: stderr.isTTY === true && env.TERM !== 'dumb' && !env.CI,
    outIsTerminal: stdout.isTTY === true,
    // Looking at stdin opens it, which most commands have no use for.
    get canAsk() {
      return process.stdin.isTTY === true && stderr.isTTY === true;
    },
    flush: async () => {
      await Promise.all([stdout, stderr].map(written));
    },
  };
}

/** Colour is for terminals; NO_COLOR (https://no-color.org) forbids it and FORCE_COLOR asks for it elsewhere. */
function wantsColour(env: NodeJS.ProcessEnv, terminal: boolean | undefined): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return terminal === true && env.TERM !== 'dumb';
}

function written(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.write('', () => resolve());
  });
}

function sgr(open: number, close: number): (text: string) => string {
  return (text) => (text === '' ? '' : `\u001b[${open}m${text}\u001b[${close}m`);
}

const COLOURED: Palette = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  red: sgr(31, 39),
  green: sgr(32, 39),
  yellow: sgr(33, 39),
  blue: sgr(34, 39),
  magenta: sgr(35, 39),
  cyan: sgr(36, 39),
};

const UNCOLOURED = Object.fromEntries(Object.keys(COLOURED).map((name) => [name, (text: string) => text])) as Palette;
