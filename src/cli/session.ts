import type { ExitCode } from '../index.ts';
import type { Console } from './console.ts';

/** What a command gets: the command line as parsed, and the world as far as commands may touch it. */
export interface Session {
  /** Absolute path of the folder to work in. */
  cwd: string;
  /** As given by --env; the engine has its default. */
  environment: string | undefined;
  json: boolean;
  verbose: boolean;
  flags: FlagValues;
  args: string[];
  console: Console;
  /** Aborted by SIGINT and SIGTERM. */
  signal: AbortSignal;
  /** Lets the command end in its own time after that, for what it must take away. */
  unhurried(): void;
  env: NodeJS.ProcessEnv;
}

/** Values of the command's own flags by name. */
export interface FlagValues {
  text(name: string): string | undefined;
  list(name: string): string[];
  on(name: string): boolean;
}

/**
 * What a command leaves. `document` is what --json prints; `text` is for people and goes to stderr; `payload` is what was asked
 * for as such (logs, a completion script) and goes to stdout.
 */
export interface Result {
  exit: ExitCode;
  document: unknown;
  text?: string;
  payload?: string;
}

export type Run = (session: Session) => Promise<Result>;
