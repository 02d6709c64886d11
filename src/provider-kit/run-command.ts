import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeployError } from '../model/errors.ts';
import type { SourceFolder } from '../model/source.ts';
import { buildEnvironment } from './base-environment.ts';
import { untilEnded } from './process-group.ts';

/** How long a command may take; milliseconds. */
const LIMIT = 120_000;
/** Bytes that it may print as its answer, and that are kept of what else it says. */
const LARGEST = 128 * 1024;
/** Lines of what it says that a failure hands back. */
const TAIL = 20;

export interface RepositoryCommand {
  words: readonly string[];
  /** What it is for, in errors: `the command that issues STRIPE_KEY`. */
  what: string;
  /** The repository's files, in a folder of which it runs. */
  source: SourceFolder;
  env: Readonly<Record<string, string>>;
  /** On its standard input, as a line; nothing when it is empty. */
  input: string;
  signal: AbortSignal;
  /** Told all that it printed as its answer before anything of it can be shown. */
  learn(text: string): void;
}

/**
 * Runs a command of the repository on this machine, with its own environment and none of Flotilla's, and gives what it printed.
 * @throws DeployError with the last lines of its standard error when it fails; what ended the signal when that did
 */
export async function runCommand(command: RepositoryCommand): Promise<string> {
  const { words, what, source, env, input, signal, learn } = command;
  const root = await mkdtemp(join(tmpdir(), 'flotilla-command-'));
  try {
    const folder = join(root, 'source');
    await mkdir(folder);
    await source.materialise(folder);
    const [limit, flood] = [AbortSignal.timeout(LIMIT), new AbortController()];
    const either = AbortSignal.any([signal, limit, flood.signal]);
    either.throwIfAborted();
    const [program = '', ...rest] = words;
    // A group of its own, so that what it starts ends with it.
    const child = spawn(program, rest, { cwd: folder, env: { ...buildEnvironment(), ...env }, detached: true });
    // It need not read what it is given.
    child.stdin.on('error', () => {}).end(input === '' ? '' : `${input}\n`);
    const [answer, said] = [[] as Buffer[], [] as Buffer[]];
    let size = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > LARGEST) flood.abort();
      else answer.push(chunk);
    });
    let isCut = false;
    child.stderr.on('data', (chunk: Buffer) => {
      said.push(chunk);
      for (; said.reduce((sum, { length }) => sum + length, 0) > LARGEST; isCut = true) said.shift();
    });
    const fault = await untilEnded(child, either);
    // What it left running may hold them open.
    await drained(child.stdout);
    const text = Buffer.concat(answer)
      .toString()
      .replace(/\r?\n$/, '');
    learn(text);
    signal.throwIfAborted();
    if (fault === undefined && !flood.signal.aborted) return text;
    const told = flood.signal.aborted
      ? `printed more than ${LARGEST / 1024} KiB`
      : limit.aborted
        ? `took more than ${LIMIT / 1000} s`
        : fault;
    const lines = Buffer.concat(said).toString().trimEnd().split('\n');
    throw new DeployError(`${what}, \`${words.join(' ')}\`, ${told}`, {
      mend: 'make it succeed where the repository is checked out',
      // Half a line may begin with half a secret, which nobody would find.
      log: (isCut ? lines.slice(1) : lines).slice(-TAIL),
      restored: true,
    });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Until the stream ends, but no longer than what was printed before the exit takes to arrive. */
async function drained(stream: NodeJS.ReadableStream & { readableEnded?: boolean; destroy(): void }): Promise<void> {
  if (stream.readableEnded) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, 500);
    stream.once('end', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  stream.destroy();
}
